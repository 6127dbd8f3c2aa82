use std::path::Path;

use crate::timing::history::{Filter, History};
use crate::timing::judge::Cause;
use crate::ui::Paint;

use super::*;

/// The builds that the tests of the history keep, newest first.
fn history() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/history/v1.jsonl");
    history.import(std::fs::read(path).unwrap().as_slice(), None).unwrap();
    (folder, history)
}

#[test]
fn a_list_is_a_table() {
    let (_folder, history) = history();
    let mut builds = history.list(&Filter::default()).unwrap();
    insta::assert_snapshot!(list(
        &builds,
        &TableStyle { with_projects: false, ..TableStyle::plain() }
    ));
    // What others wrote drives no terminal, and no line is longer than it.
    builds[0].series.profile = "cpu\x1b[31m\n".to_owned();
    builds[0].series.project = "p".repeat(300);
    let narrow =
        TableStyle { width: Some(70), paint: Paint { color: true }, ..TableStyle::plain() };
    let text = list(&builds, &narrow);
    assert_eq!(text.lines().count(), 5);
    for line in text.lines() {
        assert!(console::measure_text_width(line) <= 70, "{line}");
    }
    assert!(!text.contains("\x1b[31m\n") && text.contains("\x1b["), "{text:?}");
    assert_eq!(list(&[], &TableStyle::plain()), "no builds\n");
}

#[test]
fn a_build_is_told_with_its_steps_and_its_verdict() {
    let (_folder, history) = history();
    let entry = |reference| history.find("https://git.example.org/team/agents", reference).unwrap();
    insta::assert_snapshot!("built", show(&entry("last"), &TableStyle::plain()));
    insta::assert_snapshot!("failed", show(&entry("last~2"), &TableStyle::plain()));
}

#[test]
fn one_build_as_json_can_be_imported() {
    let (_folder, history) = history();
    let entry = history.find("https://git.example.org/team/agents", "last").unwrap();
    let json: serde_json::Value = serde_json::from_str(&show_json(&entry)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let other = History::open(&folder.path().join("h.db")).unwrap();
    assert_eq!(other.import(json.to_string().as_bytes(), None).unwrap().builds, 1);
    assert_eq!(other.find("", &entry.record.id).unwrap(), entry);
    let listed: serde_json::Value =
        serde_json::from_str(&list_json(&history.list(&Filter::default()).unwrap())).unwrap();
    assert_eq!(listed["schema"], "mad.history-list/1");
    assert_eq!(listed["builds"].as_array().unwrap().len(), 4);
}

#[test]
fn every_cause_has_its_words() {
    let (_folder, history) = history();
    let mut found = history.list(&Filter::default()).unwrap()[0].miss.clone().unwrap();
    let text = |text: &str| Some(text.to_owned());
    let causes = [
        Cause::File { path: "a.txt".to_owned(), old: None, new: text("1") },
        Cause::Value { key: "user.uid".to_owned(), old: text("1"), new: text("2"), at: None },
        Cause::Argument { name: "BASE".to_owned(), old: text("1"), new: None },
        Cause::Instruction { old: "RUN a".to_owned(), new: "RUN b".to_owned() },
        Cause::State { old: text("ENV A=1"), new: text("ENV A=2") },
        Cause::Base { old: "a@1".to_owned(), new: "a@2".to_owned() },
        Cause::Order,
        Cause::New,
        Cause::NoCache,
        Cause::Evicted { last_seen: jiff::Timestamp::UNIX_EPOCH },
        Cause::NeverBuiltHere,
    ];
    let mut lines = Vec::new();
    for cause in causes {
        found.causes = vec![cause];
        lines.push(words::miss(&found));
    }
    found.causes = vec![Cause::New, Cause::Order];
    lines.push(words::miss(&found));
    insta::assert_snapshot!(lines.join("\n"), @r"
    python-deps: a.txt is new
    python-deps: user.uid changed
    python-deps: argument BASE is gone
    python-deps: instruction changed
    python-deps: ENV changed
    python-deps: base image moved
    python-deps: steps above it changed
    python-deps: new step
    python-deps: --no-cache
    python-deps: cache evicted
    python-deps: never built on this engine
    python-deps: new step (+1)
    ");
}

#[test]
fn what_came_and_went_is_counted() {
    let imported = Imported { builds: 1, known: 2, promotions: 0 };
    assert_eq!(import(&imported), "imported 1 build and 0 promotions; 2 builds known already");
    let build = |n: u64| PrunedBuild {
        id: format!("{n:032x}"),
        started: "2026-03-01T10:00:00Z".parse().unwrap(),
        project: "/p".to_owned(),
        profile: "cpu\u{1b}[31m".to_owned(),
        ending: crate::timing::record::Ending::Built,
    };
    let copy = Some("/s/history.db.before-prune".into());
    let pruned = Pruned { builds: vec![build(0)], promotions: 1, freed_bytes: 4096, copy };
    insta::assert_snapshot!(gone(&pruned, false), @r"
    removed 1 build and 1 promotion; the file is 4.1 kB smaller
      000000000000  2026-03-01 10:00 UTC  cpu  built
    as it was: /s/history.db.before-prune, until the next prune
    ");
    let many = Pruned { builds: (0..23).map(build).collect(), copy: None, ..pruned };
    let told = gone(&many, true);
    assert!(told.starts_with("would remove 23 builds and 1 promotion\n"), "{told}");
    assert!(told.ends_with("\n  and 3 more") && told.lines().count() == 22, "{told}");
    assert!(gone_json("x", &many, true).contains(r#""dry_run": true"#));
    assert!(import_json(&imported).contains(r#""schema": "mad.history-import/1""#));
}
