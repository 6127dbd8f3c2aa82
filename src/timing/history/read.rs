//! Builds come out, as they went in.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;

use super::compact::{read_spans, read_time, unpack, unpack_ids};
use super::entry::JudgedRecord;
use super::error::Fault;
use super::intern::InstructionFacts;
use super::write::PackedFacts;
use crate::timing::judge::Judgement;
use crate::timing::record::{InputFile, Origin, StepInputs};
use crate::timing::record::{PlanFacts, RECORD_SCHEMA, Record, SeriesKey, StepRecord, TimeSpan};

/// Reads builds within one transaction; what several of them share is read once.
pub(super) struct Reader<'c> {
    connection: &'c Connection,
    places: HashMap<i64, SeriesKey>,
    plans: HashMap<i64, PlanFacts>,
    planned: HashMap<i64, Planned>,
    inputs: HashMap<i64, InputsRow>,
    instructions: HashMap<i64, StepInputs>,
    files: HashMap<i64, Arc<InputFile>>,
}

/// What a step is made from, by rows: of the same files, lists differ in one.
#[derive(Clone)]
struct InputsRow {
    instruction: i64,
    files: Vec<i64>,
}

#[derive(Clone)]
struct Planned {
    id: String,
    stage: String,
    ordinal: usize,
    label: String,
    origin: Option<Origin>,
}

