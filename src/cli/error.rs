//! The error of a command: what happened, its exit code, and what to do about it.
//!
//! An error becomes a [`CommandError`] only through a `From` of its own in [`exit`](super::exit), which
//! says its exit code. There is none for [`anyhow::Error`] and none for every error, so that a type that
//! nobody gave an exit code does not compile.

use std::error::Error;
use std::fmt;

/// What a command returns.
pub type Result<T = (), E = CommandError> = std::result::Result<T, E>;

/// Why a command ended without doing what it was asked to.
#[derive(Debug)]
pub struct CommandError {
    error: anyhow::Error,
    code: u8,
    hint: Option<String>,
}

impl CommandError {
    /// An error with its exit code (a constant of [`exit`]).
    pub(super) fn new(error: impl Into<anyhow::Error>, code: u8, hint: Option<String>) -> Self {
        Self { error: error.into(), code, hint }
    }

    /// What happened, with its causes.
    pub fn error(&self) -> &anyhow::Error {
        &self.error
    }

    /// What happened, without what to do about it.
    pub fn into_error(self) -> anyhow::Error {
        self.error
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// A command or a change that helps.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The error that it was made of, if it was one of this type.
    pub fn downcast_ref<E: Error + Send + Sync + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    /// Puts what was being done in front. Exit code and hint stay those of the cause.
    pub fn context(self, text: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self { error: self.error.context(text), ..self }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Says what was being done when an error came.
pub trait Context<T> {
    /// With a fixed text.
    fn context(self, text: &'static str) -> Result<T>;
    /// With a text that is made only where there is an error.
    fn with_context(self, text: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<CommandError>> Context<T> for std::result::Result<T, E> {
    fn context(self, text: &'static str) -> Result<T> {
        self.map_err(|error| error.into().context(text))
    }

    fn with_context(self, text: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| error.into().context(text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::{self, PatchFailed, UsageError};

    #[test]
    fn context_keeps_the_code_and_the_hint_of_the_cause() {
        let usage = UsageError { message: "no".to_owned(), hint: Some("do".to_owned()) };
        let error = Err::<(), _>(usage).context("reading").context("building").unwrap_err();
        assert_eq!((error.code(), error.hint()), (exit::USAGE, Some("do")));
        assert_eq!(format!("{:#}", error.error()), "building: reading: no");
        assert!(error.downcast_ref::<UsageError>().is_some());
        assert!(error.downcast_ref::<PatchFailed>().is_none());
    }
}
