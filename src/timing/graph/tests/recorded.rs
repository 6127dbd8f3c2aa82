//! The graph of real builds: `tests/inputs/builds/records`.

use std::path::{Path, PathBuf};

use super::super::{Graph, breakdown};
use crate::timing::record::{Ending, Record};

/// How far the parts may be from the wall time, as a share of it.
const PARTS_ERROR: f64 = 0.02;
/// How far the model may be from the wall time, likewise.
const MODEL_ERROR: f64 = 0.15;

fn recorded() -> Vec<(String, Record)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/builds/records");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        let name = name.strip_suffix(".json")?.to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        Some((name, serde_json::from_str(&text).unwrap()))
    };
    paths.iter().filter_map(read).collect()
}

#[test]
fn the_parts_of_real_builds_add_up_and_the_model_is_near() {
    let recorded = recorded();
    assert!(recorded.len() >= 10, "only {} records", recorded.len());
    for (name, record) in recorded {
        let breakdown = breakdown(&record);
        let parts = breakdown.parts.total_ms() as f64 / record.wall_ms as f64;
        assert!((parts - 1.0).abs() <= PARTS_ERROR, "{name}: parts of {parts}");
        assert!(breakdown.model_error.abs() < MODEL_ERROR, "{name}: {}", breakdown.model_error);
        assert_eq!(Graph::of(&record).replay(|_| None), record.wall_ms, "{name}");
    }
}

/// What ran is accounted for: an engine's clock that was not shifted into the client's would put
/// it all beyond the wall time, and the parts would still add up.
#[test]
fn what_real_builds_ran_lies_within_their_wall_time() {
    for (name, record) in recorded() {
        let spans = record.steps.iter().flat_map(|step| &step.spans);
        let spans = spans.chain(record.works.iter().flat_map(|work| &work.spans));
        let beyond = spans.filter(|span| span.end_ms > record.wall_ms).count();
        assert_eq!(beyond, 0, "{name}");
        assert!(
            record.ending != Ending::Built || !breakdown(&record).critical.is_empty(),
            "{name}"
        );
    }
}
