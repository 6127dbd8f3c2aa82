//! What a record must be to be kept. Records come from files too, written by who knows whom.

use super::error::{Fault, HistoryError};
use crate::timing::record::{RECORD_SCHEMA, Record, Span};

/// The largest number that SQLite keeps; no time and no size comes near it.
const LARGEST: u64 = i64::MAX as u64;

/// Refuses what could not be found again, or not be read back as it is.
pub(super) fn check(record: &Record) -> Result<(), Fault> {
    match fault(record) {
        None => Ok(()),
        Some(why) => Err(HistoryError::BadRecord { id: record.id.clone(), why }.into()),
    }
}

fn fault(record: &Record) -> Option<String> {
    if record.schema != RECORD_SCHEMA {
        return Some(format!("found `{}`, expected `{RECORD_SCHEMA}`", record.schema));
    }
    if record.id.len() != 32 || !is_hexadecimal(&record.id) {
        return Some("its id is not of 32 hexadecimal digits".to_owned());
    }
    if record.place.target.as_deref() == Some("") {
        return Some("its target has no name".to_owned());
    }
    if record.started < jiff::Timestamp::UNIX_EPOCH {
        return Some(format!("it began in {}", record.started));
    }
    let bytes = record.steps.iter().filter_map(|step| step.bytes);
    let sizes = record.image.iter().map(|image| image.size_bytes);
    if let Some(number) =
        bytes.chain(sizes).chain([record.wall_ms]).find(|number| *number > LARGEST)
    {
        return Some(format!("the number {number} is too large"));
    }
    let steps = record.steps.iter().map(|step| &step.spans);
    let works = record.works.iter().map(|work| &work.spans);
    steps.chain(works).find(|spans| !are_in_order(spans)).map(|spans| {
        let spans = super::compact::spans(spans);
        format!("expected spans in order and without overlap, found `{spans}`")
    })
}

fn are_in_order(spans: &[Span]) -> bool {
    let mut at = 0;
    spans.iter().all(|span| {
        let fits = at <= span.start_ms && span.start_ms <= span.end_ms && span.end_ms <= LARGEST;
        at = span.end_ms;
        fits
    })
}

/// Small hexadecimal digits, as ids have them.
pub(super) fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
