//! Parser directives: `# syntax=`, `# escape=`, `# check=` at the very top of the file.

/// One parser directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Line, from 1.
    pub line: usize,
    /// `syntax`, `escape` or `check`.
    pub name: String,
    /// What stands after `=`.
    pub value: String,
}

impl Directive {
    /// `# syntax=` with a frontend other than Docker's own: it may know other instructions.
    pub fn is_foreign_frontend(&self) -> bool {
        const OWN: [&str; 2] = ["docker/dockerfile", "docker/dockerfile-upstream"];
        let name = self.value.split_whitespace().next().unwrap_or_default();
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.split(['@', ':']).next().unwrap_or_default();
        self.name == "syntax" && !OWN.contains(&name)
    }
}

/// Reads a line as a directive; any other comment, and any other line, ends them all.
pub(super) fn read(line: &str, number: usize) -> Option<Directive> {
    let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    let is_known = matches!(name.as_str(), "syntax" | "escape" | "check");
    (is_known && !value.is_empty()).then(|| Directive {
        line: number,
        name,
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_names_are_directives() {
        for (line, found) in [
            ("# syntax=docker/dockerfile:1\n", Some(("syntax", "docker/dockerfile:1"))),
            ("#ESCAPE = `\r\n", Some(("escape", "`"))),
            ("# check=skip=all;error=true", Some(("check", "skip=all;error=true"))),
            ("# escape=", None),
            ("# a comment = with a sign", None),
            ("FROM a", None),
            ("", None),
        ] {
            let read = read(line, 1);
            let read = read.as_ref().map(|d| (d.name.as_str(), d.value.as_str()));
            assert_eq!(read, found, "{line:?}");
        }
    }
}
