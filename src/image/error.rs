//! Why an image cannot be read.

use thiserror::Error;

use engine::EngineError;

/// An archive that is not what an engine writes, or an engine that does not write one.
#[derive(Debug, Error)]
pub enum ImageError {
    /// A name that no engine writes.
    #[error("the image contains an invalid name `{name}`: {why}")]
    Name {
        /// As well as it can be shown.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An entry that cannot be compared.
    #[error("cannot read `{path}` of the image: {what}")]
    Unsupported {
        /// Where it is.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// Something that is larger than it may be.
    #[error("found {bytes} bytes of {what} in the image's archive, expected at most {limit_bytes}")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The largest that is read.
        limit_bytes: u64,
    },
    /// The archive does not have what it should.
    #[error("the image's archive has no {what}")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// JSON that is none, or not that of an image.
    #[error("cannot read `{name}` of the image's archive: {why}")]
    Json {
        /// The entry.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The archive ends too early, or is no archive.
    #[error("cannot read the image's archive{}: {source}", in_entry(.entry))]
    Read {
        /// The entry that was read; empty between entries.
        entry: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The engine could not be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn in_entry(entry: &str) -> String {
    if entry.is_empty() { String::new() } else { format!(" at `{entry}`") }
}

impl ImageError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}
