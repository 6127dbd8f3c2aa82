//! Values that may be secrets are hidden, whatever way they come.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::redact::{Plain, is_hidden};
use crate::timing::history::testing::{empty, id, judgement, record};
use crate::timing::history::{Filter, History};
use crate::timing::judge::{Cause, Verdict};
use crate::timing::record::Record;

const SECRETS: [&str; 4] =
    ["CANARYpat", "postgres://u:CANARYurl@h/d", "CANARYcookie", "CANARYlabel"];

/// A record as an older mad made it.
fn leaky() -> Record {
    let mut record = record(1);
    let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    record.plan.values = owned(&[("env.DATABASE_URL", SECRETS[1]), ("labels.x", SECRETS[3])]);
    record.steps[1].inputs.args = owned(&[("GH_PAT", SECRETS[0]), ("BASE", "debian:trixie")]);
    record.steps[1].inputs.state =
        vec![format!("ENV SESSION_COOKIE={}", SECRETS[2]), "USER 1000".to_owned()];
    record.steps[1].inputs.text = format!("RUN psql {}", SECRETS[1]);
    record.steps[1].label = format!("RUN psql {}", SECRETS[1]);
    record.steps[1].error = Some(format!("401 for {}", SECRETS[0]));
    record.works[0].label = format!("ADD https://x/?t={}", SECRETS[0]);
    record.failure = Some(crate::timing::record::Failure {
        step: None,
        message: format!("did not complete: curl {}", SECRETS[2]),
    });
    record
}

fn leaky_judgement() -> crate::timing::judge::Judgement {
    let mut judged = judgement(Verdict::Regressed);
    judged.reason = format!("RUN psql {} took longer", SECRETS[1]);
    judged.misses[0].causes = vec![
        Cause::Argument {
            name: "GH_PAT".to_owned(),
            old: Some("CANARYold".to_owned()),
            new: Some(SECRETS[0].to_owned()),
        },
        Cause::Value {
            key: "env.DATABASE_URL".to_owned(),
            old: None,
            new: Some(SECRETS[1].to_owned()),
            at: None,
        },
        Cause::State { old: None, new: Some(format!("ENV SESSION_COOKIE={}", SECRETS[2])) },
    ];
    judged
}

#[test]
fn a_harmless_value_that_names_the_project_or_the_profile_hides_neither() {
    let (_folder, history) = empty();
    let mut record = record(1);
    let key = record.series.clone();
    let word = key.project.split(|c: char| !c.is_alphanumeric()).find(|word| word.len() > 4);
    let word = word.expect("a project with a long word in its name").to_owned();
    record.plan.values = BTreeMap::from([
        ("description".to_owned(), key.profile.clone()),
        ("labels.team".to_owned(), word.clone()),
    ]);
    record.failure = Some(crate::timing::record::Failure {
        step: None,
        message: format!("no such team: {word}"),
    });
    record.hide(&mut history.redactor().unwrap());
    assert_eq!(record.series, key);
    assert!(!record.failure.unwrap().message.contains(&word), "texts still hide it");
}

#[test]
fn a_secret_in_the_name_of_the_project_is_hidden() {
    let (_folder, history) = empty();
    let mut record = record(1);
    record.series.project = "https://me:CANARYtoken@host/x".to_owned();
    let args = [("GH_TOKEN".to_owned(), "CANARYtoken".to_owned())];
    record.steps[1].inputs.args = BTreeMap::from(args);
    record.hide(&mut history.redactor().unwrap());
    assert!(!serde_json::to_string(&record).unwrap().contains("CANARY"), "{:?}", record.series);
}

fn exported(history: &History) -> String {
    let mut out = Vec::new();
    history.export(&Filter::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_imported_is_hidden() {
    let line = serde_json::json!({
        "schema": "mad.history/1", "record": leaky(), "judgement": leaky_judgement(),
    });
    let (_folder, history) = empty();
    history.import(format!("{line}\n").as_bytes(), None).unwrap();
    let text = exported(&history);
    assert!(!text.contains("CANARY"), "{text}");
    let found = history.find("", &id(1)).unwrap().record;
    let inputs = &found.steps[1].inputs;
    assert!(is_hidden(&inputs.args["GH_PAT"]));
    assert_eq!(inputs.args["BASE"], "debian:trixie");
    assert_eq!(inputs.text, format!("RUN psql {}", found.plan.values["env.DATABASE_URL"]));
    // Once more elsewhere and back: what is hidden stays as it is.
    let (_folder, elsewhere) = empty();
    elsewhere.import(text.as_bytes(), None).unwrap();
    assert_eq!(exported(&elsewhere), text);
}

#[test]
fn what_a_project_declares_harmless_stays() {
    let (_folder, history) = empty();
    let history = history.with_plain(Plain::with(["labels.x".to_owned()]));
    let line = serde_json::json!({"schema": "mad.history/1", "record": leaky()});
    history.import(format!("{line}\n").as_bytes(), None).unwrap();
    assert_eq!(history.find("", &id(1)).unwrap().record.plan.values["labels.x"], "CANARYlabel");
}

#[test]
fn what_an_older_mad_kept_is_hidden_when_its_file_is_opened() {
    let (_folder, history) = empty();
    // As it is before the last migration.
    history.add(&leaky(), Some(&leaky_judgement())).unwrap();
    history.add(&record(2), None).unwrap();
    let path = history.path().to_owned();
    drop(history);
    let old = Connection::open(&path).unwrap();
    old.execute_batch(
        "DROP INDEX builds_by_run; ALTER TABLE builds DROP COLUMN ci_run; DROP TABLE attempts;",
    )
    .unwrap();
    let version: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    old.execute_batch(&format!("PRAGMA user_version = {}", version - 1)).unwrap();
    drop(old);
    let history = History::open(&path).unwrap();
    let text = exported(&history);
    assert!(!text.contains("CANARY"), "{text}");
    assert!(text.contains("debian:trixie"));
    let untouched = history.find("", &id(2)).unwrap().record;
    assert_eq!(untouched, record(2));
    drop(history);
    // Not in free pages either.
    for end in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{end}", path.display())).unwrap_or_default();
        let found = bytes.windows(6).any(|bytes| bytes == b"CANARY");
        assert!(!found, "history.db{end}");
    }
}
