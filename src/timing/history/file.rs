//! The file: opened, and used in transactions.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Fault, HistoryError};
use super::schema;

/// The history of builds.
///
/// Everything that is written is written as a whole or not at all, and kept when the process dies
/// at once afterwards. Where the machine loses its power, the last entries may be missing; the
/// rest is intact (`synchronous = NORMAL` under WAL).
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

impl History {
    /// Opens the history at `path`, or begins it: then its folder is made where it is not there,
    /// for this user alone. An older version is brought up to date.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
                HistoryError::Folder { path: folder.to_owned(), why: error.to_string() }
            })?;
        }
        // Without `SQLITE_OPEN_URI`: a path that begins with `file:` is a path.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let told = |fault: Fault| fault.at(path);
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| told(error.into()))?;
        schema::prepare(&connection).map_err(told)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens the history at `path` where there is one; else an empty one, of which nothing is kept.
    pub fn open_existing(path: &Path) -> Result<Self, HistoryError> {
        if path.exists() {
            return Self::open(path);
        }
        let told = |fault: Fault| fault.at(path);
        let connection = Connection::open_in_memory().map_err(|error| told(error.into()))?;
        schema::prepare(&connection).map_err(told)?;
        Ok(Self { connection, path: path.to_owned() })
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
    pub(super) fn outside<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
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
