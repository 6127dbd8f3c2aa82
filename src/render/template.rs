//! Runs the templates and remembers which template line wrote which Dockerfile line.
//!
//! minijinja keeps no source map. So every line of template text gets an invisible mark (a private
//! use character, the template's number, the line) before it is compiled; the marks travel through
//! loops, includes and filters, and are taken out of the result again:
//!
//! ```text
//! stages/base.j2:4   FROM ${BASE} AS base      =>   Dockerfile:7   FROM ${BASE} AS base
//! ```
//!
//! Lines that begin with a block tag or a comment get none: they write nothing of their own, and a
//! mark would keep `lstrip_blocks` from stripping them.

use std::sync::{Arc, Mutex};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::run_filter;
use crate::timing::record::Origin;

/// Mark: `OPEN`, template number, `:`, line number, `CLOSE`. Both are private use characters.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Rendered text and where each of its lines came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    pub text: String,
    /// By line, from 0.
    pub origins: Vec<Option<Origin>>,
    /// Names of the templates that were read for it, in that order.
    pub templates: Vec<String>,
}

/// A template that could not be read or rendered.
#[derive(Debug)]
pub(super) struct TemplateError {
    pub file: String,
    pub line: Option<usize>,
    pub message: String,
}

/// Renders `name` (a path below `templates/`) with `facts`; `load` finds the text of a template.
pub(super) fn render(
    name: &str,
    facts: impl Serialize,
    heredocs: bool,
    load: impl Fn(&str) -> Result<Option<String>, String> + Send + Sync + 'static,
) -> Result<Rendered, TemplateError> {
    let files: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| template_error(name, &error))?;
    environment.set_syntax(syntax);
    environment.add_filter("run", move |body: &str| run_filter::run(body, heredocs));
    environment.add_filter("quote", quote);
    let seen = Arc::clone(&files);
    environment.set_loader(move |name| {
        let invalid = |why| minijinja::Error::new(minijinja::ErrorKind::TemplateNotFound, why);
        let Some(text) = load(name).map_err(invalid)? else { return Ok(None) };
        let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.push(name.to_owned());
        Ok(Some(mark(&text, seen.len() - 1)))
    });
    let template = environment.get_template(name).map_err(|error| template_error(name, &error))?;
    let marked = template
        .render(minijinja::Value::from(minijinja::value::Serde(facts)))
        .map_err(|error| template_error(name, &error))?;
    let files = files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(unmark(&marked, &files))
}

/// The innermost error that knows its place: an included template's, not the includer's.
fn template_error(name: &str, error: &minijinja::Error) -> TemplateError {
    let mut innermost = error;
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<minijinja::Error>().filter(|e| e.line().is_some())
        {
            innermost = inner;
        }
        source = inner.source();
    }
    TemplateError {
        file: format!("templates/{}", innermost.name().unwrap_or(name)),
        line: innermost.line(),
        message: match innermost.detail() {
            Some(detail) => format!("{}: {detail}", innermost.kind()),
            None => innermost.kind().to_string(),
        },
    }
}

/// A value in double quotes for `ENV` and `LABEL`: nothing in it is expanded by the frontend.
fn quote(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Puts a mark into every line that begins as text.
fn mark(template: &str, number: usize) -> String {
    let mut marked = String::with_capacity(template.len() * 2);
    let mut closing: Option<&str> = None;
    for (index, line) in template.split_inclusive('\n').enumerate() {
        let text = line.trim_start();
        let is_text = closing.is_none() && !text.is_empty();
        if is_text && !text.starts_with("{%") && !text.starts_with("{#") {
            marked.push_str(&line[..line.len() - text.len()]);
            marked.push_str(&format!("{OPEN}{number}:{}{CLOSE}", index + 1));
            marked.push_str(text);
        } else {
            marked.push_str(line);
        }
        // Follow the tags, so that the second line of `{{ a +\n b }}` is not taken for text.
        let mut rest = line;
        loop {
            match closing {
                Some(end) => match rest.find(end) {
                    Some(at) => (rest, closing) = (&rest[at + end.len()..], None),
                    None => break,
                },
                None => {
                    let next = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min();
                    let Some(at) = next else { break };
                    closing = Some(match &rest[at..at + 2] {
                        "{{" => "}}",
                        "{%" => "%}",
                        _ => "#}",
                    });
                    rest = &rest[at + 2..];
                }
            }
        }
    }
    marked
}

/// Splits one marked line into its mark (if any) and its text; indentation stays with the text.
pub(super) fn peel(line: &str) -> (&str, String) {
    match (line.find(OPEN), line.find(CLOSE)) {
        (Some(open), Some(close)) if open < close => {
            let end = close + CLOSE.len_utf8();
            // Text that a value brought along may hold marks of its own line; they go too.
            (&line[open..end], format!("{}{}", &line[..open], strip(&line[end..])))
        }
        _ => ("", line.to_owned()),
    }
}

fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            OPEN => inside = true,
            CLOSE => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn unmark(marked: &str, files: &[String]) -> Rendered {
    let mut rendered = Rendered {
        text: String::with_capacity(marked.len()),
        origins: Vec::new(),
        templates: files.to_vec(),
    };
    for line in marked.lines() {
        let (mark, text) = peel(line);
        // Blocks and filters leave blank lines; one in a row is enough for any reader.
        if text.trim().is_empty() && (rendered.text.is_empty() || rendered.text.ends_with("\n\n")) {
            continue;
        }
        let origin = mark.trim_matches([OPEN, CLOSE]).split_once(':').and_then(|(file, line)| {
            let file = files.get(file.parse::<usize>().ok()?)?;
            Some(Origin { file: format!("templates/{file}"), line: line.parse().ok()? })
        });
        rendered.text.push_str(&text);
        rendered.text.push('\n');
        rendered.origins.push(origin);
    }
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn load(name: &str) -> Result<Option<String>, String> {
        Ok(match name {
            "main" => Some(
                "# top\n{% for x in xs %}\n  item {{ x }}\n{% endfor %}\n{% include 'inc' %}\n{{ 'a' ~\n  'b' }}\n\nend\n",
            ),
            "inc" => Some("{# note\n  two lines #}\nincluded\n{% if xs %}\n    deep\n{% endif %}\n"),
            "bad" => Some("one\n{% include 'worse' %}\n"),
            "worse" => Some("one\n\n{{ missing }}\n"),
            "syntax" => Some("one\n{% if %}\n"),
            _ => None,
        }
        .map(str::to_owned))
    }

    #[test]
    fn every_line_knows_its_template_line() {
        let rendered = render("main", json!({"xs": [1, 2]}), false, load).unwrap();
        let lines: Vec<String> = rendered
            .text
            .lines()
            .zip(&rendered.origins)
            .map(|(text, origin)| {
                format!("{text}|{}", origin.as_ref().map_or(String::new(), Origin::to_string))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "# top|templates/main:1",
                "  item 1|templates/main:3",
                "  item 2|templates/main:3",
                "included|templates/inc:3",
                "    deep|templates/inc:5",
                "ab|templates/main:6",
                "|",
                "end|templates/main:9",
            ]
        );
    }

    #[test]
    fn errors_name_the_template_that_is_wrong() {
        for (name, file, line) in
            [("bad", "templates/worse", Some(3)), ("syntax", "templates/syntax", Some(2))]
        {
            let error = render(name, json!({"xs": []}), false, load).unwrap_err();
            assert_eq!((error.file.as_str(), error.line), (file, line), "{}", error.message);
        }
        let error = render("absent", json!({}), false, load).unwrap_err();
        assert_eq!(error.file, "templates/absent");
    }
}
