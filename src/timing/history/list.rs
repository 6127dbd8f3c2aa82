//! Builds one by one, each in a few words.

use jiff::Timestamp;
use rusqlite::{Connection, named_params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::History;
use super::compact::{read_time, unpack};
use super::error::{Fault, HistoryError};
use super::read::{Reader, word};
use crate::timing::judge::{Miss, Verdict};
use crate::timing::record::{Ending, SeriesKey};

/// Which builds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this project; of all where `None`.
    pub project: Option<String>,
    /// Of this profile.
    pub profile: Option<String>,
    /// That ended so.
    pub ending: Option<Ending>,
    /// No more than this many, the newest.
    pub limit: Option<usize>,
}

/// A build in a few words.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// Its wall time.
    pub wall_ms: u64,
    /// Where it was built.
    #[serde(rename = "place")]
    pub series: SeriesKey,
    /// How it ended.
    pub ending: Ending,
    /// How many steps were planned.
    pub steps: usize,
    /// How many ran to their end.
    pub executed: usize,
    /// How many came from the cache.
    pub cached: usize,
    /// The image's id, where one came out.
    pub image: Option<String>,
    /// The image's size in bytes.
    pub image_bytes: Option<u64>,
    /// The commit that the project was at.
    pub commit: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
    /// What it was found to be, where it was judged.
    pub verdict: Option<Verdict>,
    /// Why, in one sentence.
    pub reason: Option<String>,
    /// The step that missed the cache and cost the build the most, and its cause.
    pub miss: Option<Miss>,
}

impl History {
    /// The builds that `filter` lets pass, the newest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Summary>, HistoryError> {
        self.read(|connection| {
            let mut reader = Reader::new(connection);
            let builds = chosen(connection, filter, 0)?;
            builds.into_iter().map(|build| summary(&mut reader, connection, build)).collect()
        })
    }
}

/// The `+` keeps SQLite from the index by place, of which it would sort all builds: walked by their
/// begin, it stops at the limit.
pub(super) const CHOSEN: &str = "SELECT build_id FROM builds
     WHERE +place_id IN (SELECT place_id FROM places
             WHERE (:project IS NULL OR project = :project)
                 AND (:profile IS NULL OR profile = :profile))
         AND (:ending IS NULL OR ending = :ending)
     ORDER BY started DESC, build_id DESC LIMIT :limit OFFSET :offset";

/// The rows of the builds that `filter` lets pass, the newest first, without the first `skip`.
pub(super) fn chosen(
    connection: &Connection,
    filter: &Filter,
    skip: usize,
) -> Result<Vec<i64>, Fault> {
    // To SQLite, -1 is no limit.
    let limit = filter.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1);
    let mut select = connection.prepare_cached(CHOSEN)?;
    let rows = select.query_map(
        named_params! {
            ":project": filter.project,
            ":profile": filter.profile,
            ":ending": filter.ending.map(Ending::as_str),
            ":limit": limit,
            ":offset": i64::try_from(skip).unwrap_or(i64::MAX),
        },
        |row| row.get(0),
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn summary(reader: &mut Reader<'_>, connection: &Connection, build: i64) -> Result<Summary, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT id, started, wall_ms, place_id, ending, steps, steps_ran, steps_cached, image_id,
             image_bytes, git_commit, git_branch, verdict, reason, judgements.facts
         FROM builds LEFT JOIN judgements USING (build_id) WHERE build_id = ?1",
    )?;
    let mut rows = select.query([build])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let verdict: Option<String> = row.get(12)?;
    let judgement: Option<Vec<u8>> = row.get(14)?;
    let misses: Option<Misses> = judgement.map(|facts| unpack(&facts)).transpose()?;
    Ok(Summary {
        id: row.get(0)?,
        started: read_time(&row.get::<_, String>(1)?)?,
        wall_ms: row.get(2)?,
        series: reader.place(row.get(3)?)?,
        ending: word(row.get(4)?)?,
        steps: row.get(5)?,
        executed: row.get(6)?,
        cached: row.get(7)?,
        image: row.get(8)?,
        image_bytes: row.get(9)?,
        commit: row.get(10)?,
        branch: row.get(11)?,
        verdict: verdict.map(word).transpose()?,
        reason: row.get(13)?,
        miss: misses.and_then(|judgement| costliest(judgement.misses)),
    })
}

/// What a list needs of a judgement.
/// By what it made the build longer, then by its work; of equals the first.
fn costliest(misses: Vec<Miss>) -> Option<Miss> {
    misses.into_iter().rev().max_by_key(|miss| (miss.wall_cost_ms, miss.cost_ms))
}

#[derive(Deserialize)]
struct Misses {
    misses: Vec<Miss>,
}
