//! The version of the file, and the way to it from older ones.
//!
//! A migration is SQL alone, never code that stores records: it must do the same in every later mad.
//! The one exception changes rows as JSON: `hide_old`.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::error::{Fault, HistoryError};
use super::hide_old::hide_old;

/// `PRAGMA application_id` of a history: `madh`. Other programs' databases have another one.
const APPLICATION: i64 = 0x6d61_6468;

/// By version, from 1: what makes it of the version before.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
];

/// From this version on, values are hidden; what the versions before kept is hidden on the way.
const HIDING: i64 = 4;

/// The version that this mad reads and writes.
pub(super) const CURRENT: i64 = MIGRATIONS.len() as i64;

/// How long one process waits for the others: an import of many builds takes its time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the file says of itself.
enum Kind {
    /// Nothing is in it yet.
    Empty,
    /// A history.
    Version(i64),
    /// A database of another program.
    Foreign,
}

/// Makes the file a history of the current version, whatever else is being done to it.
pub(super) fn prepare(connection: &Connection) -> Result<(), Fault> {
    connection.busy_timeout(PATIENCE)?;
    match kind(connection)? {
        Kind::Foreign => return Err(Fault::NotAHistory),
        Kind::Version(found) if found > CURRENT => return Err(Fault::Newer { found }),
        Kind::Version(CURRENT) => {}
        Kind::Empty | Kind::Version(_) => migrate(connection, &MIGRATIONS)?,
    }
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")?;
    Ok(())
}

fn kind(connection: &Connection) -> Result<Kind, Fault> {
    // One transaction: another process may be making the file at this moment.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, version, tables) {
        (0, 0, 0) => Kind::Empty,
        (APPLICATION, version, _) => Kind::Version(version),
        _ => Kind::Foreign,
    })
}

/// Brings the file to the version of the last of `migrations`.
pub(super) fn migrate(connection: &Connection, migrations: &[&str]) -> Result<(), Fault> {
    // Before the first table: afterwards it would take a `VACUUM`, and that as much space again.
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
    use_wal(connection)?;
    // A table that is made anew would take the rows that refer to it with it. Within a
    // transaction this pragma does nothing.
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    for (version, sql) in (1_i64..).zip(migrations) {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found >= version {
            continue;
        }
        transaction.execute_batch(sql)?;
        if version == HIDING {
            hide_old(&transaction)?;
        }
        let broken: i64 =
            transaction
                .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
        if broken > 0 {
            return Err(Fault::Content(format!("{broken} rows refer to rows that are gone")));
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        if version == HIDING && found > 0 {
            // Pages that are free now still hold what was hidden. Others may be reading: then it waits
            // until the pages are used again.
            let _ = connection.execute_batch("VACUUM");
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
    Ok(())
}

/// Readers and one writer at once. File systems that cannot do it keep the rollback journal, which
/// is as safe and only slower.
fn use_wal(connection: &Connection) -> Result<(), Fault> {
    let begun = Instant::now();
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())) {
            // SQLite does not ask the busy handler while the mode changes.
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == ErrorCode::DatabaseBusy && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return Ok(done?),
        }
    }
}

impl Fault {
    /// The error for the caller, with the file that it is about.
    pub(super) fn at(self, path: &std::path::Path) -> HistoryError {
        let path = path.to_owned();
        match self {
            Self::Told(error) => error,
            Self::NotAHistory => HistoryError::NotAHistory { path },
            Self::Newer { found } => HistoryError::Newer { path, found, known: CURRENT },
            Self::Content(why) => HistoryError::Damaged { path, why },
            Self::Sqlite(error) => HistoryError::of_sqlite(error, path),
        }
    }
}
