//! What is imported is checked like input from a stranger.

use serde_json::{Value, json};

use crate::limits::{IMPORT_STEPS, LONGEST_MS};
use crate::timing::history::testing::{empty, failed, id, judgement, record};
use crate::timing::history::{Filter, History, HistoryError, Promotion};
use crate::timing::judge::Verdict;

/// The lines of an import, one of them changed.
#[track_caller]
fn refused(line: Value, why: &str) {
    let (_folder, history) = empty();
    refused_by(&history, line, why);
}

#[track_caller]
fn refused_by(history: &History, line: Value, why: &str) {
    let text = format!("{line}\n");
    let error = history.import(text.as_bytes(), Some("/here")).unwrap_err();
    assert!(matches!(error, HistoryError::BadLines { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains(why), "expected `{why}` in: {told}");
    assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    assert_eq!(history.list(&Filter::default()).unwrap(), []);
}

fn good() -> Value {
    let record = serde_json::to_value(record(1)).unwrap();
    let judgement = serde_json::to_value(judgement(Verdict::Ok)).unwrap();
    json!({"schema": "mad.history/1", "record": record, "judgement": judgement})
}

fn promotion() -> Value {
    let promotion = Promotion {
        at: "2026-03-01T10:00:00Z".parse().unwrap(),
        tag: "mad/cpu:latest".to_owned(),
        image: format!("sha256:{:064x}", 1),
        before: None,
        build: Some(id(1)),
        engine_id: Some("e".repeat(64)),
        reason: "built".to_owned(),
    };
    json!({"schema": "mad.history/1", "promotion": promotion})
}

/// The value at a JSON pointer set to another one.
fn with(mut line: Value, pointer: &str, value: Value) -> Value {
    match line.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (above, key) = pointer.rsplit_once('/').unwrap();
            line.pointer_mut(above).unwrap()[key] = value;
        }
    }
    line
}

#[test]
fn names_times_and_numbers_of_records_are_checked() {
    let (_folder, history) = empty();
    let image = |digits: &str| json!(format!("sha256:{digits}"));
    for (pointer, value, why) in [
        ("/record/id", json!("../../../etc/passwd"), "32 hexadecimal"),
        ("/record/id", json!("\u{1b}[31mred"), "32 hexadecimal"),
        ("/record/place/profile", json!("../../../../tmp/EVIL"), "its profile is `../../"),
        ("/record/place/profile", json!("/etc/cron.d/x"), "its profile is"),
        ("/record/place/profile", json!(".."), "its profile is"),
        ("/record/place/profile", json!(""), "its profile is"),
        ("/record/place/profile", json!("-rf"), "its profile is"),
        ("/record/place/profile", json!("a\nb"), "its profile is"),
        ("/record/place/profile", json!("x".repeat(300)), "its profile is"),
        ("/record/place/builder", json!("docker\u{1b}]0;x\u{7}"), "U+001B"),
        ("/record/place/machine", json!("x".repeat(5_000)), "5000 bytes"),
        ("/record/place/target", json!("a\u{9b}b"), "U+009B"),
        ("/record/started", json!("9999-12-30T00:00:00Z"), "expected one from 1970 to now"),
        ("/record/started", json!("1969-12-30T00:00:00Z"), "it began in 1969"),
        ("/record/wall_ms", json!(9_223_372_036_854_775_807_u64), "too large"),
        ("/record/wall_ms", json!(LONGEST_MS + 1), "more than ten years"),
        ("/record/steps/1/spans/1/end_ms", json!(1_u64 << 50), "expected spans"),
        ("/record/phases/0/end_ms", json!(1), "expected spans"),
        ("/record/steps/0/ordinal", json!(u64::MAX), "too large"),
        ("/record/steps/0/origin/line", json!(u64::MAX), "too large"),
        ("/record/steps/1/bytes", json!(u64::MAX), "too large"),
        ("/record/circumstances/machine/memory_bytes", json!(u64::MAX), "too large"),
        ("/record/circumstances/load_before", json!(-1e10), "its load is"),
        ("/record/circumstances/load_before", json!(1e300), "too large"),
        ("/record/circumstances/engine_id", json!("--help"), "its engine is `--help`"),
        ("/record/circumstances/commit", json!("a\u{7}"), "U+0007"),
        ("/record/image/id", json!("--help"), "its image is `--help`"),
        ("/record/image/id", image("ab"), "its image is"),
        ("/record/image/id", image(&"G".repeat(64)), "its image is"),
        ("/record/image/size_bytes", json!(u64::MAX), "too large"),
        ("/record/image/tags/0", json!("-x"), "its tag is `-x`"),
        ("/record/image/tags/0", json!("a b"), "its tag is"),
        ("/record/image/replaced", json!({"mad/cpu:latest": "$(id)"}), "its image is"),
        ("/record/steps/0/id", json!("a\u{0}"), "holds a NUL"),
        ("/record/steps/0/stage", json!("a\r\nb"), "U+000D"),
        ("/record/steps/0/label", json!("RUN x\u{1b}[2J"), "U+001B"),
        ("/record/steps/0/id", json!("python-deps-77c1-1"), "two steps have the id"),
        ("/record/steps/0/id", json!("final-77c1-1"), "two steps have the id"),
        ("/record/steps/0/inputs/needs", json!(["final-77c1-1"]), "expected a step above"),
        ("/record/steps/0/inputs/needs", json!(["base-0f3a-1"]), "expected a step above"),
        ("/record/steps/2/same_as", json!("final-77c1-1"), "expected another step"),
        ("/record/steps/1/inputs/text", json!("x".repeat(2 << 20)), "is too long"),
        ("/record/works/0/label", json!("x\u{8}"), "U+0008"),
        ("/record/failure", json!({"step": "a\u{1b}", "message": ""}), "U+001B"),
        ("/judgement/build/median_ms", json!(u64::MAX), "too large"),
        ("/judgement/reason", json!("x".repeat(2 << 20)), "is too long"),
        ("/more", json!({"unknown": [u64::MAX]}), "too large"),
    ] {
        refused_by(&history, with(good(), pointer, value), why);
    }
}

