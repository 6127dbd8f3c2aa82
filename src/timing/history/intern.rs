//! What repeats from build to build, stored once and found by its content.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::compact::{digest, json, pack, pack_ids};
use super::error::Fault;
use crate::timing::record::{InputFile, StepInputs};
use crate::timing::record::{PlanFacts, SeriesKey, StepRecord};

/// The row of a place.
pub(super) fn place(connection: &Connection, place: &SeriesKey) -> Result<i64, Fault> {
    if let Some(id) = find_place(connection, place)? {
        return Ok(id);
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO places (project, profile, target, builder, machine, cache)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let SeriesKey { project, profile, target, builder, machine, cache } = place;
    Ok(insert.insert((project, profile, target, builder, machine, cache.as_str()))?)
}

/// The row of a place that has builds.
pub(super) fn find_place(connection: &Connection, place: &SeriesKey) -> Result<Option<i64>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT place_id FROM places
         WHERE project = ?1 AND profile = ?2 AND target IS ?3 AND builder = ?4 AND machine = ?5
             AND cache = ?6",
    )?;
    let SeriesKey { project, profile, target, builder, machine, cache } = place;
    let key = (project, profile, target, builder, machine, cache.as_str());
    Ok(select.query_row(key, |row| row.get(0)).optional()?)
}

/// The row of what was built. The hash is not part of it: it differs with every file of the
/// context, and the rest does not.
pub(super) fn plan(connection: &Connection, plan: &PlanFacts) -> Result<i64, Fault> {
    let facts = PlanFacts { hash: String::new(), ..plan.clone() };
    let name = digest(&json(&facts)?);
    once(connection, Table::Plans, &name, || Ok(vec![pack(&facts)?.into()]))
}

/// The row of a step as it was planned.
pub(super) fn planned_step(connection: &Connection, step: &StepRecord) -> Result<i64, Fault> {
    let StepRecord { id, stage, ordinal, label, origin, .. } = step;
    let name = digest(&json(&(id, stage, ordinal, label, origin))?);
    once(connection, Table::PlannedSteps, &name, || {
        let (file, line) = match origin {
            Some(origin) => (Value::from(origin.file.clone()), Value::from(origin.line as i64)),
            None => (Value::Null, Value::Null),
        };
        let ordinal = *ordinal as i64;
        Ok(vec![
            id.clone().into(),
            stage.clone().into(),
            ordinal.into(),
            label.clone().into(),
            file,
            line,
        ])
    })
}

/// The row of what a step is made from.
pub(super) fn inputs(connection: &Connection, inputs: &StepInputs) -> Result<i64, Fault> {
    let name = digest(&json(inputs)?);
    once(connection, Table::Inputs, &name, || {
        let instruction = instruction(connection, inputs)?;
        let files: Vec<i64> =
            inputs.files.iter().map(|f| file(connection, f)).collect::<Result<_, _>>()?;
        let files = if files.is_empty() { Value::Null } else { pack_ids(&files).into() };
        Ok(vec![instruction.into(), files])
    })
}

fn instruction(connection: &Connection, inputs: &StepInputs) -> Result<i64, Fault> {
    let StepInputs { text, state, args, files: _, needs, images, values } = inputs;
    let facts = json(&InstructionFacts {
        state: state.clone(),
        args: args.clone(),
        needs: needs.clone(),
        images: images.clone(),
        values: values.clone(),
    })?;
    let mut content = facts.clone();
    content.extend(text.as_bytes());
    once(connection, Table::Instructions, &digest(&content), || {
        let facts = String::from_utf8(facts).map_err(|error| Fault::Content(error.to_string()))?;
        Ok(vec![text.clone().into(), facts.into()])
    })
}

fn file(connection: &Connection, file: &InputFile) -> Result<i64, Fault> {
    let InputFile { path, mode, sha256 } = file;
    let name = digest(&json(&(path, mode, sha256))?);
    once(connection, Table::Files, &name, || {
        // Hexadecimal digits as bytes take half of the space; anything else stays what it is.
        let hash = match hex::decode(sha256) {
            Ok(bytes) if hex::encode(&bytes) == *sha256 => Value::Blob(bytes),
            _ => Value::Text(sha256.clone()),
        };
        Ok(vec![path.clone().into(), mode.clone().into(), hash])
    })
}

/// What of the inputs is stored beside the text.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct InstructionFacts {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<String>,
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub args: std::collections::BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<std::collections::BTreeSet<String>>,
}

/// The tables whose rows are named by their content.
#[derive(Clone, Copy)]
enum Table {
    Plans,
    PlannedSteps,
    Instructions,
    Files,
    Inputs,
}

impl Table {
    fn select(self) -> &'static str {
        match self {
            Self::Plans => "SELECT plan_id FROM plans WHERE digest = ?1",
            Self::PlannedSteps => "SELECT planned_id FROM planned_steps WHERE digest = ?1",
            Self::Instructions => "SELECT instruction_id FROM instructions WHERE digest = ?1",
            Self::Files => "SELECT file_id FROM files WHERE digest = ?1",
            Self::Inputs => "SELECT inputs_id FROM inputs WHERE digest = ?1",
        }
    }

    fn insert(self) -> &'static str {
        match self {
            Self::Plans => "INSERT INTO plans (digest, facts) VALUES (?1, ?2)",
            Self::PlannedSteps => {
                "INSERT INTO planned_steps
                     (digest, step, stage, ordinal, label, origin_file, origin_line)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            }
            Self::Instructions => {
                "INSERT INTO instructions (digest, text, facts) VALUES (?1, ?2, ?3)"
            }
            Self::Files => "INSERT INTO files (digest, path, mode, sha256) VALUES (?1, ?2, ?3, ?4)",
            Self::Inputs => {
                "INSERT INTO inputs (digest, instruction_id, files) VALUES (?1, ?2, ?3)"
            }
        }
    }
}

/// The row with this digest; made of `columns` where it is not there yet.
fn once(
    connection: &Connection,
    table: Table,
    digest: &[u8],
    columns: impl FnOnce() -> Result<Vec<Value>, Fault>,
) -> Result<i64, Fault> {
    let mut select = connection.prepare_cached(table.select())?;
    if let Some(id) = select.query_row([digest], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let columns = columns()?;
    let mut row: Vec<&dyn ToSql> = vec![&digest];
    row.extend(columns.iter().map(|column| column as &dyn ToSql));
    Ok(connection.prepare_cached(table.insert())?.insert(row.as_slice())?)
}
