//! The history as text, one JSON a line: to carry it from one machine to another.
//!
//! ```text
//! {"schema":"mad.history/1","record":{…},"judgement":{…}|null}
//! {"schema":"mad.history/1","promotion":{…}}
//! ```

use std::io::{BufRead, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::row_of;
use super::error::{BadLine, Fault, HistoryError};
use super::lines::Lines;
use super::list::{Filter, chosen};
use super::promotion::{all, promote};
use super::read::Reader;
use super::stranger::{Plain, check_promotion, check_record};
use super::write::{AddOutcome, add};
use super::{History, JudgedRecord, Promotion};
use crate::limits::IMPORT_BAD_LINES;
use crate::redact::Redactor;
use crate::timing::judge::Judgement;
use crate::timing::record::Record;

/// Version of a line; a change that old readers cannot take counts it up.
pub const HISTORY_SCHEMA: &str = "mad.history/1";

/// As many bad lines are told.
const TOLD: usize = 10;

/// What was exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Builds.
    pub builds: usize,
    /// Promotions.
    pub promotions: usize,
}

/// What was imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Builds that are new here.
    pub builds: usize,
    /// Builds that were here already.
    pub known: usize,
    /// Promotions that are new here.
    pub promotions: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ExportedLine<'a> {
    Build { schema: &'static str, record: &'a Record, judgement: Option<&'a Judgement> },
    Promotion { schema: &'static str, promotion: &'a Promotion },
}

#[derive(Deserialize)]
struct RawLine {
    schema: String,
    record: Option<Record>,
    judgement: Option<Judgement>,
    promotion: Option<Promotion>,
}

enum ImportedLine {
    Build(Box<JudgedRecord>),
    Promotion(Promotion),
}

impl History {
    /// Writes the builds that `filter` lets pass, the oldest first, then the promotions of their
    /// project's tags.
    pub fn export(&self, filter: &Filter, out: &mut dyn Write) -> Result<Exported, HistoryError> {
        self.read(|connection| {
            let mut reader = Reader::new(connection);
            let builds = chosen(connection, filter, 0)?;
            for &build in builds.iter().rev() {
                let JudgedRecord { record, judgement } = reader.entry(build)?;
                let judgement = judgement.as_ref();
                write(
                    out,
                    &ExportedLine::Build { schema: HISTORY_SCHEMA, record: &record, judgement },
                )?;
            }
            let promotions = all(connection, filter.project.as_deref())?;
            for promotion in &promotions {
                write(out, &ExportedLine::Promotion { schema: HISTORY_SCHEMA, promotion })?;
            }
            out.flush().map_err(HistoryError::Write)?;
            Ok(Exported { builds: builds.len(), promotions: promotions.len() })
        })
    }

    /// Takes over what [`Self::export`] wrote; what is known already stays as it is. With
    /// `project`, the builds become builds of that project. A bad line stops all of it.
    pub fn import(
        &self,
        lines: impl BufRead,
        project: Option<&str>,
    ) -> Result<Imported, HistoryError> {
        let redactor = self.redactor()?;
        self.write(|connection| {
            let mut imported = Imported::default();
            let mut bad = Vec::new();
            let mut more = 0;
            let mut lines = Lines::new(lines);
            for number in 1.. {
                let Some(line) = lines.next()? else { break };
                if more > IMPORT_BAD_LINES {
                    break;
                }
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let taken = parse(&line).and_then(|line| {
                    // After a bad line the rest is only looked at.
                    if !bad.is_empty() {
                        return Ok(());
                    }
                    take(connection, line, project, &redactor, &mut imported)
                });
                match taken {
                    Ok(()) => {}
                    Err(Fault::Told(error)) if error.is_usage() => {
                        if bad.len() < TOLD {
                            bad.push(BadLine { number, why: error.to_string() });
                        } else {
                            more += 1;
                        }
                    }
                    Err(Fault::Content(why)) if bad.len() < TOLD => {
                        bad.push(BadLine { number, why });
                    }
                    Err(Fault::Content(_)) => more += 1,
                    Err(fault) => return Err(fault),
                }
            }
            if bad.is_empty() {
                return Ok(imported);
            }
            Err(HistoryError::BadLines { lines: bad, more }.into())
        })
    }
}

fn write(out: &mut dyn Write, line: &ExportedLine<'_>) -> Result<(), Fault> {
    let mut text = super::compact::json(line)?;
    text.push(b'\n');
    Ok(out.write_all(&text).map_err(HistoryError::Write)?)
}

fn parse(line: &[u8]) -> Result<ImportedLine, Fault> {
    // The schema first: of another version, anything may look different.
    #[derive(Deserialize)]
    struct SchemaOnly {
        schema: Option<String>,
    }
    let wrong = |error: serde_json::Error| {
        // To it this line is the first.
        let (text, column) = (error.to_string(), error.column());
        let text = text.trim_end_matches(&format!(" at line 1 column {column}"));
        Fault::Content(format!("column {column}: {text}"))
    };
    serde_json::from_slice::<Plain>(line).map_err(wrong)?;
    let line_or_error = serde_json::from_slice::<RawLine>(line);
    let schema = match &line_or_error {
        Ok(line) => Some(line.schema.clone()),
        Err(_) => serde_json::from_slice::<SchemaOnly>(line).map_err(wrong)?.schema,
    };
    match schema.as_deref() {
        Some(HISTORY_SCHEMA) => {}
        Some(schema) => {
            return Err(Fault::Content(format!("found `{schema}`, expected `{HISTORY_SCHEMA}`")));
        }
        None => return Err(Fault::Content(format!("has no schema, expected `{HISTORY_SCHEMA}`"))),
    }
    match line_or_error.map_err(wrong)? {
        RawLine { record: Some(record), judgement, promotion: None, .. } => {
            Ok(ImportedLine::Build(Box::new(JudgedRecord { record, judgement })))
        }
        RawLine { record: None, judgement: None, promotion: Some(promotion), .. } => {
            Ok(ImportedLine::Promotion(promotion))
        }
        _ => Err(Fault::Content("expected either a record or a promotion".to_owned())),
    }
}

fn take(
    connection: &rusqlite::Connection,
    line: ImportedLine,
    project: Option<&str>,
    redactor: &Redactor,
    imported: &mut Imported,
) -> Result<(), Fault> {
    let now = Timestamp::now();
    match line {
        ImportedLine::Build(mut entry) => {
            check_record(&entry.record, now)?;
            let mut redactor = redactor.clone();
            // One that is known stays as it is.
            if row_of(connection, &entry.record.id)?.is_none() {
                entry.record.hide(&mut redactor);
            }
            if let Some(judgement) = &mut entry.judgement {
                judgement.hide(&mut redactor);
            }
            if let Some(project) = project {
                project.clone_into(&mut entry.record.series.project);
            }
            match add(connection, &entry.record, entry.judgement.as_ref())? {
                AddOutcome::New => imported.builds += 1,
                AddOutcome::Known => imported.known += 1,
            }
        }
        ImportedLine::Promotion(promotion) => {
            check_promotion(&promotion, now)?;
            imported.promotions += usize::from(promote(connection, &promotion)?);
        }
    }
    Ok(())
}