#[test]
fn promotions_are_checked_as_records_are() {
    for (key, value, why) in [
        ("build", json!("ab"), "its build is `ab`"),
        ("build", json!("é".repeat(16)), "its build is"),
        ("image", json!("--help"), "its image is `--help`"),
        ("image", json!(""), "its image is"),
        ("image", json!("mad/base:trixie"), "its image is"),
        ("before", json!("-f"), "its image is `-f`"),
        ("tag", json!("--force"), "its tag is `--force`"),
        ("tag", json!("a\u{1b}[31m"), "its tag is"),
        ("tag", json!(""), "its tag is"),
        ("engine_id", json!("x"), "its engine is"),
        ("reason", json!("line\nline"), "U+000A"),
        ("reason", json!("x".repeat(5_000)), "5000 bytes"),
        ("at", json!("2199-01-02T00:00:00Z"), "expected one from 1970 to now"),
        ("at", json!("-009999-01-02T01:59:59Z"), "expected one from 1970 to now"),
    ] {
        refused(with(promotion(), &format!("/promotion/{key}"), value), why);
    }
}

#[test]
fn builds_larger_than_any_are_refused() {
    let spans: Vec<Value> = (0..300_000).map(|n| json!({"start_ms": n, "end_ms": n})).collect();
    refused(with(good(), "/record/steps/1/spans", json!(spans)), "300002 spans");
    let step = good()["record"]["steps"][0].clone();
    let many: Vec<Value> =
        (0..=IMPORT_STEPS).map(|n| with(step.clone(), "/id", json!(format!("base-{n}")))).collect();
    refused(with(good(), "/record/steps", json!(many)), "5001 steps");
    let deep =
        format!("{{\"schema\":\"mad.history/1\",\"x\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let (_folder, history) = empty();
    assert!(history.import(deep.as_bytes(), None).is_err());
}

#[test]
fn an_endless_line_and_endless_bad_lines_end() {
    let (_folder, history) = empty();
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let error = history.import(endless, None).unwrap_err();
    assert!(matches!(error, HistoryError::TooLarge { .. }), "{error}");
    let endless = std::io::BufReader::new(Yes(0));
    let error = history.import(endless, None).unwrap_err();
    assert!(matches!(error, HistoryError::BadLines { .. }), "{error}");
}

/// `y`, a line each, for ever.
struct Yes(usize);

impl std::io::Read for Yes {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = b"y\n"[self.0 % 2];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn whatever_an_own_build_leaves_can_be_carried() {
    let (_folder, own) = empty();
    let mut odd = record(1);
    // Texts of Dockerfiles and of engines hold what they hold.
    odd.steps[1].inputs.text = "RUN printf '\u{1b}[31m\t\r\n\u{202e}'".to_owned();
    odd.steps[1].label = "x".repeat(100_000);
    std::sync::Arc::make_mut(&mut odd.steps[1].inputs.files[0]).path = "a\nb".to_owned();
    own.add(&odd, Some(&judgement(Verdict::Regressed))).unwrap();
    own.add(&failed(2), None).unwrap();
    let mut text = Vec::new();
    own.export(&Filter::default(), &mut text).unwrap();
    let (_folder, elsewhere) = empty();
    elsewhere.import(text.as_slice(), None).unwrap();
    assert_eq!(elsewhere.find("", &id(1)).unwrap().record, odd);
}

#[test]
fn a_promotion_that_did_not_happen_is_not_kept() {
    let (_folder, history): (_, History) = empty();
    let line: Promotion = serde_json::from_value(promotion()["promotion"].clone()).unwrap();
    drop(history.promoting(&line).unwrap());
    assert_eq!(history.promotions("mad/cpu:latest").unwrap(), []);
    history.promoting(&line).unwrap().done().unwrap();
    assert_eq!(history.promotions("mad/cpu:latest").unwrap(), [line]);
}
