//! The file: opened, and used in transactions.

use std::fs::{DirBuilder, FileType, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Fault, HistoryError};
use super::schema;
use crate::redact::{Key, Plain, Redactor};

/// The history of builds.
///
/// Everything that is written is written as a whole or not at all, and kept when the process dies
/// at once afterwards. Where the machine loses its power, the last entries may be missing; the
/// rest is intact (`synchronous = NORMAL` under WAL).
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
    /// What the project declares harmless, for what is imported.
    plain: Plain,
}

impl History {
    /// Opens the history at `path`, or begins it: then its folder is made where it is not there.
    /// Both are for this user alone, whatever mode they had. An older version is brought up to date.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
                HistoryError::Folder { path: folder.to_owned(), why: error.to_string() }
            })?;
        }
        for_this_user_alone(path)?;
        // Without `SQLITE_OPEN_URI`: a path that begins with `file:` is a path.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let told = |fault: Fault| fault.at(path);
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| told(error.into()))?;
        schema::prepare(&connection).map_err(told)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, path: path.to_owned(), plain: Plain::default() })
    }

    /// Opens the history at `path` where there is one; else an empty one, of which nothing is kept.
    pub fn open_existing(path: &Path) -> Result<Self, HistoryError> {
        match path.metadata() {
            // Not `exists`: what may not be looked at is there all the same.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            _ => return Self::open(path),
        }
        let told = |fault: Fault| fault.at(path);
        let connection = Connection::open_in_memory().map_err(|error| told(error.into()))?;
        schema::prepare(&connection).map_err(told)?;
        Ok(Self { connection, path: path.to_owned(), plain: Plain::default() })
    }

    /// Values of these names are imported as they are.
    pub fn with_plain(self, plain: Plain) -> Self {
        Self { plain, ..self }
    }

    /// What hides values in this history. Its key lies beside it, and is made where there is none.
    pub fn redactor(&self) -> Result<Redactor, HistoryError> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".key");
        let path = PathBuf::from(path);
        let key = Key::of_file(&path)
            .map_err(|error| HistoryError::Key { path, why: error.to_string() })?;
        Ok(Redactor::new(key, self.plain.clone()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads one state of the file, whatever others write meanwhile.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        self.within(TransactionBehavior::Deferred, work)
    }

    /// Writes all that `work` writes, or nothing where it fails.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        // Immediate: two readers that both want to write would be refused, however long they wait.
        self.within(TransactionBehavior::Immediate, work)
    }

    /// Outside of any transaction, for what SQLite does not do within one.
    pub(super) fn outside<'a, T>(
        &'a self,
        work: impl FnOnce(&'a Connection) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        work(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn within<T>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        self.outside(|connection| {
            let transaction = Transaction::new_unchecked(connection, behavior)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }
}

/// Makes the file where there is none, and takes away what others may do with it: SQLite gives the
/// files beside it the same mode. Anything but a file is refused, for SQLite would wait for a device.
fn for_this_user_alone(path: &Path) -> Result<(), HistoryError> {
    let refused = |error: std::io::Error| HistoryError::Refused {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let found = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            return match made {
                // Somebody else was faster.
                Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(refused(error)),
                _ => Ok(()),
            };
        }
        Err(error) => return Err(refused(error)),
    };
    if let Some(kind) = other_than_a_file(found.file_type()) {
        return Err(HistoryError::NotAFile { path: path.to_owned(), kind });
    }
    if found.permissions().mode() & 0o077 != 0 {
        for end in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            // Of another user's file the mode stays: who it belongs to decides.
            let _ = std::fs::set_permissions(name, Permissions::from_mode(0o600));
        }
    }
    Ok(())
}

fn other_than_a_file(kind: FileType) -> Option<&'static str> {
    Some(match kind {
        kind if kind.is_file() => return None,
        kind if kind.is_dir() => "a folder",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "no file",
    })
}
