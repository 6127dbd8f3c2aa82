//! Old builds go, with what only they referred to; the file becomes smaller.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Connection, named_params};
use schemars::JsonSchema;
use serde::Serialize;

use super::History;
use super::compact::{read_time, time, unpack_ids};
use super::entry::row_of;
use super::error::{Fault, HistoryError};
use super::read::word;
use crate::timing::record::Ending;

/// What is to go: the builds that fulfil all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prune {
    /// Of this project; of all where `None`.
    pub project: Option<String>,
    /// Beyond the newest so many good builds, and as many others, of their place.
    pub keep: Option<usize>,
    /// That began before.
    pub before: Option<Timestamp>,
}

/// What went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The builds, the newest first.
    pub builds: Vec<PrunedBuild>,
    /// How many promotions.
    pub promotions: usize,
    /// Bytes that the file is smaller.
    pub freed_bytes: u64,
    /// Where the history is kept as it was before.
    pub copy: Option<PathBuf>,
}

/// A build that went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PrunedBuild {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// Its project.
    pub project: String,
    /// Its profile.
    pub profile: String,
    /// How it ended.
    pub ending: Ending,
}

impl History {
    /// Takes builds out of the history, and the promotions that only tell of them. Of every tag
    /// stay the last promotion and the last one to another image: `mad rollback` needs them.
    ///
    /// With `copy`, the history as it was is kept beside it, in place of the copy of the last time;
    /// where nothing goes, that one stays, for it may still be wanted.
    pub fn prune(&self, prune: &Prune, copy: bool) -> Result<Pruned, HistoryError> {
        let is_copied = copy && !self.would_prune(prune)?.builds.is_empty();
        let copy = if is_copied { Some(self.keep_copy()?) } else { None };
        let pruned = self.take_out(|connection| select_old(connection, prune), prune.before)?;
        Ok(Pruned { copy, ..pruned })
    }

    /// Takes these builds out, and the promotions that only tell of them.
    pub fn remove(&self, ids: &[String]) -> Result<Pruned, HistoryError> {
        self.take_out(|connection| select_named(connection, ids), None)
    }

    fn take_out(
        &self,
        select: impl Fn(&Connection) -> Result<(), Fault>,
        before: Option<Timestamp>,
    ) -> Result<Pruned, HistoryError> {
        let size = |connection: &Connection| -> Result<u64, Fault> {
            let pages: u64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let bytes: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            Ok(pages * bytes)
        };
        let mut pruned = self.write(|connection| {
            select(connection)?;
            delete(connection, before)
        })?;
        self.outside(|connection| {
            let before = size(connection)?;
            // It gives one page back a row.
            let mut vacuum = connection.prepare("PRAGMA incremental_vacuum")?;
            let mut rows = vacuum.raw_query();
            while rows.next()?.is_some() {}
            pruned.freed_bytes = before.saturating_sub(size(connection)?);
            // The file itself shrinks at the next checkpoint. Where others read at this moment, it
            // is one of theirs.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(pruned)
        })
    }

    /// What [`Self::prune`] would take out; the bytes are not known before.
    pub fn would_prune(&self, prune: &Prune) -> Result<Pruned, HistoryError> {
        self.would_take_out(|connection| select_old(connection, prune), prune.before)
    }

    /// What [`Self::remove`] would take out.
    pub fn would_remove(&self, ids: &[String]) -> Result<Pruned, HistoryError> {
        self.would_take_out(|connection| select_named(connection, ids), None)
    }

    fn would_take_out(
        &self,
        select: impl Fn(&Connection) -> Result<(), Fault>,
        before: Option<Timestamp>,
    ) -> Result<Pruned, HistoryError> {
        self.outside(|connection| {
            let behavior = rusqlite::TransactionBehavior::Immediate;
            let transaction = rusqlite::Transaction::new_unchecked(connection, behavior)?;
            select(&transaction)?;
            let pruned = delete(&transaction, before)?;
            transaction.rollback()?;
            Ok(pruned)
        })
    }

