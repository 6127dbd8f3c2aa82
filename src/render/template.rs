//! Runs the templates, and sees to it that no value is taken for anything but itself.
//!
//! As web frameworks escape for HTML, a value is only printed as it is where its characters are plain;
//! everything else goes through a filter that knows the place, see `escape`. Which template line
//! wrote which Dockerfile line is told by `marks`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

use super::escape::{self, Unwritable};
use super::marks::Marks;
use super::run_filter;
use crate::timing::record::Origin;

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

/// Renders `name` (a path below `templates/`) with `facts`; `templates` holds the texts by their paths
/// in the project.
pub(super) fn render(
    name: &str,
    facts: impl Serialize,
    heredocs: bool,
    templates: &Arc<BTreeMap<String, String>>,
) -> Result<Rendered, TemplateError> {
    let files: Arc<Mutex<Vec<String>>> = Arc::default();
    let facts = serde_json::to_value(facts).expect("facts have text keys only");
    let values = facts.to_string();
    let marks = Marks::not_in(templates.values().map(String::as_str).chain([values.as_str()]));
    let mut environment =
        environment(marks, heredocs).map_err(|error| template_error(name, &error))?;
    let (seen, texts) = (Arc::clone(&files), Arc::clone(templates));
    environment.set_loader(move |name| {
        let Some(text) = texts.get(&format!("templates/{name}")) else { return Ok(None) };
        let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.push(name.to_owned());
        Ok(Some(marks.mark(text, seen.len() - 1)))
    });
    let template = environment.get_template(name).map_err(|error| template_error(name, &error))?;
    let marked = template
        .render(Value::from(minijinja::value::Serde(facts)))
        .map_err(|error| template_error(name, &error))?;
    let files = files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(unmark(marks, &marked, &files))
}

/// The filters, and the rule for what is printed without one.
fn environment(marks: Marks, heredocs: bool) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // What a filter, a macro or the template itself wrote is safe; a value is not.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("dockerfile".into()));
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        if !value.is_safe() {
            escape::bare(&text).map_err(unwritable)?;
        }
        out.write_str(&text).map_err(Error::from)
    });
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    let written =
        |text: Result<String, Unwritable>| text.map(Value::from_safe_string).map_err(unwritable);
    environment.add_filter("run", move |body: &str| {
        Value::from_safe_string(run_filter::run(marks, body, heredocs))
    });
    environment.add_filter("quote", move |value: &str| written(escape::quote(value)));
    environment.add_filter("word", move |value: &str| written(escape::word(value)));
    environment.add_filter("shell", move |value: &str| written(escape::shell(value)));
    environment.add_filter("copy", move |words: Vec<String>| written(escape::copy(&words)));
    environment.add_filter("exec", move |words: Vec<String>| written(escape::exec(&words)));
    environment.add_filter("comment", move |value: &str| written(escape::comment(value)));
    Ok(environment)
}

fn unwritable(why: Unwritable) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.to_string())
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

fn unmark(marks: Marks, marked: &str, files: &[String]) -> Rendered {
    let mut rendered = Rendered {
        text: String::with_capacity(marked.len()),
        origins: Vec::new(),
        templates: files.to_vec(),
    };
    for line in marked.lines() {
        let (mark, text) = marks.peel(line);
        // Blocks and filters leave blank lines; one in a row is enough for any reader.
        if text.trim().is_empty() && (rendered.text.is_empty() || rendered.text.ends_with("\n\n")) {
            continue;
        }
        let origin = marks.inside(mark).split_once(':').and_then(|(file, line)| {
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

    fn templates() -> Arc<BTreeMap<String, String>> {
        let texts = [
            (
                "main",
                "# top\n{% for x in xs %}\n  item {{ x }}\n{% endfor %}\n{% include 'inc' %}\n{{ 'a' ~\n  'b' }}\n\nend\n",
            ),
            ("inc", "{# note\n  two lines #}\nincluded\n{% if xs %}\n    deep\n{% endif %}\n"),
            ("bad", "one\n{% include 'worse' %}\n"),
            ("worse", "one\n\n{{ missing }}\n"),
            ("syntax", "one\n{% if %}\n"),
            (
                "values",
                "ok\nx {{ xs|first }}\n{% filter run %}\necho {{ xs|first|shell }}\n{% endfilter %}\n",
            ),
            ("bare", "ok\n{% set x = xs|first ~ '' %}\nx {{ x }}\n"),
        ];
        Arc::new(texts.map(|(name, text)| (format!("templates/{name}"), text.to_owned())).into())
    }

    #[test]
    fn a_value_without_a_filter_is_plain_or_refused() {
        let render = |name, value: &str| render(name, json!({"xs": [value]}), false, &templates());
        assert_eq!(render("values", "a-b").unwrap().text, "ok\nx a-b\nRUN echo a-b\n");
        for value in ["a b", "$x", "a\nRUN id", "`x`", "<<EOF", "-x"] {
            for (name, line) in [("values", 2), ("bare", 3)] {
                let error = render(name, value).unwrap_err();
                assert_eq!(error.line, Some(line), "{}", error.message);
                assert!(error.message.contains("filter it with"), "{}", error.message);
            }
        }
    }

    #[test]
    fn values_with_the_marks_characters_arrive() {
        let value = "a\u{E000}0:1\u{E001}b";
        let facts = json!({"xs": [value]});
        let text = "{% filter run %}\necho {{ xs|first|shell }}\n{% endfilter %}\n".to_owned();
        let templates = Arc::new(BTreeMap::from([("templates/x".to_owned(), text)]));
        let rendered = render("x", facts, false, &templates).unwrap();
        assert_eq!(rendered.text, format!("RUN echo '{value}'\n"));
        assert_eq!(rendered.origins[0].as_ref().unwrap().line, 2);
    }

    #[test]
    fn every_line_knows_its_template_line() {
        let rendered = render("main", json!({"xs": [1, 2]}), false, &templates()).unwrap();
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
            let error = render(name, json!({"xs": []}), false, &templates()).unwrap_err();
            assert_eq!((error.file.as_str(), error.line), (file, line), "{}", error.message);
        }
        let error = render("absent", json!({}), false, &templates()).unwrap_err();
        assert_eq!(error.file, "templates/absent");
    }
}
