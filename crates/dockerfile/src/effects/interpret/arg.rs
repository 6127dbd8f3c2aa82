//! The arguments of a command.

use crate::shell::Field;

/// An argument: its fields, or something that the file does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// One argument.
    Field(Field),
    /// Any number of arguments.
    Opaque(String),
}

impl Arg {
    /// The text of an argument that is certain and no pattern.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Field(field) if !field.is_pattern => Some(&field.text),
            _ => None,
        }
    }
}
