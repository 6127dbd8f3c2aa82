//! What is written is read again, and what a person wrote wrongly has its place.

use jiff::civil::date;
use proptest::prelude::*;

use super::super::testing::{build, place, step};
use super::super::{Baseline, Gate};
use super::*;
use crate::timing::record::Record;

const FILE: &str = "baselines/cpu.yaml";

fn week() -> Vec<Record> {
    (1..=7)
        .map(|day| {
            let python = step(
                "python-deps",
                "RUN uv pip sync \"$X\": a # b",
                Some(20_000 + 10 * day as u64),
            );
            let cached = step("node-deps", "RUN npm ci", (day > 5).then_some(9000));
            build(day, vec![python, cached])
        })
        .collect()
}

fn file() -> BaselineFile {
    let mut file = BaselineFile::new("cpu");
    assert_eq!(file.set(&place(), &week()), 7);
    let mut ignored = place();
    ignored.cache = CacheMode::Ignore;
    ignored.target = Some("python-deps".to_owned());
    file.place_mut(&ignored).accepted.push(Accepted {
        step: "python-deps:1".to_owned(),
        label: "RUN x".to_owned(),
        reason: "bigger models: \"yes\"".to_owned(),
        until: date(2026, 8, 1),
        limit_ms: 41_200,
        build: "b1".to_owned(),
    });
    file
}

#[test]
fn it_is_small_sorted_and_read_again() {
    let file = file();
    insta::assert_snapshot!(file.to_string());
    assert_eq!(BaselineFile::parse(FILE, "cpu", &file.to_string()), Ok(file));
    let empty = BaselineFile::new("cpu");
    assert_eq!(BaselineFile::parse(FILE, "cpu", &empty.to_string()), Ok(empty));
}

#[test]
fn builds_are_judged_by_it_as_by_the_history() {
    let file = file();
    let baseline = Baseline::of_file(&file, &place(), "main:baselines/cpu.yaml");
    assert_eq!((baseline.len(), baseline.facts.source.as_str()), (7, "main:baselines/cpu.yaml"));
    let now = build(9, vec![step("python-deps", &week()[0].steps[0].label, Some(20_000))]);
    let samples = |baseline: &Baseline| {
        super::super::evidence::gather(&now, baseline, Gate::default()).steps[0].2.samples()
    };
    assert_eq!(samples(&baseline), samples(&Baseline::of_records(&week())));
    let mut elsewhere = place();
    elsewhere.machine = "another".to_owned();
    let nothing = Baseline::of_file(&file, &elsewhere, FILE);
    assert!(nothing.is_empty() && nothing.facts.missing.as_deref().unwrap().contains("machine"));
}

#[test]
fn setting_again_keeps_what_was_accepted_and_takes_the_place_of_the_rest() {
    let mut file = file();
    let accepted = file.places[1].accepted.clone();
    file.place_mut(&place()).accepted = accepted.clone();
    let again = [build(20, vec![step("a", "RUN other", Some(5))])];
    assert_eq!(file.set(&place(), &again), 1);
    let place = file.place(&place()).unwrap();
    assert_eq!((place.steps.len(), &place.accepted), (1, &accepted));
    assert_eq!(file.set(&super::super::testing::place(), &[]), 0, "no build, no change");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let text = file().to_string();
    let mut told = String::new();
    for (text, profile) in [
        (text.replace("cache: use", "cache: sometimes"), "cpu"),
        (text.replace("    builds: 7", "    bulids: 7"), "cpu"),
        (text.replace("mad.baseline/1", "mad.baseline/2"), "cpu"),
        (text.clone(), "cuda"),
        (text.replace("until: 2026-08-01", "until: 2026-13-01"), "cpu"),
        ("schema: [".to_owned(), "cpu"),
        (String::new(), "cpu"),
    ] {
        let error = BaselineFile::parse(FILE, profile, &text).unwrap_err();
        told.push_str(&format!("{error}\n"));
    }
    insta::assert_snapshot!(told);
}

proptest! {
    #![proptest_config(test_support::properties(256))]

    #[test]
    fn any_text_is_read_again(label in "\\PC*|[ -~\\t\\n\\x00-\\x1f]*", reason in ".*") {
        let mut file = file();
        file.places[0].steps[0].label = label;
        file.places[1].accepted[0].reason = reason;
        prop_assert_eq!(BaselineFile::parse(FILE, "cpu", &file.to_string()), Ok(file));
    }
}
