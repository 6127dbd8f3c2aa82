//! A history that cannot be read or written, and questions that it cannot answer.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// What went wrong.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// Its folder is not there and cannot be made.
    #[error("cannot create the folder `{}` for the history: {why}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The file is something else.
    #[error("the file `{}` is not a mad history", path.display())]
    NotAHistory {
        /// The file.
        path: PathBuf,
    },
    /// A later mad has written it.
    #[error(
        "the history `{}` has version {found}; this mad supports up to {known}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version that this mad knows.
        known: i64,
    },
    /// The key that values are hidden by cannot be used.
    #[error("cannot use the key `{}`: {why}", path.display())]
    Key {
        /// The key.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// It is no file: a folder, a device, a pipe.
    #[error("found {kind} at `{}`, expected a file for the history", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there.
        kind: &'static str,
    },
    /// Its content is broken.
    #[error("the history `{}` is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It may not be opened or written.
    #[error("cannot open the history `{}` for writing: {why}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        why: String,
    },
    /// No space is left; nothing was changed.
    #[error("no space left for the history `{}`; it is unchanged", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another process held it for too long; nothing was changed.
    #[error("the history `{}` is locked by another process", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite reports; nothing was changed.
    #[error("the history `{}` cannot be used: {why}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        why: String,
    },
    /// Text that names no build in any way.
    #[error(
        "found `{reference}`, expected a build: its ID or at least four digits of it, `last`, `last~1`"
    )]
    BadReference {
        /// As given.
        reference: String,
    },
    /// No such build.
    #[error("the history has no build `{reference}`")]
    NoSuchBuild {
        /// As given.
        reference: String,
    },
    /// Several builds begin so.
    #[error("`{reference}` is ambiguous, it matches the builds `{}`", candidates.join("`, `"))]
    Ambiguous {
        /// As given.
        reference: String,
        /// Their ids.
        candidates: Vec<String>,
    },
    /// What is to go cannot be kept beside the history; nothing was taken out.
    #[error("cannot copy the history to `{}`: {why}", path.display())]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// A record that cannot be kept.
    #[error("the record of build `{id}` cannot be stored: {why}")]
    BadRecord {
        /// Its id.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// Lines that are no entries of a history; nothing was imported.
    #[error("nothing was imported: {}", listed(lines, *more))]
    BadLines {
        /// The first of them.
        lines: Vec<BadLine>,
        /// How many there are beyond those.
        more: usize,
    },
    /// What is imported cannot be read to its end; nothing was imported.
    #[error("cannot read the import: {why}")]
    Read {
        /// The system's words.
        why: String,
    },
    /// What is imported is larger than any history; nothing was imported.
    #[error("nothing was imported: {why}")]
    TooLarge {
        /// What is too large.
        why: String,
    },
    /// What is exported cannot be written.
    #[error("cannot write the export")]
    Write(#[source] std::io::Error),
}

/// A line that is no entry of a history.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {number}: {why}")]
pub struct BadLine {
    /// From 1.
    pub number: usize,
    /// What is wrong with it.
    pub why: String,
}

fn listed(lines: &[BadLine], more: usize) -> String {
    let mut listed: Vec<String> = lines.iter().map(ToString::to_string).collect();
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join("\n")
}

impl HistoryError {
    /// One command or change that helps.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Folder { .. } | Self::Refused { .. } | Self::NotAFile { .. } => {
                "name a file that can be written with MAD_HISTORY=FILE".to_owned()
            }
            Self::NotAHistory { path } => format!(
                "move `{}` away, or name another file with MAD_HISTORY=FILE",
                path.display()
            ),
            Self::Newer { .. } => {
                "use the mad that wrote it, or another file with MAD_HISTORY=FILE".to_owned()
            }
            Self::Damaged { path, .. } => format!(
                "`sqlite3 {0} .recover | sqlite3 {0}.new` saves what can be read",
                path.display()
            ),
            Self::Full { path } => {
                let folder = path.parent().unwrap_or(path);
                format!("`df -h {}` shows what is free", folder.display())
            }
            Self::Busy { path } => format!("`fuser {}` names the process", path.display()),
            Self::BadReference { .. } | Self::NoSuchBuild { .. } => {
                "`mad history list` shows the builds".to_owned()
            }
            Self::Key { path, .. } => format!(
                "move `{}` away: hidden values of earlier builds can then not be compared any more",
                path.display()
            ),
            Self::Copy { .. } => "`--no-copy` keeps none".to_owned(),
            Self::Ambiguous { .. } => "write more digits".to_owned(),
            Self::BadLines { .. } | Self::TooLarge { .. } => {
                "expected one entry a line, as `mad history export` writes them".to_owned()
            }
            Self::Database { .. } | Self::BadRecord { .. } | Self::Read { .. } | Self::Write(_) => {
                return None;
            }
        })
    }

    /// Whether it is about what was asked for or given, not about the file.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::BadReference { .. }
                | Self::NoSuchBuild { .. }
                | Self::Ambiguous { .. }
                | Self::BadRecord { .. }
                | Self::BadLines { .. }
                | Self::TooLarge { .. }
                | Self::NotAFile { .. }
                | Self::NotAHistory { .. }
                | Self::Newer { .. }
        )
    }

    pub(super) fn of_sqlite(error: rusqlite::Error, path: PathBuf) -> Self {
        // The short form: the long one may name the file again.
        let why = match error.sqlite_error() {
            Some(error) => rusqlite::ffi::code_to_str(error.extended_code).to_owned(),
            None => error.to_string(),
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAHistory { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, why },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Refused { path, why }
            }
            _ => Self::Database { path, why: error.to_string() },
        }
    }
}

/// An error within the module, before it is known which file it is about.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// One that is complete.
    Told(HistoryError),
    /// A database of another program.
    NotAHistory,
    /// A later mad's.
    Newer {
        /// Its version.
        found: i64,
    },
    /// What was stored cannot be read back.
    Content(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<HistoryError> for Fault {
    fn from(error: HistoryError) -> Self {
        Self::Told(error)
    }
}
