//! What a command found wrong, in one form for all formats that programs read.

/// How much it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report) enum Severity {
    /// What was checked is not accepted for it.
    Error,
    /// Somebody should look.
    Warning,
    /// An explanation.
    Note,
}

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Rule {
    /// Its stable name, for example `mad/cache-miss`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it means and what to do.
    pub help: &'static str,
    /// What its findings weigh, where that is the same for all of them.
    pub severity: Option<Severity>,
}

/// A place in a file of the project. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct SourceLine {
    /// Path in the project.
    pub file: String,
    /// The first line; `None` for the file as a whole.
    pub line: Option<u64>,
    /// The last line, where there are several.
    pub end_line: Option<u64>,
    /// The first column, where it is known.
    pub column: Option<u64>,
}

impl SourceLine {
    /// Reads `profiles/cpu.yaml:12:3` and `templates/stages/base.j2:4`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<u64>().ok().filter(|&number| number > 0);
        let (rest, last) = text.rsplit_once(':')?;
        let last = number(last)?;
        let at = |file: &str, line, column| Self {
            file: file.to_owned(),
            line: Some(line),
            end_line: None,
            column,
        };
        let with_column = rest
            .rsplit_once(':')
            .and_then(|(file, line)| Some(at(file, number(line)?, Some(last))));
        let found = with_column.unwrap_or_else(|| at(rest, last, None));
        (!found.file.is_empty()).then_some(found)
    }
}

/// Something that was found.
#[derive(Debug, Clone)]
pub(in crate::report) struct Finding {
    /// The kind that it is of: a [`Rule::id`].
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What stays the same when it is found again: a step's id, an alert's name.
    pub subject: String,
    /// In a few words.
    pub title: String,
    /// In sentences.
    pub message: String,
    /// The place at fault.
    pub at: Option<SourceLine>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_and_without_a_column() {
        let line = |file: &str, line, column| {
            Some(SourceLine { file: file.into(), line: Some(line), end_line: None, column })
        };
        assert_eq!(
            SourceLine::parse("profiles/cpu.yaml:12:3"),
            line("profiles/cpu.yaml", 12, Some(3))
        );
        assert_eq!(SourceLine::parse("a.j2:4"), line("a.j2", 4, None));
        assert_eq!(SourceLine::parse("a:b:4"), line("a:b", 4, None));
        for text in ["", "a.j2", "a.j2:0", "a.j2:x", ":4", ":4:4"] {
            assert_eq!(SourceLine::parse(text), None, "{text}");
        }
    }
}
