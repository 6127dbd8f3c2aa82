//! What builds count for: those that others are measured by, those that did not pass, and what a
//! person has accepted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::compact::time;
use super::entry::row_of;
use super::error::{Fault, HistoryError};
use super::past::bound;
use super::read::{Reader, word};
use super::{History, JudgedRecord, intern};
use crate::timing::WorkState;
use crate::timing::judge::{BaselineRole, NotPassed, Passed};
use crate::timing::record::Record;

/// As many builds are looked through for times of a step.
const MOST_LOOKED_AT: i64 = 2000;

/// As many are taken beyond the newest ones.
const MOST_MORE: usize = 120;

/// As many that did not pass, and that passed since, are looked at.
const MOST_RECENT: i64 = 120;

/// A build that others are measured by.
#[derive(Debug, Clone)]
pub struct BaselineBuild {
    /// Its facts.
    pub record: Record,
    /// Whether it was judged; an imported one may not have been.
    pub is_judged: bool,
}

impl History {
    /// The builds that `now` is measured by, the newest first: good or accepted ones of its place,
    /// begun before the build `before`. The newest `limit`, and older ones in which steps ran that have fewer than
    /// `limit` times in those: a step may come from the cache for weeks.
    pub fn measures(
        &self,
        now: &Record,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<BaselineBuild>, HistoryError> {
        self.read(|connection| {
            let Some(place) = intern::find_place(connection, &now.series)? else {
                return Ok(Vec::new());
            };
            let (started, build) = bound(connection, before)?;
            let mut select = connection.prepare_cached(MEASURES)?;
            let rows: Vec<(i64, bool, bool)> = select
                .query_map((place, started, build, MOST_LOOKED_AT), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?
                .collect::<Result<_, _>>()?;
            let mut reader = Reader::new(connection);
            let mut wanted = TimesWanted::of(now, limit);
            let mut measures = Vec::new();
            let mut more = 0;
            for (at, (build, is_judged, has_run)) in rows.into_iter().enumerate() {
                if at >= limit {
                    if more >= MOST_MORE || wanted.is_satisfied() {
                        break;
                    }
                    if !has_run || !wanted.is_in(&ran_in(connection, build)?) {
                        continue;
                    }
                    more += 1;
                }
                let record = reader.record(build)?;
                wanted.count(&record);
                measures.push(BaselineBuild { record, is_judged });
            }
            Ok(measures)
        })
    }

    /// The builds before `now` that did not pass, the newest first: those of its project on its
    /// engine, and those that came to its very image.
    pub fn not_passed(&self, now: &Record) -> Result<Vec<NotPassed>, HistoryError> {
        self.read(|connection| {
            let builds = related(connection, NOT_PASSED, now, None)?;
            let mut reader = Reader::new(connection);
            let mut found = Vec::new();
            for build in builds {
                let JudgedRecord { record, judgement } = reader.entry(build)?;
                found.extend(NotPassed::of(record, build, judgement));
            }
            Ok(found)
        })
    }

    /// The builds before `now` and after `since` that passed, likewise.
    pub fn passed_since(
        &self,
        now: &Record,
        since: Timestamp,
    ) -> Result<Vec<Passed>, HistoryError> {
        self.read(|connection| {
            let builds = related(connection, PASSED, now, Some(time(since)))?;
            let mut reader = Reader::new(connection);
            builds.into_iter().map(|build| Ok(passed(build, reader.entry(build)?))).collect()
        })
    }

    /// What the last build that came to this image counts for. The last by the clock and the last that
    /// the history got may be two, where a clock was ahead or builds were imported: then the one that
    /// speaks against the image.
    pub fn standing(&self, image: &str) -> Result<Option<BaselineRole>, HistoryError> {
        self.read(|connection| {
            let mut last = Vec::new();
            for sql in LAST_STANDING {
                let mut select = connection.prepare_cached(sql)?;
                let found: Option<String> =
                    select.query_row([image], |row| row.get(0)).optional()?;
                last.extend(found.map(word::<BaselineRole>).transpose()?);
            }
            let bad = last.iter().find(|standing| standing.taints());
            Ok(bad.or(last.first()).copied())
        })
    }

    /// Takes note that a person has accepted the build `id`: it measures others from now on, and its
    /// image may have a tag; so may that of builds that came to the same image, and of those whose
    /// times it was judged by.
    pub fn accept(&self, id: &str) -> Result<(), HistoryError> {
        self.write(|connection| {
            let missing = || HistoryError::NoSuchBuild { reference: id.to_owned() };
            let build = row_of(connection, id)?.ok_or_else(missing)?;
            let JudgedRecord { record, judgement } = Reader::new(connection).entry(build)?;
            let mut ids = BTreeSet::from([record.id]);
            if let Some(judgement) = judgement {
                ids.extend(judgement.held_before.map(|held| held.build));
                ids.extend(judgement.steps.into_iter().filter_map(|step| step.ran_in));
            }
            let mut update = connection.prepare_cached(ACCEPT)?;
            for id in ids {
                update.execute([id])?;
            }
            Ok(())
        })
    }
}

/// The builds that [`NOT_PASSED`] or [`PASSED`] selects for `now`, the newest first; `since` is the last
/// parameter of the statement that has one.
fn related(
    connection: &Connection,
    sql: &str,
    now: &Record,
    since: Option<String>,
) -> Result<Vec<i64>, Fault> {
    let (started, build) = bound(connection, Some(&now.id))?;
    let image = now.image.as_ref().map(|image| &image.id);
    let (project, engine) = (&now.series.project, &now.environment.engine_id);
    let mut values: Vec<&dyn ToSql> = vec![&started, &build, project, engine, &image, &MOST_RECENT];
    values.extend(since.iter().map(|since| since as &dyn ToSql));
    let mut select = connection.prepare_cached(sql)?;
    let builds = select.query_map(values.as_slice(), |row| row.get(0))?;
    Ok(builds.collect::<Result<_, _>>()?)
}

fn passed(kept: i64, JudgedRecord { record, judgement }: JudgedRecord) -> Passed {
    let mut cleared = BTreeSet::new();
    if let Some(judgement) = judgement {
        cleared.extend(judgement.repeated.into_iter().map(|repeated| repeated.step));
        let is_good = judgement.standing.is_some_and(BaselineRole::measures_others);
        let inherited = judgement.steps.into_iter().filter(|step| is_good && step.ran_in.is_some());
        cleared.extend(inherited.map(|step| step.step));
    }
    Passed { record, kept, cleared }
}

/// The steps of a build that ran: id, stage, first word.
fn ran_in(connection: &Connection, build: i64) -> Result<Vec<Key>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT step, stage, label FROM steps JOIN planned_steps USING (planned_id)
         WHERE build_id = ?1 AND state = 'done'",
    )?;
    let rows = select.query_map([build], |row| {
        let label: String = row.get(2)?;
        Ok(Key { id: row.get(0)?, kind: (row.get(1)?, keyword(&label)) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn keyword(label: &str) -> String {
    label.split_whitespace().next().unwrap_or_default().to_owned()
}

/// What tells a step: its id, and where it may stand under another one, edited.
struct Key {
    id: String,
    kind: (String, String),
}

/// The steps that times are wanted for, and how many there are.
struct TimesWanted {
    limit: usize,
    steps: Vec<Key>,
    by_id: BTreeMap<String, usize>,
    by_kind: BTreeMap<(String, String), usize>,
}

impl TimesWanted {
    /// Those that ran, and those that may have to be judged by an earlier run.
    fn of(now: &Record, limit: usize) -> Self {
        let may_count = |state| matches!(state, WorkState::Done | WorkState::Cached);
        let steps = now.steps.iter().filter(|step| may_count(step.state));
        let steps: Vec<Key> = steps
            .map(|step| Key {
                id: step.id.clone(),
                kind: (step.stage.clone(), keyword(&step.label)),
            })
            .collect();
        Self { limit, steps, by_id: BTreeMap::new(), by_kind: BTreeMap::new() }
    }

    fn lacks(&self, step: &Key) -> (bool, bool) {
        let few = |count: Option<&usize>| count.copied().unwrap_or(0) < self.limit;
        let by_id = few(self.by_id.get(&step.id));
        (by_id, by_id && few(self.by_kind.get(&step.kind)))
    }

    fn is_satisfied(&self) -> bool {
        self.steps.iter().all(|step| self.lacks(step) == (false, false))
    }

    fn is_in(&self, ran: &[Key]) -> bool {
        self.steps.iter().any(|step| {
            let (by_id, by_kind) = self.lacks(step);
            ran.iter().any(|one| (by_id && one.id == step.id) || (by_kind && one.kind == step.kind))
        })
    }

    fn count(&mut self, record: &Record) {
        for step in record.executed() {
            *self.by_id.entry(step.id.clone()).or_default() += 1;
            *self.by_kind.entry((step.stage.clone(), keyword(&step.label))).or_default() += 1;
        }
    }
}

const LAST_STANDING: [&str; 2] = [
    "SELECT standing FROM builds JOIN judgements USING (build_id)
     WHERE image_id = ?1 AND standing IS NOT NULL
     ORDER BY started DESC, build_id DESC LIMIT 1",
    "SELECT standing FROM builds JOIN judgements USING (build_id)
     WHERE image_id = ?1 AND standing IS NOT NULL ORDER BY build_id DESC LIMIT 1",
];

pub(super) const MEASURES: &str = "SELECT build_id, judgements.build_id IS NOT NULL, steps_ran > 0
     FROM builds LEFT JOIN judgements USING (build_id)
     WHERE place_id = ?1 AND ending = 'built' AND (started, build_id) < (?2, ?3)
         AND (standing IS NULL OR standing IN ('good', 'accepted'))
     ORDER BY started DESC, build_id DESC LIMIT ?4";

const NOT_PASSED: &str = "SELECT build_id
     FROM builds JOIN places USING (place_id) LEFT JOIN judgements USING (build_id)
     WHERE (ending <> 'built' OR standing IN ('suspect', 'regressed', 'held'))
         AND (started, build_id) < (?1, ?2)
         AND (image_id = ?5 OR (steps_ran > 0 AND project = ?3
             AND (?4 IS NULL OR engine_id IS NULL OR engine_id = ?4)))
     ORDER BY started DESC, build_id DESC LIMIT ?6";

/// A build that nobody judged passed nothing, and speaks for nothing.
const PASSED: &str = "SELECT build_id
     FROM builds JOIN places USING (place_id) LEFT JOIN judgements USING (build_id)
     WHERE ending = 'built' AND started > ?7 AND (started, build_id) < (?1, ?2)
         AND standing IN ('good', 'accident', 'accepted')
         AND (image_id = ?5
             OR (project = ?3 AND (?4 IS NULL OR engine_id IS NULL OR engine_id = ?4)))
     ORDER BY started DESC, build_id DESC LIMIT ?6";

const ACCEPT: &str = "UPDATE judgements SET standing = 'accepted'
     WHERE standing IN ('suspect', 'regressed', 'held') AND build_id IN (
         SELECT other.build_id FROM builds AS accepted JOIN builds AS other
             ON other.build_id = accepted.build_id OR other.image_id = accepted.image_id
         WHERE accepted.id = ?1)";