impl<'c> Reader<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            places: HashMap::new(),
            plans: HashMap::new(),
            planned: HashMap::new(),
            inputs: HashMap::new(),
            instructions: HashMap::new(),
            files: HashMap::new(),
        }
    }

    /// The record and the judgement of a row.
    pub fn entry(&mut self, build: i64) -> Result<JudgedRecord, Fault> {
        let record = self.record(build)?;
        let mut select = self
            .connection
            .prepare_cached("SELECT facts, standing FROM judgements WHERE build_id = ?1")?;
        let found: Option<(Vec<u8>, Option<String>)> =
            select.query_row([build], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let judgement = found
            .map(|(packed, standing)| -> Result<Judgement, Fault> {
                // The column is what counts: a build may have been accepted since.
                let standing = standing.map(word).transpose()?;
                Ok(Judgement { standing, ..unpack(&packed)? })
            })
            .transpose()?;
        Ok(JudgedRecord { record, judgement })
    }

    /// The records of rows, in their order.
    pub fn records(&mut self, builds: Vec<i64>) -> Result<Vec<Record>, Fault> {
        builds.into_iter().map(|build| self.record(build)).collect()
    }

    pub fn record(&mut self, build: i64) -> Result<Record, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, place_id, started, wall_ms, ending, plan_id, plan_hash, facts
             FROM builds WHERE build_id = ?1",
        )?;
        let mut rows = select.query([build])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let facts: Vec<u8> = row.get(7)?;
        let PackedFacts { environment, phases, works, image, failure, permission_errors, trial } =
            unpack(&facts)?;
        let plan = self.plan(row.get(5)?)?;
        Ok(Record {
            schema: RECORD_SCHEMA.to_owned(),
            id: row.get(0)?,
            started: read_time(&row.get::<_, String>(2)?)?,
            wall_ms: row.get(3)?,
            ending: word(row.get(4)?)?,
            series: self.place(row.get(1)?)?,
            environment,
            plan: PlanFacts { hash: row.get(6)?, ..plan },
            phases,
            steps: self.steps(build)?,
            works,
            image,
            failure,
            permission_errors,
            trial,
        })
    }

    fn steps(&mut self, build: i64) -> Result<Vec<StepRecord>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT planned_id, inputs_id, state, start_ms, ran_ms, spans, bytes, same_as, error
             FROM steps WHERE build_id = ?1 ORDER BY seq",
        )?;
        let mut rows = select.query([build])?;
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            let Planned { id, stage, ordinal, label, origin } = self.planned(row.get(0)?)?;
            steps.push(StepRecord {
                id,
                stage,
                ordinal,
                label,
                origin,
                state: word(row.get(2)?)?,
                spans: spans(row)?,
                inputs: self.inputs(row.get(1)?)?,
                bytes: row.get(6)?,
                same_as: row.get(7)?,
                error: row.get(8)?,
            });
        }
        Ok(steps)
    }

    pub fn place(&mut self, id: i64) -> Result<SeriesKey, Fault> {
        if let Some(place) = self.places.get(&id) {
            return Ok(place.clone());
        }
        let mut select = self.connection.prepare_cached(
            "SELECT project, profile, target, builder, machine, cache
             FROM places WHERE place_id = ?1",
        )?;
        let mut rows = select.query([id])?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let place = SeriesKey {
            project: row.get(0)?,
            profile: row.get(1)?,
            target: row.get(2)?,
            builder: row.get(3)?,
            machine: row.get(4)?,
            cache: word(row.get(5)?)?,
        };
        self.places.insert(id, place.clone());
        Ok(place)
    }

    fn plan(&mut self, id: i64) -> Result<PlanFacts, Fault> {
        if let Some(plan) = self.plans.get(&id) {
            return Ok(plan.clone());
        }
        let mut select =
            self.connection.prepare_cached("SELECT facts FROM plans WHERE plan_id = ?1")?;
        let facts: Vec<u8> = select.query_row([id], |row| row.get(0))?;
        let plan: PlanFacts = unpack(&facts)?;
        self.plans.insert(id, plan.clone());
        Ok(plan)
    }

    fn planned(&mut self, id: i64) -> Result<Planned, Fault> {
        if let Some(planned) = self.planned.get(&id) {
            return Ok(planned.clone());
        }
        let mut select = self.connection.prepare_cached(
            "SELECT step, stage, ordinal, label, origin_file, origin_line
             FROM planned_steps WHERE planned_id = ?1",
        )?;
        let planned = select.query_row([id], |row| {
            let origin = match (row.get(4)?, row.get::<_, Option<usize>>(5)?) {
                (Some(file), Some(line)) => Some(Origin { file, line }),
                _ => None,
            };
            Ok(Planned {
                id: row.get(0)?,
                stage: row.get(1)?,
                ordinal: row.get(2)?,
                label: row.get(3)?,
                origin,
            })
        })?;
        self.planned.insert(id, planned.clone());
        Ok(planned)
    }

    fn inputs(&mut self, id: i64) -> Result<StepInputs, Fault> {
        let InputsRow { instruction, files } = self.inputs_row(id)?;
        let instruction = self.instruction(instruction)?;
        let files = files.into_iter().map(|file| self.file(file)).collect::<Result<_, _>>()?;
        Ok(StepInputs { files, ..instruction })
    }

    fn inputs_row(&mut self, id: i64) -> Result<InputsRow, Fault> {
        if let Some(row) = self.inputs.get(&id) {
            return Ok(row.clone());
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT instruction_id, files FROM inputs WHERE inputs_id = ?1")?;
        let (instruction, files): (i64, Option<Vec<u8>>) =
            select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let files = files.map(|files| unpack_ids(&files)).transpose()?.unwrap_or_default();
        let row = InputsRow { instruction, files };
        self.inputs.insert(id, row.clone());
        Ok(row)
    }

    /// Inputs without their files.
    fn instruction(&mut self, id: i64) -> Result<StepInputs, Fault> {
        if let Some(instruction) = self.instructions.get(&id) {
            return Ok(instruction.clone());
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT text, facts FROM instructions WHERE instruction_id = ?1")?;
        let (text, facts): (String, String) =
            select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let InstructionFacts { state, args, needs, images, values } =
            serde_json::from_str(&facts).map_err(|error| Fault::Content(error.to_string()))?;
        let instruction =
            StepInputs { text, state, args, files: Vec::new(), needs, images, values };
        self.instructions.insert(id, instruction.clone());
        Ok(instruction)
    }

    fn file(&mut self, id: i64) -> Result<Arc<InputFile>, Fault> {
        if let Some(file) = self.files.get(&id) {
            return Ok(file.clone());
        }
        let mut select = self
            .connection
            .prepare_cached("SELECT path, mode, sha256 FROM files WHERE file_id = ?1")?;
        let (path, mode, hash): (String, String, Value) =
            select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let sha256 = match hash {
            Value::Blob(bytes) => hex::encode(bytes),
            Value::Text(text) => text,
            _ => return Err(Fault::Content(format!("the hash of the file `{path}`"))),
        };
        let file = Arc::new(InputFile { path, mode, sha256 });
        self.files.insert(id, file.clone());
        Ok(file)
    }
}

/// When a step ran, of the columns of [`Reader::steps`].
fn spans(row: &Row<'_>) -> Result<Vec<TimeSpan>, Fault> {
    if let Some(text) = row.get::<_, Option<String>>(5)? {
        return read_spans(&text);
    }
    let Some(start_ms) = row.get::<_, Option<u64>>(3)? else { return Ok(Vec::new()) };
    let ran_ms: u64 = row.get(4)?;
    Ok(vec![TimeSpan { start_ms, end_ms: start_ms.saturating_add(ran_ms) }])
}

/// A word that the JSON has too: an ending, a state, a cache mode, a verdict.
pub(super) fn word<T: DeserializeOwned>(word: String) -> Result<T, Fault> {
    serde_json::from_value(word.into()).map_err(|error| Fault::Content(error.to_string()))
}
