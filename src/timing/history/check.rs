//! What a record must be to be kept, whoever made it.

use super::error::{Fault, HistoryError};
use crate::limits::{LARGEST_NUMBER, LONGEST_MS};
use crate::timing::record::{RECORD_SCHEMA, Record, TimeSpan};

/// Refuses what could not be found again, or not be read back as it is.
pub(super) fn check(record: &Record) -> Result<(), Fault> {
    fault(record).map_or(Ok(()), |why| Err(bad(record, why)))
}

/// The error that a record is not kept for.
pub(super) fn bad(record: &Record, why: String) -> Fault {
    // An id from elsewhere may hold anything.
    let id = crate::timing::clean_line(&record.id).chars().take(40).collect();
    HistoryError::BadRecord { id, why }.into()
}

fn fault(record: &Record) -> Option<String> {
    if record.schema != RECORD_SCHEMA {
        let found = crate::timing::clean_line(&record.schema);
        return Some(format!("found `{found}`, expected `{RECORD_SCHEMA}`"));
    }
    if !is_build_id(&record.id) {
        return Some("its id is not of 32 hexadecimal digits".to_owned());
    }
    if record.series.target.as_deref() == Some("") {
        return Some("its target has no name".to_owned());
    }
    if record.started < jiff::Timestamp::UNIX_EPOCH {
        return Some(format!("it began in {}", record.started));
    }
    if record.wall_ms > LONGEST_MS {
        return Some(format!("its {} ms are more than ten years", record.wall_ms));
    }
    let bytes = record.steps.iter().filter_map(|step| step.bytes);
    let works = record.works.iter().filter_map(|work| work.bytes);
    let ordinals = record.steps.iter().map(|step| step.ordinal as u64);
    let lines = record.steps.iter().filter_map(|step| Some(step.origin.as_ref()?.line as u64));
    let image = record.image.iter();
    let sizes = image.flat_map(|image| {
        image.layers.iter().map(|layer| layer.size_bytes).chain([image.size_bytes])
    });
    let machine = &record.environment.machine;
    let rest = [machine.cpus, machine.memory_bytes, record.permission_errors];
    let mut numbers = bytes
        .chain(works)
        .chain(ordinals)
        .chain(lines)
        .chain(sizes)
        .chain(rest)
        .chain(record.environment.steal_ms);
    if let Some(number) = numbers.find(|number| *number > LARGEST_NUMBER) {
        return Some(format!("the number {number} is too large"));
    }
    let steps = record.steps.iter().map(|step| step.spans.as_slice());
    let works = record.works.iter().map(|work| work.spans.as_slice());
    let phases = record.phases.iter().map(|phase| std::slice::from_ref(&phase.span));
    steps.chain(works).chain(phases).find(|spans| !are_in_order(spans)).map(|spans| {
        let some = &spans[..spans.len().min(8)];
        let spans = super::compact::spans(some);
        format!("expected spans in order and without overlap, found `{spans}`")
    })
}

fn are_in_order(spans: &[TimeSpan]) -> bool {
    let mut at = 0;
    spans.iter().all(|span| {
        let fits = at <= span.start_ms && span.start_ms <= span.end_ms && span.end_ms <= LONGEST_MS;
        at = span.end_ms;
        fits
    })
}

/// Whether it is the id of a build: 32 hexadecimal digits.
pub fn is_build_id(text: &str) -> bool {
    text.len() == 32 && is_hexadecimal(text)
}

/// Whether it is the id of an image, as engines tell it: `sha256:` and 64 hexadecimal digits.
pub fn is_image_id(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hash| hash.len() == 64 && is_hexadecimal(hash))
}

/// Small hexadecimal digits, as ids have them.
pub(super) fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
