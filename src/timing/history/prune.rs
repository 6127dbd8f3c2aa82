//! Old builds go, with what only they referred to; the file becomes smaller.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, named_params};

use super::History;
use super::compact::{time, unpack_ids};
use super::error::{Fault, HistoryError};

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Builds.
    pub builds: usize,
    /// Promotions.
    pub promotions: usize,
    /// Bytes that the file is smaller.
    pub freed_bytes: u64,
}

impl History {
    /// Takes builds out of the history, and the promotions that only tell of them. Of every tag
    /// stay the last promotion and the last one to another image: `mad rollback` needs them.
    pub fn prune(&self, prune: &Prune) -> Result<Pruned, HistoryError> {
        let size = |connection: &Connection| -> Result<u64, Fault> {
            let pages: u64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let bytes: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            Ok(pages * bytes)
        };
        let mut pruned = self.write(|connection| delete(connection, prune))?;
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
        self.outside(|connection| {
            let behavior = rusqlite::TransactionBehavior::Immediate;
            let transaction = rusqlite::Transaction::new_unchecked(connection, behavior)?;
            let pruned = delete(&transaction, prune)?;
            transaction.rollback()?;
            Ok(pruned)
        })
    }
}

/// Good builds and others are counted apart: a series of failures must not push out the builds
/// that others are judged by.
const GONE: &str = "CREATE TEMP TABLE gone AS
     SELECT build_id, id FROM (
         SELECT build_id, id, started, project, row_number() OVER (
             PARTITION BY place_id, ending = 'built' ORDER BY started DESC, build_id DESC) AS nth
         FROM builds JOIN places USING (place_id))
     WHERE (:project IS NULL OR project = :project) AND (:keep IS NULL OR nth > :keep)
         AND (:before IS NULL OR started < :before)";

/// Promotions of builds that go, and old ones of no build; but never what a rollback needs.
const DELETE_PROMOTIONS: &str = "DELETE FROM promotions
     WHERE (build IN (SELECT id FROM gone)
             OR (at < :before AND NOT EXISTS (SELECT 1 FROM builds WHERE id = build)
                 AND (:project IS NULL OR tag IN (SELECT tag FROM project_tags))))
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

fn delete(connection: &Connection, prune: &Prune) -> Result<Pruned, Fault> {
    let Prune { project, keep, before } = prune;
    let keep = keep.map(|keep| i64::try_from(keep).unwrap_or(i64::MAX));
    let before = before.map(time);
    connection
        .execute_batch("DROP TABLE IF EXISTS temp.gone; DROP TABLE IF EXISTS temp.project_tags;")?;
    connection
        .execute(GONE, named_params! { ":project": project, ":keep": keep, ":before": before })?;
    connection.execute(
        "CREATE TEMP TABLE project_tags AS
             SELECT DISTINCT tag FROM promotions JOIN builds ON id = build
                 JOIN places USING (place_id) WHERE project = ?1",
        [project],
    )?;
    let promotions = connection
        .execute(DELETE_PROMOTIONS, named_params! { ":project": project, ":before": before })?;
    let builds = connection
        .execute("DELETE FROM builds WHERE build_id IN (SELECT build_id FROM gone)", [])?;
    connection.execute_batch("DROP TABLE temp.gone; DROP TABLE temp.project_tags;")?;
    if builds > 0 {
        delete_orphans(connection)?;
    }
    Ok(Pruned { builds, promotions, freed_bytes: 0 })
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
