//! Builds and judgements go in.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::check::check;
use super::compact::{pack, spans, time};
use super::entry::row_of;
use super::error::{Fault, HistoryError};
use super::{History, intern};
use crate::timing::WorkState;
use crate::timing::judge::{BaselineRole, Judgement, Verdict};
use crate::timing::record::{
    BuildEnvironment, EngineWork, Failure, ImageFacts, Phase, Record, StepRecord, Trial,
};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddOutcome {
    /// It is in the history now.
    New,
    /// It was there already, and is as it was; a judgement that it did not have is taken over.
    Known,
}

/// What of a record has no column of its own to be read back from.
#[derive(Serialize, Deserialize)]
pub(super) struct PackedFacts {
    #[serde(rename = "circumstances")]
    pub environment: BuildEnvironment,
    pub phases: Vec<Phase>,
    pub works: Vec<EngineWork>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(default)]
    pub permission_errors: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
}

impl History {
    /// Keeps a build. Once this returns, the record survives the end of the process.
    pub fn add(
        &self,
        record: &Record,
        judgement: Option<&Judgement>,
    ) -> Result<AddOutcome, HistoryError> {
        self.write(|connection| add(connection, record, judgement))
    }

    /// Keeps what was found when the build `id` was judged, instead of what was found before.
    pub fn set_judgement(&self, id: &str, judgement: &Judgement) -> Result<(), HistoryError> {
        self.write(|connection| {
            let missing = || HistoryError::NoSuchBuild { reference: id.to_owned() };
            let build = row_of(connection, id)?.ok_or_else(missing)?;
            judge(connection, build, judgement, "REPLACE")
        })
    }
}

/// Within a transaction.
pub(super) fn add(
    connection: &Connection,
    record: &Record,
    judgement: Option<&Judgement>,
) -> Result<AddOutcome, Fault> {
    check(record)?;
    let (build, added) = match row_of(connection, &record.id)? {
        Some(build) => (build, AddOutcome::Known),
        None => (insert(connection, record)?, AddOutcome::New),
    };
    if let Some(judgement) = judgement {
        judge(connection, build, judgement, "IGNORE")?;
    }
    Ok(added)
}

fn insert(connection: &Connection, record: &Record) -> Result<i64, Fault> {
    let count = |state| record.steps.iter().filter(|step| step.state == state).count();
    let BuildEnvironment { engine_id, commit, branch, .. } = &record.environment;
    let image = record.image.as_ref();
    let rest = PackedFacts {
        environment: record.environment.clone(),
        phases: record.phases.clone(),
        works: record.works.clone(),
        image: record.image.clone(),
        failure: record.failure.clone(),
        permission_errors: record.permission_errors,
        trial: record.trial.clone(),
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO builds (id, place_id, started, wall_ms, ending, steps, steps_ran,
             steps_cached, plan_id, plan_hash, engine_id, image_id, image_bytes, git_commit,
             git_branch, facts, ci_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?;
    let build = insert.insert(params![
        record.id,
        intern::place(connection, &record.series)?,
        time(record.started),
        record.wall_ms,
        record.ending.as_str(),
        record.steps.len(),
        count(WorkState::Done),
        count(WorkState::Cached),
        intern::plan(connection, &record.plan)?,
        record.plan.hash,
        engine_id,
        image.map(|image| &image.id),
        image.map(|image| image.size_bytes),
        commit,
        branch,
        pack(&rest)?,
        record.environment.ci_run,
    ])?;
    for (seq, step) in record.steps.iter().enumerate() {
        insert_step(connection, build, seq, step)?;
    }
    Ok(build)
}

fn insert_step(
    connection: &Connection,
    build: i64,
    seq: usize,
    step: &StepRecord,
) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO steps (build_id, seq, planned_id, inputs_id, state, start_ms, ran_ms, spans,
             bytes, same_as, error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    insert.execute(params![
        build,
        seq,
        intern::planned_step(connection, step)?,
        intern::inputs(connection, &step.inputs)?,
        step.state.as_str(),
        step.spans.first().map(|span| span.start_ms),
        step.duration_ms(),
        // One span is told by its begin and its length.
        (step.spans.len() > 1).then(|| spans(&step.spans)),
        step.bytes,
        step.same_as,
        step.error,
    ])?;
    Ok(())
}

fn judge(
    connection: &Connection,
    build: i64,
    judgement: &Judgement,
    otherwise: &str,
) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached(&format!(
        "INSERT OR {otherwise} INTO judgements (build_id, verdict, reason, facts, standing)
         VALUES (?1, ?2, ?3, ?4, (SELECT ?5 FROM builds WHERE build_id = ?1 AND ending = 'built'))"
    ))?;
    // An older mad did not say: then what was slower is no measure.
    let standing = judgement.standing.unwrap_or(match judgement.verdict {
        Verdict::Regressed => BaselineRole::Regressed,
        Verdict::Ok | Verdict::Improved | Verdict::Inconclusive => BaselineRole::Good,
    });
    insert.execute(params![
        build,
        judgement.verdict.as_str(),
        judgement.reason,
        pack(judgement)?,
        standing.as_str()
    ])?;
    Ok(())
}
