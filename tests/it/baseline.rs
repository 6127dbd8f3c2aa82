//! `mad baseline` from outside: from the history into a file, and what was accepted.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mad::timing::history::History;
use mad::timing::judge::{Baseline, Context, Gate, NOTHING_INHERITED, Verdict, judge};
use mad::timing::record::{Record, TimeSpan};

/// A project in git with seven good builds and a slow one.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        std::fs::create_dir(place.project()).unwrap();
        std::fs::write(
            place.project().join("mad.yaml"),
            "project: https://git.example.org/team/agents\n",
        )
        .unwrap();
        let history = History::open(&place.folder.path().join("history.db")).unwrap();
        let earlier: Vec<Record> = (1..=7).map(|n| record(n, 20_000 + u64::from(n) * 50)).collect();
        for record in &earlier {
            history.add(record, None).unwrap();
        }
        let slow = record(8, 41_200);
        let context = Context {
            today: "2026-05-01".parse().unwrap(),
            locate: &|_| None,
            repeats: &[],
            inherited: &NOTHING_INHERITED,
            gate: Gate::default(),
        };
        let judgement =
            judge(&slow, &Baseline::of_records(&earlier), earlier.last(), &[], &context);
        assert_eq!(judgement.verdict, Verdict::Regressed, "{}", judgement.reason);
        history.add(&slow, Some(&judgement)).unwrap();
        place
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.project().join("baselines/cpu.yaml")).unwrap()
    }

    #[track_caller]
    fn run(&self, code: i32, program: &Path, arguments: &[&str]) -> (String, String) {
        let output: Output = Command::new(program)
            .args(arguments)
            .current_dir(self.project())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .env("MAD_HISTORY", self.folder.path().join("history.db"))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
        (stdout, stderr)
    }

    #[track_caller]
    fn mad(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let arguments = [&["baseline"], arguments].concat();
        self.run(code, Path::new(env!("CARGO_BIN_EXE_mad")), &arguments)
    }
}

/// A build like the first of the history's input, whose one step that runs took that long.
fn record(n: u32, ms: u64) -> Record {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/history/v1.jsonl");
    let lines = std::fs::read_to_string(input).unwrap();
    let line: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let mut record: Record = serde_json::from_value(line["record"].clone()).unwrap();
    record.id = format!("{n:08x}{n:024x}");
    record.started += jiff::SignedDuration::from_hours(i64::from(n));
    record.steps[1].spans = vec![TimeSpan { start_ms: 100, end_ms: 100 + ms }];
    record.wall_ms = ms + 1000;
    record
}

#[test]
fn a_baseline_is_set_from_the_history_and_shown() {
    let place = Scratch::new();
    assert!(place.mad(0, &["list"]).0.starts_with("no baselines;"));
    let (_, stderr) = place.mad(2, &["show", "-p", "cpu"]);
    assert!(
        stderr.contains("no `baselines/cpu.yaml`") && stderr.contains("mad baseline set -p cpu"),
        "{stderr}"
    );
    let (_, stderr) = place.mad(0, &["set", "--from", "7"]);
    assert_eq!(stderr, "baselines/cpu.yaml: 7 builds at 1 place; commit it\n");
    let file = place.file();
    assert!(
        file.contains("samples_ms: [20050, 20100, 20150, 20200, 20250, 20300, 20350]"),
        "what regressed is no measure: {file}"
    );
    place.mad(0, &["set", "-p", "cpu"]);
    insta::assert_snapshot!(place.mad(0, &["show"]).0);
    insta::assert_snapshot!(place.mad(0, &["list"]).0);
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&place.mad(0, &[arguments, &["--format", "json"]].concat()).0).unwrap()
    };
    assert_eq!(json(&["show"])["schema"], "mad.baseline/1");
    assert_eq!(json(&["list"])["schema"], "mad.baseline-list/1");
    assert_eq!(json(&["list"])["baselines"][0]["places"][0]["builds"], 7);
    // Accepted, it is one.
    place.mad(0, &["accept", "last", "--reason", "bigger models", "--until", "2999-01-01"]);
    place.mad(0, &["set"]);
    assert!(place.file().contains("20350, 41200]"), "{}", place.file());
}

#[test]
fn a_slowdown_is_accepted_with_a_reason_until_a_day_to_come() {
    let place = Scratch::new();
    let good = ["accept", "last", "--reason", "bigger models", "--until", "2999-01-01"];
    for (index, value, expected) in [
        (3, " ", "found an empty `--reason`, expected why"),
        (5, "2020-01-01", "expected a day to come"),
        (5, "soon", "invalid value 'soon' for '--until <YYYY-MM-DD>'"),
        (1, "last~1", "was not judged"),
    ] {
        let mut bad = good;
        bad[index] = value;
        let (_, stderr) = place.mad(2, &bad);
        assert!(stderr.contains(expected), "{bad:?}: {stderr}");
    }
    let (_, stderr) = place.mad(2, &[&good[..], &["--step", "nowhere"]].concat());
    assert!(stderr.contains("no single step of") && stderr.contains("`nowhere`"), "{stderr}");
    let (_, stderr) = place.mad(0, &good);
    assert!(stderr.contains("baselines/cpu.yaml: 1 step; commit it"), "{stderr}");
    assert!(place.file().contains("reason: bigger models"), "{}", place.file());
    // Once more takes the place of the first; setting the times leaves it.
    place.mad(0, &[&good[..3], &["other words"], &good[4..], &["--step", "uv PIP"]].concat());
    place.mad(0, &["set"]);
    assert_eq!(place.file().matches("until: 2999-01-01").count(), 1);
    let (stdout, _) = place.mad(0, &["show"]);
    assert!(
        stdout.contains("accepted until 2999-01-01: 41.2s for RUN uv pip install\n  other words"),
        "{stdout}"
    );
}

#[test]
fn the_baseline_of_another_revision_is_read_from_git() {
    let place = Scratch::new();
    let git = |arguments: &[&str]| {
        place.run(
            0,
            Path::new("git"),
            &[&["-c", "user.name=t", "-c", "user.email=t@example.org"], arguments].concat(),
        )
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    place.mad(0, &["set", "--from", "2"]);
    let (_, stderr) = place.mad(2, &["show", "--at", "main"]);
    assert!(stderr.contains("no `main:baselines/cpu.yaml`"), "{stderr}");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "baseline"]);
    place.mad(0, &["set"]);
    assert!(place.mad(0, &["show"]).0.contains("7 builds"));
    assert!(place.mad(0, &["show", "--at", "main"]).0.contains("2 builds"));
    let (_, stderr) = place.mad(2, &["show", "--at", "origin/dev"]);
    assert!(
        stderr.contains("found no revision `origin/dev`")
            && stderr.contains("git fetch origin dev"),
        "{stderr}"
    );
    let (_, stderr) = place.mad(2, &["show", "--at", "--output=x"]);
    assert!(
        stderr.contains("found no revision `--output=x`") || stderr.contains("unexpected"),
        "{stderr}"
    );
}

#[test]
fn a_file_that_was_edited_wrongly_is_told_with_its_place() {
    let place = Scratch::new();
    place.mad(0, &["set"]);
    let text = place.file().replace("cache: use", "cache: often");
    std::fs::write(place.project().join("baselines/cpu.yaml"), text).unwrap();
    let (_, stderr) = place.mad(2, &["show"]);
    assert!(stderr.contains("baselines/cpu.yaml:7:"), "{stderr}");
    assert!(stderr.contains("unknown variant `often`"), "{stderr}");
}
