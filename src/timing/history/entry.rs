//! One build of the history, and how it is asked for.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::error::{Fault, HistoryError};
use super::list::{Filter, chosen};
use super::read::Reader;
use super::{History, check};
use crate::timing::judge::Judgement;
use crate::timing::record::Record;

/// Fewer digits of an id are more likely a slip than a question.
const SHORTEST_PREFIX: usize = 4;

/// As many are named where several builds begin alike.
const CANDIDATES: i64 = 5;

/// A build as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedRecord {
    /// Its facts.
    pub record: Record,
    /// What was found when it was judged, where it was.
    pub judgement: Option<Judgement>,
}

impl History {
    /// The build of the project of `build` that is `back` places before it, of one profile or of all; 0 is
    /// the build itself.
    pub fn before(
        &self,
        build: &Record,
        back: usize,
        profile: Option<&str>,
    ) -> Result<Option<JudgedRecord>, HistoryError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT build_id FROM builds
                 WHERE +place_id IN (SELECT place_id FROM places
                         WHERE project = ?1 AND (?4 IS NULL OR profile = ?4))
                     AND (started, build_id) <= (SELECT started, build_id FROM builds WHERE id = ?2)
                 ORDER BY started DESC, build_id DESC LIMIT 1 OFFSET ?3",
            )?;
            let back = i64::try_from(back).unwrap_or(i64::MAX);
            let found: Option<i64> = select
                .query_row((&build.series.project, &build.id, back, profile), |row| row.get(0))
                .optional()?;
            found.map(|build| Reader::new(connection).entry(build)).transpose()
        })
    }

    /// The build that `reference` names: an id, or at least four digits that only one id begins
    /// with, of any project; `last` for the newest of `project`, `last~2` for the second before it.
    pub fn find(&self, project: &str, reference: &str) -> Result<JudgedRecord, HistoryError> {
        self.read(|connection| {
            let build = match back_from_last(reference) {
                Some(back) => nth(connection, project, None, back)?,
                None => by_id(connection, reference)?,
            };
            let missing = || HistoryError::NoSuchBuild { reference: reference.to_owned() };
            Reader::new(connection).entry(build.ok_or_else(missing)?)
        })
    }
}

impl History {
    /// The newest build of a profile of `project`, or the one `back` places before it.
    pub fn last_of_profile(
        &self,
        project: &str,
        profile: &str,
        back: usize,
    ) -> Result<Option<JudgedRecord>, HistoryError> {
        self.read(|connection| {
            let build = nth(connection, project, Some(profile), back)?;
            build.map(|build| Reader::new(connection).entry(build)).transpose()
        })
    }
}

/// The `2` of `last~2`; 0 for `last`.
pub fn back_from_last(reference: &str) -> Option<usize> {
    match reference.strip_prefix("last")? {
        "" => Some(0),
        rest => rest.strip_prefix('~')?.parse().ok(),
    }
}

fn nth(
    connection: &Connection,
    project: &str,
    profile: Option<&str>,
    back: usize,
) -> Result<Option<i64>, Fault> {
    let filter = Filter {
        project: Some(project.to_owned()),
        profile: profile.map(str::to_owned),
        limit: Some(1),
        ..Filter::default()
    };
    Ok(chosen(connection, &filter, back)?.first().copied())
}

fn by_id(connection: &Connection, reference: &str) -> Result<Option<i64>, Fault> {
    if !check::is_hexadecimal(reference) || reference.len() < SHORTEST_PREFIX {
        return Err(HistoryError::BadReference { reference: reference.to_owned() }.into());
    }
    // `g` is what follows the last digit.
    let mut statement = connection.prepare_cached(
        "SELECT build_id, id FROM builds WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id LIMIT ?2",
    )?;
    let found: Vec<(i64, String)> = statement
        .query_map((reference, CANDIDATES), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    match found.as_slice() {
        [] => Ok(None),
        [(build, _)] => Ok(Some(*build)),
        _ => Err(HistoryError::Ambiguous {
            reference: reference.to_owned(),
            candidates: found.into_iter().map(|(_, id)| id).collect(),
        }
        .into()),
    }
}

/// The row of the build with exactly this id.
pub(super) fn row_of(connection: &Connection, id: &str) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT build_id FROM builds WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}
