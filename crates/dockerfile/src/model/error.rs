//! Why bytes are no Dockerfile, with the place.

/// Why bytes are no Dockerfile. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More than a Dockerfile has.
    #[error("the file has more than {limit} bytes, too many for a Dockerfile")]
    TooBig {
        /// What is accepted.
        limit: usize,
    },
    /// A NUL byte: not text either, whatever its encoding.
    #[error("line {line}, column {column}: expected text, found a NUL byte")]
    Nul {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// Nothing but comments and blank lines.
    #[error("the file has no instructions; expected `FROM`")]
    Empty,
    /// Instructions, and none of them `FROM`.
    #[error("line {line}: the file has no `FROM`")]
    NoFrom {
        /// The first instruction's line.
        line: usize,
    },
    /// An instruction that needs a stage, and has none.
    #[error(
        "line {line}, column {column}: `{keyword}` before the first `FROM`; only `ARG` is allowed there"
    )]
    BeforeFrom {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// The instruction.
        keyword: String,
    },
    /// No instruction of BuildKit's.
    #[error("line {line}, column {column}: unknown instruction `{found}`")]
    Unknown {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// As written, cut to a length that can be shown.
        found: String,
        /// The instruction that it nearly is.
        similar: Option<&'static str>,
    },
    /// An instruction without what it needs.
    #[error("line {line}, column {column}: `{keyword}` needs an argument")]
    NoArgument {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// The instruction.
        keyword: String,
    },
    /// Neither `FROM image` nor `FROM image AS name`.
    #[error(
        "line {line}, column {column}: expected `FROM image` or `FROM image AS name`, found `{found}`"
    )]
    BadFrom {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// Its arguments, cut to a length that can be shown.
        found: String,
    },
    /// A heredoc without its closing line.
    #[error("line {line}: the heredoc `{name}` is not closed; expected a line `{name}`")]
    OpenHeredoc {
        /// Line of the instruction that opens it.
        line: usize,
        /// Its delimiter.
        name: String,
    },
    /// The same directive twice.
    #[error("line {line}: the directive `{name}` appears twice; only one is allowed")]
    RepeatedDirective {
        /// Line of the second.
        line: usize,
        /// Its name.
        name: String,
    },
    /// An escape character other than the two.
    #[error("line {line}: expected the escape character `\\` or ```, found `{found}`")]
    BadEscape {
        /// Line.
        line: usize,
        /// What was found.
        found: String,
    },
}

impl ParseError {
    /// A change that helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { similar: Some(similar), .. } => {
                Some(format!("did you mean `{similar}`?"))
            }
            _ => None,
        }
    }

    /// The line at fault, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::TooBig { .. } | Self::Empty => None,
            Self::Nul { line, .. }
            | Self::NoFrom { line }
            | Self::BeforeFrom { line, .. }
            | Self::Unknown { line, .. }
            | Self::NoArgument { line, .. }
            | Self::BadFrom { line, .. }
            | Self::OpenHeredoc { line, .. }
            | Self::RepeatedDirective { line, .. }
            | Self::BadEscape { line, .. } => Some(*line),
        }
    }
}