    /// Writes the history as it is beside it, as a whole or not at all.
    fn keep_copy(&self) -> Result<PathBuf, HistoryError> {
        let beside = |end: &str| {
            let mut name = self.path().as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let (copy, partial) = (beside(".before-prune"), beside(".before-prune.partial"));
        let cannot = |why: String| HistoryError::Copy { path: copy.clone(), why };
        let _ = std::fs::remove_file(&partial);
        // SQLite fills an empty file and leaves its mode.
        let mut open = OpenOptions::new();
        let made = open.write(true).create_new(true).mode(0o600).open(&partial);
        made.map_err(|error| cannot(error.to_string()))?;
        let written = self.outside(|connection| {
            let name = partial.to_str().ok_or_else(|| cannot("its name is no text".to_owned()))?;
            connection.execute("VACUUM INTO ?1", [name])?;
            Ok(())
        });
        let kept = written.map_err(|error| cannot(error.to_string())).and_then(|()| {
            std::fs::rename(&partial, &copy).map_err(|error| cannot(error.to_string()))
        });
        if kept.is_err() {
            let _ = std::fs::remove_file(&partial);
        }
        kept.map(|()| copy)
    }
}

/// Builds that measure others, slow ones and failures are counted apart: a series of these must not
/// push out the builds that others are judged by. What was held back stays: its image lies in the
/// engine's cache for as long as that likes, and forgotten it would get the tag.
const GONE: &str = "CREATE TEMP TABLE gone AS
     SELECT build_id, id FROM (
         SELECT build_id, id, started, project, standing, row_number() OVER (
             PARTITION BY place_id, ending = 'built',
                 standing IS NULL OR standing IN ('good', 'accepted')
             ORDER BY started DESC, build_id DESC) AS nth
         FROM builds JOIN places USING (place_id) LEFT JOIN judgements USING (build_id))
     WHERE (:project IS NULL OR project = :project) AND (:keep IS NULL OR nth > :keep)
         AND (:before IS NULL OR started < :before) AND standing IS NOT 'held'";

/// Promotions of builds that go, and old ones of no build; but never what a rollback needs.
const DELETE_PROMOTIONS: &str = "DELETE FROM promotions
     WHERE (build IN (SELECT id FROM gone)
             OR (at < :before AND NOT EXISTS (SELECT 1 FROM builds WHERE id = build)
                 AND tag IN (SELECT tag FROM project_tags)))
         AND promotion_id NOT IN (
             SELECT promotion_id FROM (
                 SELECT promotion_id, dense_rank() OVER (
                     PARTITION BY tag, engine_id ORDER BY newest DESC, image) AS nth,
                     row_number() OVER (
                         PARTITION BY tag, engine_id, image ORDER BY at DESC, promotion_id DESC
                     ) AS of_image
                 FROM (SELECT *, max(at) OVER (PARTITION BY tag, engine_id, image) AS newest
                     FROM promotions))
             WHERE nth <= 2 AND of_image = 1)";

/// Fills the table of what is to go by age and number.
fn select_old(connection: &Connection, prune: &Prune) -> Result<(), Fault> {
    let Prune { project, keep, before } = prune;
    let keep = keep.map(|keep| i64::try_from(keep).unwrap_or(i64::MAX));
    drop_tables(connection)?;
    // Without a bound nothing is named, and so nothing goes.
    let nothing = (keep.is_none() && before.is_none()).then_some(i64::MAX);
    connection.execute(
        GONE,
        named_params! {
            ":project": project,
            ":keep": keep.or(nothing),
            ":before": before.map(time),
        },
    )?;
    connection.execute(
        "CREATE TEMP TABLE project_tags AS
             SELECT DISTINCT tag FROM promotions LEFT JOIN builds ON id = build
                 LEFT JOIN places USING (place_id) WHERE ?1 IS NULL OR project = ?1",
        [project],
    )?;
    Ok(())
}

/// Fills the table of what is to go with builds by their ids.
fn select_named(connection: &Connection, ids: &[String]) -> Result<(), Fault> {
    drop_tables(connection)?;
    connection.execute_batch(
        "CREATE TEMP TABLE gone (build_id INTEGER, id TEXT);
         CREATE TEMP TABLE project_tags (tag TEXT)",
    )?;
    for id in ids {
        let build = row_of(connection, id)?;
        let missing = || HistoryError::NoSuchBuild { reference: id.clone() };
        connection.execute(
            "INSERT INTO gone (build_id, id) VALUES (?1, ?2)",
            (build.ok_or_else(missing)?, id),
        )?;
    }
    Ok(())
}

fn drop_tables(connection: &Connection) -> Result<(), Fault> {
    let sql = "DROP TABLE IF EXISTS temp.gone; DROP TABLE IF EXISTS temp.project_tags;";
    Ok(connection.execute_batch(sql)?)
}

/// Takes out what the table names.
fn delete(connection: &Connection, before: Option<Timestamp>) -> Result<Pruned, Fault> {
    let builds = gone(connection)?;
    let promotions =
        connection.execute(DELETE_PROMOTIONS, named_params! { ":before": before.map(time) })?;
    connection.execute("DELETE FROM builds WHERE build_id IN (SELECT build_id FROM gone)", [])?;
    drop_tables(connection)?;
    if !builds.is_empty() {
        delete_orphans(connection)?;
    }
    Ok(Pruned { builds, promotions, ..Pruned::default() })
}

fn gone(connection: &Connection) -> Result<Vec<PrunedBuild>, Fault> {
    let mut select = connection.prepare(
        "SELECT builds.id, started, project, profile, ending
         FROM builds JOIN places USING (place_id)
         WHERE build_id IN (SELECT build_id FROM gone) ORDER BY started DESC, build_id DESC",
    )?;
    let mut rows = select.query([])?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next()? {
        gone.push(PrunedBuild {
            id: row.get(0)?,
            started: read_time(&row.get::<_, String>(1)?)?,
            project: row.get(2)?,
            profile: row.get(3)?,
            ending: word(row.get(4)?)?,
        });
    }
    Ok(gone)
}

/// What nothing refers to any more. The steps and judgements went with their builds.
fn delete_orphans(connection: &Connection) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM places WHERE place_id NOT IN (SELECT place_id FROM builds)",
        "DELETE FROM plans WHERE plan_id NOT IN (SELECT plan_id FROM builds)",
        "DELETE FROM planned_steps WHERE planned_id NOT IN (SELECT planned_id FROM steps)",
        "DELETE FROM inputs WHERE inputs_id NOT IN (SELECT inputs_id FROM steps)",
        "DELETE FROM instructions
             WHERE instruction_id NOT IN (SELECT instruction_id FROM inputs)",
    ] {
        connection.execute(sql, [])?;
    }
    let mut used = HashSet::new();
    let mut select = connection.prepare("SELECT files FROM inputs WHERE files IS NOT NULL")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        used.extend(unpack_ids(&row.get::<_, Vec<u8>>(0)?)?);
    }
    let mut select = connection.prepare("SELECT file_id FROM files")?;
    let files: Vec<i64> =
        select.query_map([], |row| row.get(0))?.collect::<Result<_, rusqlite::Error>>()?;
    let mut delete = connection.prepare("DELETE FROM files WHERE file_id = ?1")?;
    for file in files.into_iter().filter(|file| !used.contains(file)) {
        delete.execute([file])?;
    }
    Ok(())
}
