//! Recorded streams become records, and the records of real builds are sound.

use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::timing::testing::{Recorded, real_record};

/// A line a fact: what surrounds the steps, then every step, then the engine's own work.
fn lines(record: &Record) -> String {
    let mut rest = serde_json::to_value(record).unwrap();
    let mut text = String::new();
    let lists = ["steps", "works"].map(|key| rest.as_object_mut().unwrap().remove(key).unwrap());
    for (key, value) in rest.as_object().unwrap() {
        writeln!(text, "{key}: {value}").unwrap();
    }
    for entry in lists.iter().flat_map(|list| list.as_array().unwrap()) {
        writeln!(text, "{entry}").unwrap();
    }
    text
}

#[test]
fn recorded_streams() {
    insta::glob!("../../../tests/inputs/builds", "*.jsonl", |path| {
        let record = Recorded::read(path).record();
        assert_sound(&record);
        insta::assert_snapshot!(lines(&record));
    });
}

#[test]
fn a_stream_gives_the_record_that_was_made_when_it_was_live() {
    let mut compared = 0;
    insta::glob!("../../../tests/inputs/builds", "*.record.json", |path| {
        let live: Record = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_sound(&live);
        let replayed = Recorded::read(&path.with_extension("").with_extension("jsonl")).record();
        assert_eq!(replayed.ending, live.ending);
        for (replayed, live) in replayed.steps.iter().zip(&live.steps) {
            assert_eq!((&replayed.id, replayed.state), (&live.id, live.state));
            assert_eq!(replayed.spans.len(), live.spans.len(), "{}", live.label);
            // Both begin at another fraction of a millisecond.
            assert!(replayed.duration_ms().abs_diff(live.duration_ms()) <= 2, "{}", live.label);
        }
        compared += 1;
    });
    assert!(compared >= 2);
}

#[test]
fn records_of_real_builds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/builds/records");
    let mut endings = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let record = real_record(&name);
        let text = std::fs::read_to_string(&path).unwrap();
        let again = format!("{:#}\n", serde_json::to_value(&record).unwrap());
        assert_eq!(text, again, "{name}: a field is read that is not written, or the other way");
        assert_sound(&record);
        assert!(record.series.project.starts_with("example/"), "{name} names a machine's folder");
        endings.push(record.ending);
    }
    assert!(endings.len() >= 10);
    for ending in [Ending::Built, Ending::Failed, Ending::Interrupted] {
        assert!(endings.contains(&ending), "no record of a build that was {}", ending.as_str());
    }
}

/// What holds for every record.
fn assert_sound(record: &Record) {
    assert_eq!(record.schema, RECORD_SCHEMA);
    let steps = record.steps.iter().map(|step| (&step.label, &step.spans));
    let works = record.works.iter().map(|work| (&work.label, &work.spans));
    for (label, spans) in steps.chain(works) {
        assert!(spans.iter().all(|span| span.start_ms <= span.end_ms), "{label}: {spans:?}");
        assert!(spans.iter().all(|span| span.end_ms <= record.wall_ms), "{label}: {spans:?}");
        let overlap = spans.windows(2).any(|pair| pair[0].end_ms > pair[1].start_ms);
        assert!(!overlap, "{label}: {spans:?}");
    }
    for phase in &record.phases {
        assert!(phase.span.start_ms <= phase.span.end_ms && phase.span.end_ms <= record.wall_ms);
    }
    for step in &record.steps {
        for needed in step.inputs.needs.iter().chain(&step.same_as) {
            assert!(record.step(needed).is_some(), "`{}` needs `{needed}`", step.id);
        }
        for image in &step.inputs.images {
            assert!(record.plan.images.contains_key(image), "`{}` names `{image}`", step.id);
        }
        assert!(step.state.is_settled() || step.spans.is_empty(), "{}", step.label);
    }
}
