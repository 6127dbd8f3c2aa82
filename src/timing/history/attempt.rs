//! Builds that were begun: so that one which left no record is not taken for the one before it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::compact::{read_time, time};
use super::error::HistoryError;
use super::read::Reader;
use super::{History, JudgedRecord};

/// How long it is known that a build was begun.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A build that was begun and left no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its profile, as it was asked for.
    pub profile: String,
    /// When it began.
    pub started: Timestamp,
    /// What it ended with; `None` where it could not tell: it was killed, or runs still.
    pub why: Option<String>,
}

impl History {
    /// Notes that a build begins; gives its number.
    pub fn begins(
        &self,
        project: &str,
        profile: &str,
        ci_run: Option<&str>,
        now: Timestamp,
    ) -> Result<i64, HistoryError> {
        self.write(|connection| {
            let old = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
            connection.execute("DELETE FROM attempts WHERE started < ?1", [time(old)])?;
            let mut insert = connection.prepare(
                "INSERT INTO attempts (project, profile, ci_run, started) VALUES (?1, ?2, ?3, ?4)",
            )?;
            Ok(insert.insert(params![project, profile, ci_run, time(now)])?)
        })
    }

    /// Notes what a build ended with.
    pub fn ended(&self, attempt: i64, why: &str) -> Result<(), HistoryError> {
        self.write(|connection| {
            let sql = "UPDATE attempts SET why = ?2 WHERE attempt_id = ?1";
            connection.execute(sql, params![attempt, why])?;
            Ok(())
        })
    }

    /// The last build that was begun, of this profile and in this job of CI where one is named, if it left
    /// no record.
    pub fn unrecorded(
        &self,
        project: &str,
        profile: Option<&str>,
        ci_run: Option<&str>,
    ) -> Result<Option<Attempt>, HistoryError> {
        self.read(|connection| {
            let mut select = connection.prepare(
                "SELECT profile, started, why FROM (
                     SELECT * FROM attempts WHERE project = ?1 AND (?2 IS NULL OR ci_run = ?2)
                         AND (?3 IS NULL OR profile = ?3)
                     ORDER BY started DESC, attempt_id DESC LIMIT 1) AS last
                 WHERE NOT EXISTS (
                     SELECT 1 FROM builds JOIN places USING (place_id)
                     WHERE project = ?1 AND builds.started >= last.started
                         AND (?2 IS NULL OR builds.ci_run = ?2)
                         AND (?3 IS NULL OR places.profile = ?3))",
            )?;
            let row =
                |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?));
            let found = select.query_row(params![project, ci_run, profile], row).optional()?;
            let attempt = |(profile, started, why): (String, String, Option<String>)| {
                Ok(Attempt { profile, started: read_time(&started)?, why })
            };
            found.map(attempt).transpose()
        })
    }

    /// The newest build of this job of CI, of one profile or of all.
    pub fn last_of_run(
        &self,
        project: &str,
        profile: Option<&str>,
        run: &str,
    ) -> Result<Option<JudgedRecord>, HistoryError> {
        self.read(|connection| {
            let mut select = connection.prepare(
                "SELECT build_id FROM builds JOIN places USING (place_id)
                 WHERE ci_run = ?2 AND project = ?1 AND (?3 IS NULL OR profile = ?3) ORDER BY started DESC, build_id DESC LIMIT 1",
            )?;
            let found: Option<i64> =
                select.query_row((project, run, profile), |row| row.get(0)).optional()?;
            found.map(|build| Reader::new(connection).entry(build)).transpose()
        })
    }
}
