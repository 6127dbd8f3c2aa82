//! No value becomes a parser directive.
//!
//! The first lines of a Dockerfile decide how the rest is read: `# syntax=IMAGE` has another program
//! read it, `# escape=` changes its line ends. A template may say so; a value in a comment may not.

use std::collections::BTreeMap;

use super::RenderError;
use crate::timing::record::Origin;

/// An error for a directive that is not written out in the template it comes from, and for an escape
/// character that is not the one which the filters write.
pub(super) fn check(
    text: &str,
    origins: &[Option<Origin>],
    templates: &BTreeMap<String, String>,
) -> Result<(), RenderError> {
    for (line, origin) in text.lines().zip(origins).take_while(|(line, _)| name(line).is_some()) {
        let written = origin
            .as_ref()
            .and_then(|origin| templates.get(&origin.file)?.lines().nth(origin.line - 1));
        let value = line.split_once('=').map_or("", |(_, value)| value.trim());
        let is_other =
            name(line).is_some_and(|name| name.eq_ignore_ascii_case("escape")) && value != "\\";
        if is_other || written.map(str::trim) != Some(line.trim()) {
            let file = origin.as_ref().map_or("templates/Dockerfile.j2", |origin| &origin.file);
            return Err(RenderError::Template {
                file: file.to_owned(),
                line: origin.as_ref().map(|origin| origin.line),
                message: if is_other && written.map(str::trim) == Some(line.trim()) {
                    format!("found `{}`, and mad's filters escape with `\\`", line.trim())
                } else {
                    format!(
                        "a value makes `{}` a parser directive: begin the file with a comment of its own",
                        line.trim()
                    )
                },
            });
        }
    }
    Ok(())
}

/// The name in `# name=value`, as BuildKit's `parser/directives.go` reads it.
fn name(line: &str) -> Option<&str> {
    let comment = ["#", "//"].iter().find_map(|sign| line.trim_start().strip_prefix(sign))?;
    let (name, value) = comment.split_once('=')?;
    let name = name.trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_name && !value.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_templates_give_directives() {
        let template = "# syntax=docker/dockerfile:1\n# {{ text|comment }}\nFROM x\n";
        let templates = BTreeMap::from([("templates/t".to_owned(), template.to_owned())]);
        let origin = |line| Some(Origin { file: "templates/t".to_owned(), line });
        let check = |second: &str| {
            let text = format!("# syntax=docker/dockerfile:1\n# {second}\nFROM x\n");
            super::check(&text, &[origin(1), origin(2), origin(3)], &templates)
        };
        assert!(check("for agents").is_ok());
        for text in ["escape=`", "syntax=x", "Syntax = x", "check=skip=all", " ESCAPE =`"] {
            assert!(check(text).unwrap_err().to_string().starts_with("templates/t:2: "), "{text}");
        }
    }
}
