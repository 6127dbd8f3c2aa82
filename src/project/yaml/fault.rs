//! What can be wrong with a YAML text, and the words for it.
//!
//! Here are the faults of any YAML file of the project; what only a profile can get wrong is in
//! `profile::fault`.

use thiserror::Error;

use super::{Explain, Position, quoted, shown};

/// A fault in a YAML text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// Not YAML.
    #[error("broken YAML: {info}")]
    Syntax {
        /// What the parser says.
        info: String,
        /// What most likely is the matter.
        cause: Option<Cause>,
    },
    /// Bytes that are no UTF-8.
    #[error("found a byte that is not UTF-8, expected text")]
    NotUtf8,
    /// Too long for a file that people write.
    #[error("found {bytes} bytes, expected at most {limit}")]
    TooLarge {
        /// Length of the file.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Nothing in it.
    #[error("found an empty file, expected keys and values")]
    Empty,
    /// A second `---`.
    #[error("found a second document, expected one")]
    SeveralDocuments,
    /// Nested too deep.
    #[error("found more than {limit} levels, expected fewer")]
    TooDeep {
        /// The most levels.
        limit: usize,
    },
    /// Too many values once aliases are put in place.
    #[error("found more than {limit} values after putting in aliases, expected fewer")]
    TooMany {
        /// The most values.
        limit: usize,
    },
    /// Too much text once aliases are put in place.
    #[error("found more than {} MiB of text after putting in aliases, expected less", .limit >> 20)]
    TooMuchText {
        /// The most bytes.
        limit: usize,
    },
    /// A character that no YAML file may hold.
    #[error("found the character {character:?}, which YAML does not allow")]
    Character {
        /// Which.
        character: char,
    },
    /// `&a [*a]`.
    #[error("found an alias inside its own value")]
    AliasToItself,
    /// A tag that means nothing here.
    #[error("unknown tag `{}`", shown(.tag))]
    UnknownTag {
        /// As written.
        tag: String,
    },
    /// `!replace` on a map or a scalar.
    #[error("found `!replace` on {found}, expected it on a list")]
    ReplaceOutsideList {
        /// What it is on.
        found: &'static str,
    },
    /// A key that is a list, a map or nothing.
    #[error("found {found} as a key, expected text")]
    KeyNotText {
        /// What it is.
        found: &'static str,
    },
    /// The same key twice in one map.
    #[error("key `{}` was given before, at {}:{}", shown(.key), .first.line, .first.column)]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it was given first.
        first: Position,
    },
    /// A key that means nothing here.
    #[error("unknown key `{}`{}", shown(.key), inside(.parent))]
    UnknownKey {
        /// The key.
        key: String,
        /// The map that it is in, empty at the top.
        parent: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// What could stand here.
        known: Vec<String>,
    },
    /// Another type than wanted, or a number out of its range.
    #[error("found {found}, expected {expected}{}", for_key(.key))]
    WrongType {
        /// What stands there, in words.
        found: String,
        /// What could stand there, in words.
        expected: String,
        /// The key that it is the value of.
        key: String,
        /// What may have been meant.
        advice: Option<Advice>,
    },
    /// A key that must be there is not.
    #[error("found no `{key}`{}, expected one", inside(.parent))]
    Missing {
        /// The key.
        key: String,
        /// The map that it should be in.
        parent: String,
    },
    /// A value that breaks a rule.
    #[error("found `{}`, expected {}", shown(.found), .rule.expected)]
    Refused {
        /// The value.
        found: String,
        /// The rule.
        rule: Refusal,
    },
}

/// What to write where a value has the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// A number or boolean where text is wanted: the text.
    Quote(String),
    /// One value where a list is wanted: the value.
    List(String),
    /// A dotted key of an argument where the dot may belong to the key.
    QuoteKey,
}

/// What most likely broke the YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The line is indented with a tab.
    Tab,
    /// A quote that is not closed.
    OpenQuote,
    /// A bracket that is not closed.
    OpenBracket {
        /// `[` or `{`.
        bracket: char,
        /// Its line, from one.
        line: usize,
        /// Its column, from one.
        column: usize,
    },
    /// A character that YAML keeps for itself starts a value.
    Reserved,
}

/// The rule that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is allowed, in words.
    pub expected: String,
    /// What to do.
    pub hint: Option<String>,
}

fn inside(parent: &str) -> String {
    if parent.is_empty() { String::new() } else { format!(" in `{parent}`") }
}

fn for_key(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!(" for `{key}`") }
}

impl Explain for Fault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { cause, .. } => cause.as_ref().map(|cause| match cause {
                Cause::Tab => "indent with spaces: YAML does not allow tabs".to_owned(),
                Cause::OpenQuote => "close the quote that starts here".to_owned(),
                Cause::OpenBracket { bracket, line, column } => {
                    format!("close the `{bracket}` of {line}:{column}")
                }
                Cause::Reserved => "put the value in quotes".to_owned(),
            }),
            Self::DuplicateKey { .. } => Some("keep one of the two".to_owned()),
            Self::Character { .. } => Some("remove it from the file".to_owned()),
            Self::NotUtf8 => Some("save the file as UTF-8".to_owned()),
            Self::SeveralDocuments => {
                Some("remove the `---`, or make it a file of its own".to_owned())
            }
            Self::UnknownTag { .. } => Some("`!replace` before a list is the only tag".to_owned()),
            Self::ReplaceOutsideList { .. } => {
                Some("`null` removes an inherited value, a scalar always replaces it".to_owned())
            }
            Self::UnknownKey { key, .. } if key == "<<" => Some(
                "YAML merge keys are not supported; use `extends` or repeat the keys".to_owned(),
            ),
            Self::UnknownKey { suggestion: Some(name), .. } => {
                Some(format!("did you mean `{name}`?"))
            }
            Self::UnknownKey { known, .. } => Some(format!("the keys here are {}", quoted(known))),
            Self::WrongType { advice, .. } => advice.as_ref().map(|advice| match advice {
                Advice::Quote(text) => format!("write it in quotes: \"{text}\""),
                Advice::List(text) => format!("write it as a list: [{text}]"),
                Advice::QuoteKey => {
                    "put a key with dots in quotes: `--set 'labels.\"a.b\"=c'`".to_owned()
                }
            }),
            Self::Refused { rule, .. } => rule.hint.clone(),
            _ => None,
        }
    }
}
