//! `mad history` from outside, and what becomes of the file when processes meet or die.
//!
//! Long because both halves share one place and its processes.

mod unwritable;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use mad::timing::history::{Filter, History, JudgedRecord};
use mad::timing::record::Record;
use test_support::Random;

const MAD: &str = env!("CARGO_BIN_EXE_mad");

fn input(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/history").join(name)
}

/// A project folder with a history of its own beside it.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("state/mad/history.db")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(MAD);
        command
            .args(arguments)
            .current_dir(self.project())
            .env_clear()
            .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
            .env("TZ", "UTC")
            .env("XDG_STATE_HOME", self.folder.path().join("state"));
        command
    }

    #[track_caller]
    fn mad(&self, code: i32, arguments: &[&str]) -> (String, String) {
        said(code, &self.command(arguments).output().unwrap())
    }

    /// Takes the four builds of the input into this project.
    fn import(&self) {
        let (_, stderr) = self.mad(0, &["history", "import", input("v1.jsonl").to_str().unwrap()]);
        assert_eq!(stderr, "imported 4 builds and 0 promotions; 0 builds known already\n");
    }
}

#[track_caller]
fn said(code: i32, output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}{stderr}");
    (stdout, stderr)
}

/// A build like the first of the input, with this number in its id.
fn record(n: u32) -> Record {
    let lines = std::fs::read_to_string(input("v1.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let record: Record = serde_json::from_value(line["record"].clone()).unwrap();
    Record { id: format!("{n:032x}"), ..record }
}

#[test]
fn builds_are_listed_and_shown() {
    let place = Scratch::new();
    place.import();
    let (list, _) = place.mad(0, &["history", "list"]);
    assert_eq!(list.lines().count(), 5);
    assert!(list.contains("78dde6e5fd29  2026-03-01 13:00  cpu          regressed"), "{list}");
    let (failed, _) = place.mad(0, &["history", "list", "--failed", "-p", "cpu", "-n", "1"]);
    assert!(failed.lines().count() == 2 && failed.contains(" failed "), "{failed}");
    let (json, _) = place.mad(0, &["history", "list", "--format", "json", "-n", "2"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "mad.history-list/1");
    assert_eq!(json["builds"].as_array().unwrap().len(), 2);
    let (last, _) = place.mad(0, &["history", "show"]);
    assert!(last.starts_with("build 78dde6e5fd29f057ce73018173b720d4  regressed\n"), "{last}");
    assert!(last.contains("python-deps: locks/cpu.txt changed"), "{last}");
    for reference in ["daa6", "last~1"] {
        let (json, _) = place.mad(0, &["history", "show", reference, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["record"]["id"], "daa66d2c7ddf7441dad6412116c9589f", "{reference}");
        assert_eq!(json["schema"], "mad.history/1");
    }
}

#[test]
fn what_is_asked_wrongly_is_2_with_a_hint() {
    let place = Scratch::new();
    place.import();
    for (arguments, expected) in [
        (&["show", "last~9"][..], "the history has no build `last~9`"),
        (&["show", "x"], "found `x`, expected a build"),
        (&["import", "nowhere.jsonl"], "cannot read `nowhere.jsonl`"),
        (&["prune"], "--keep"),
        (&["prune", "--all-projects"], "--keep"),
        (&["prune", "--format", "json"], "--keep"),
        (&["prune", "--all-projects", "--dry-run", "--no-copy", "--format", "json"], "--keep"),
        (&["rm"], "<BUILD>"),
        (&["rm", "last", "0000aaaa"], "the history has no build `0000aaaa`"),
        (&["prune", "--older-than", "soon"], "expected an age like `30d`"),
    ] {
        let (stdout, stderr) = place.mad(2, &[&["history"], arguments].concat());
        assert_eq!(stdout, "");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    assert_eq!(place.mad(0, &["history", "list"]).0.lines().count(), 5);
    let bad = place.project().join("bad.jsonl");
    std::fs::write(&bad, "{\"schema\":\"mad.history/9\"}\n").unwrap();
    let (_, stderr) = place.mad(2, &["history", "import", "bad.jsonl"]);
    assert!(stderr.contains("line 1: found `mad.history/9`"), "{stderr}");
    std::fs::write(place.file(), "x".repeat(4096)).unwrap();
    let (_, stderr) = place.mad(2, &["history", "list"]);
    assert!(stderr.contains("is not a mad history\nhint: move "), "{stderr}");
}

#[test]
fn what_goes_is_named() {
    let place = Scratch::new();
    place.import();
    let (_, stderr) = place.mad(0, &["history", "rm", "78dd", "--dry-run"]);
    assert!(
        stderr.starts_with("would remove 1 build and 0 promotions\n  78dde6e5fd29 "),
        "{stderr}"
    );
    let (json, _) = place.mad(0, &["history", "rm", "78dd", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["gone"][0]["id"], "78dde6e5fd29f057ce73018173b720d4");
    let (_, stderr) = place.mad(0, &["history", "prune", "--keep", "0"]);
    assert!(stderr.contains("\n  daa66d2c7ddf  2026-03-01 12:00 UTC  cpu "), "{stderr}");
    assert!(stderr.contains("history.db.before-prune, until the next prune"), "{stderr}");
    let copy = place.file().with_extension("db.before-prune");
    assert_eq!(copy.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(History::open(&copy).unwrap().list(&Filter::default()).unwrap().len(), 3);
}

#[test]
fn a_report_in_ci_is_of_this_jobs_build() {
    let place = Scratch::new();
    place.import();
    let report = |variables: &[(&str, &str)], code| {
        let mut command = place.command(&["report"]);
        said(code, &command.envs(variables.iter().copied()).output().unwrap())
    };
    let job = [("GITHUB_RUN_ID", "7"), ("GITHUB_RUN_ATTEMPT", "1"), ("GITHUB_JOB", "build")];
    // Others' builds are there, and none of this job.
    let (stdout, stderr) = report(&job, 1);
    assert_eq!(stdout, "");
    assert!(stderr.contains("no build of this job (`github 7/1/build`)"), "{stderr}");
    report(&[("MAD_RUN", "nightly 3")], 1);
    report(&[], 0);
    // A build that ended before it was recorded.
    let profiles = place.project().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    let secret = "base: debian\nenv: {DATABASE_URL: \"postgres://u:canary@h\\n\"}\n";
    std::fs::write(profiles.join("secret.yaml"), secret).unwrap();
    for profile in ["secret", "nowhere"] {
        let mut build = place.command(&["build", "-p", profile]);
        let (_, stderr) = said(2, &build.env("CI", "true").output().unwrap());
        assert_eq!(stderr.contains("canary"), profile == "secret", "{stderr}");
    }
    let kept = std::fs::read_dir(place.file().parent().unwrap()).unwrap();
    for file in kept.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()) {
        assert!(!String::from_utf8_lossy(&file).contains("canary"));
    }
    let (stdout, stderr) = report(&[("CI", "true")], 1);
    assert_eq!(stdout, "");
    assert!(stderr.contains("the build of `nowhere` started "), "{stderr}");
    assert!(stderr.contains("left no record: bad usage or a bad input file"), "{stderr}");
    let (stdout, stderr) = report(&[], 0);
    assert!(stdout.contains("78dde6e5fd29") && stderr.contains("left no record"), "{stderr}");
    // The same of every command that is told `last`.
    for arguments in [
        &["report", "last~0"][..],
        &["report", "last~1"],
        &["history", "show"],
        &["history", "show", "last~1"],
        &["compare"],
        &["compare", "78dd", "last"],
        &["baseline", "accept", "last", "--reason", "r", "--until", "2999-01-01"],
    ] {
        let mut command = place.command(arguments);
        let (stdout, stderr) = said(1, &command.envs(job).output().unwrap());
        assert_eq!(stdout, "", "{arguments:?}");
        assert!(stderr.contains("no build of this job (`github 7/1/build`)"), "{stderr}");
    }
    assert!(!place.project().join("baselines").exists());
    // By its id any build is reported.
    let mut command = place.command(&["report", "78dd"]);
    said(0, &command.envs(job).output().unwrap());
}

#[test]
fn last_in_ci_counts_from_this_jobs_build() {
    let place = Scratch::new();
    place.import();
    let history = History::open(&place.file()).unwrap();
    // The job's build, and a later one of another job.
    let (json, _) = place.mad(0, &["history", "show", "--format", "json"]);
    let entry: JudgedRecord = entry_of(&json);
    for (n, run) in [(1, "github 7/1/build"), (2, "github 8/1/build")] {
        let mut build = entry.record.clone();
        build.id = format!("{n:032x}");
        build.started = entry.record.started + jiff::SignedDuration::from_hours(n);
        build.environment.ci_run = Some(run.to_owned());
        history.add(&build, None).unwrap();
    }
    let job = [("GITHUB_RUN_ID", "7"), ("GITHUB_RUN_ATTEMPT", "1"), ("GITHUB_JOB", "build")];
    let shown = |reference: &str| {
        let mut command = place.command(&["history", "show", reference, "--format", "json"]);
        let (stdout, _) = said(0, &command.envs(job).output().unwrap());
        entry_of(&stdout).record.id
    };
    assert_eq!(shown("last"), format!("{:032x}", 1));
    assert_eq!(shown("last~1"), entry.record.id);
    let mut command = place.command(&["compare", "--format", "json"]);
    let (stdout, _) = said(0, &command.envs(job).output().unwrap());
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["a"]["id"], entry.record.id, "{stdout}");
    assert_eq!(json["b"]["id"], format!("{:032x}", 1), "{stdout}");
}

fn entry_of(json: &str) -> JudgedRecord {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let record = serde_json::from_value(json["record"].clone()).unwrap();
    JudgedRecord { record, judgement: None }
}

#[test]
fn a_promotion_of_a_stranger_is_refused() {
    let place = Scratch::new();
    place.import();
    let line = r#"{"schema":"mad.history/1","promotion":{"at":"2026-01-02T00:00:00Z","tag":"t:1","image":"--help","build":"ab","reason":"x"}}"#;
    std::fs::write(place.project().join("bad.jsonl"), line).unwrap();
    let (_, stderr) = place.mad(2, &["history", "import", "bad.jsonl"]);
    assert!(stderr.contains("its image is `--help`"), "{stderr}");
    let mut command = place.command(&["history", "list"]);
    let (_, stderr) = said(2, &command.env("MAD_HISTORY", "/dev/null").output().unwrap());
    assert!(stderr.contains("found a device at `/dev/null`"), "{stderr}");
}

#[test]
fn looking_begins_no_history() {
    let place = Scratch::new();
    assert_eq!(place.mad(0, &["history", "list"]).0, "no builds\n");
    assert_eq!(place.mad(0, &["history", "export"]).0, "");
    let (_, stderr) = place.mad(0, &["history", "prune", "--keep", "1"]);
    assert!(stderr.starts_with("removed 0 builds and 0 promotions"), "{stderr}");
    place.mad(2, &["history", "show"]);
    assert!(!place.folder.path().join("state").exists());
}

#[test]
fn the_history_is_where_the_environment_says() {
    let place = Scratch::new();
    place.import();
    assert!(place.file().exists());
    let run = |variables: &[(&str, PathBuf)]| {
        let mut command = place.command(&["history", "list"]);
        command.env_remove("XDG_STATE_HOME").envs(variables.iter().cloned());
        command.output().unwrap()
    };
    let home = place.folder.path().join("home");
    let in_home = home.join(".local/state/mad");
    std::fs::create_dir_all(&in_home).unwrap();
    std::fs::copy(place.file(), in_home.join("history.db")).unwrap();
    for variables in [
        &[("MAD_HISTORY", place.file())][..],
        &[("HOME", home.clone())],
        &[("HOME", home), ("XDG_STATE_HOME", "relative".into())],
    ] {
        assert_eq!(said(0, &run(variables)).0.lines().count(), 5, "{variables:?}");
    }
    assert!(said(2, &run(&[])).1.contains("hint: name a file with MAD_HISTORY=FILE"));
}

#[test]
fn builds_are_carried_from_one_place_to_another() {
    let (here, there) = (Scratch::new(), Scratch::new());
    here.import();
    let (_, stderr) = here.mad(0, &["history", "export", "-o", "out.jsonl"]);
    assert_eq!(stderr, "exported 4 builds and 0 promotions to out.jsonl\n");
    let (text, _) = here.mad(0, &["history", "export"]);
    let file = here.project().join("out.jsonl");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let import = |arguments: &[&str]| {
        let mut command = there.command(&[&["history", "import"], arguments].concat());
        let file = std::fs::File::open(&file).unwrap();
        said(0, &command.stdin(file).output().unwrap()).1
    };
    assert!(import(&["--keep-project"]).starts_with("imported 4 builds"));
    assert_eq!(there.mad(0, &["history", "list"]).0, "no builds\n");
    assert_eq!(there.mad(0, &["history", "export", "--all-projects"]).0, text);
    assert!(import(&[]).contains("4 builds known already"));
    let (_, stderr) =
        there.mad(0, &["history", "prune", "--all-projects", "--older-than", "1", "--dry-run"]);
    assert!(stderr.starts_with("would remove "), "{stderr}");
    there.mad(0, &["history", "prune", "--all-projects", "--keep", "0"]);
    assert!(import(&[]).starts_with("imported 4 builds"));
    assert_eq!(there.mad(0, &["history", "list"]).0.lines().count(), 5);
}

#[test]
fn twenty_processes_at_once_lose_nothing() {
    let place = Scratch::new();
    let each = 5;
    let running: Vec<_> = (0..20)
        .map(|n| {
            let mut text = String::new();
            for i in 0..each {
                let line = serde_json::json!({
                    "schema": "mad.history/1", "record": record(n * each + i), "judgement": null,
                });
                text.push_str(&format!("{line}\n"));
            }
            let name = format!("{n}.jsonl");
            std::fs::write(place.project().join(&name), text).unwrap();
            let mut command = place.command(&["history", "import", &name]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in running {
        said(0, &child.wait_with_output().unwrap());
    }
    let history = History::open(&place.file()).unwrap();
    let builds = history.list(&Filter::default()).unwrap();
    assert_eq!(builds.len(), 20 * each as usize);
    assert_valid(&place.file());
}

/// The variable that makes [`adds_until_it_is_killed`] add.
const ADD_TO: &str = "MAD_TEST_ADD_TO";
const FIRST: &str = "MAD_TEST_FIRST";

#[test]
#[ignore = "is the process that another test kills"]
fn adds_until_it_is_killed() {
    let Some(file) = std::env::var_os(ADD_TO) else { return };
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let history = History::open(Path::new(&file)).unwrap();
    for n in first.. {
        let record = record(n);
        history.add(&record, None).unwrap();
        // Nobody may read any more; that is no reason to stop.
        let _ = writeln!(std::io::stderr(), "added {}", record.id);
    }
}

#[test]
fn a_process_that_is_killed_leaves_a_valid_history_with_all_it_had_added() {
    let place = Scratch::new();
    let file = place.folder.path().join("history.db");
    let mut added: Vec<String> = Vec::new();
    for round in 0..20_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "history::adds_until_it_is_killed", "--ignored", "--nocapture"])
            .envs([
                (ADD_TO, file.as_os_str().to_owned()),
                (FIRST, OsString::from((round * 10_000).to_string())),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Some die while they open the file, most while they add.
        let moment = 5 + Random::of(u64::from(round) + 1).below(150) as u64;
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        // It may have died in the middle of its last line.
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        added
            .extend(whole.lines().filter_map(|line| Some(line.strip_prefix("added ")?.to_owned())));
        let history = History::open(&file).unwrap();
        for id in &added {
            let JudgedRecord { record, .. } = history.find("", id).unwrap();
            assert_eq!(record.steps.len(), 3, "{id}");
        }
        assert_valid(&file);
    }
    assert!(added.len() > 50, "only {} were added", added.len());
}

fn assert_valid(file: &Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    for (check, expected) in [
        ("PRAGMA integrity_check", "ok"),
        ("SELECT count(*) || '' FROM pragma_foreign_key_check", "0"),
        (
            "SELECT count(*) || '' FROM builds WHERE steps <> (SELECT count(*) FROM steps WHERE steps.build_id = builds.build_id)",
            "0",
        ),
    ] {
        let found: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
        assert_eq!(found, expected, "{check}");
    }
}
