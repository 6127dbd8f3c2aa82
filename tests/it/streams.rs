//! Every command whose result goes to standard output, with that stream missing, full, or left by its
//! reader. What cannot be written is a failure; a reader that has seen enough is none.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::command;

/// Every command, with arguments that print without an engine; those that print nothing, need an engine
/// or need a registry have none, and say so.
const COMMANDS: &[(&str, Option<&str>)] = &[
    ("init", None),           // writes files
    ("add", None),            // an engine
    ("remove", None),         // an engine
    ("lock", None),           // an engine
    ("build", None),          // an engine
    ("rollback", None),       // an engine
    ("base bootstrap", None), // an engine
    ("report", Some("report last")),
    ("report -o -", Some("report last --format json -o -")),
    ("compare", Some("compare last~1 last")),
    ("render", Some("render -p cpu --frontend 1.2")),
    ("bake", Some("bake -p cpu -o baked")),
    ("builders list", None), // an engine
    ("builders manifest", Some("builders manifest")),
    ("up", None),    // an engine
    ("down", None),  // an engine
    ("shell", None), // an engine
    ("logs", None),  // an engine
    ("mounts doc", Some("mounts doc -p cpu")),
    ("profiles", Some("profiles")),
    ("show config", Some("show config -p cpu")),
    ("templates list", Some("templates list")),
    ("templates eject", None), // writes files
    ("templates diff", None),  // nothing differs
    ("explain", Some("explain base")),
    ("patch list", Some("patch list --series toy")),
    ("patch show", Some("patch show ping --series toy --version 1.0.0")),
    ("patch verify", None), // fails by itself on this series; it prints as the others do
    ("patch bisect", None), // a registry
    ("patch rebase", None), // writes files
    ("patch new", None),    // an editor
    ("patch import", None), // writes files
    ("patch refresh", None), // writes files
    ("users audit", Some("users audit Dockerfile")),
    ("users fix", Some("users fix Dockerfile --diff")),
    ("history list", Some("history list --all-projects")),
    ("history show", Some("history show last")),
    ("history export", Some("history export --all-projects")),
    ("history export -o -", Some("history export --all-projects -o -")),
    ("history import", Some("history import v1.jsonl --format json")),
    ("history prune", Some("history prune --keep 100 --dry-run --format json")),
    ("history rm", None), // changes what the others read
    ("baseline list", Some("baseline list")),
    ("baseline show", Some("baseline show -p cpu")),
    ("baseline set", None),    // writes a file
    ("baseline accept", None), // writes a file
    ("image verify", None),    // an engine
    ("status", None),          // an engine
    ("doctor", None),          // an engine
    ("schema", Some("schema")),
    ("completions", Some("completions bash")),
    ("man", Some("man")),
    ("--help", Some("--help")),
    ("--version", Some("--version")),
    ("help build", Some("help build")),
];

/// A project with builds, a baseline, a series and a Dockerfile.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let toy = inputs.join("patches/toy/.");
    let copied = Command::new("cp").arg("-r").arg(toy).arg(dir.path()).status().unwrap();
    assert!(copied.success());
    fs::copy(inputs.join("history/v1.jsonl"), dir.path().join("v1.jsonl")).unwrap();
    fs::write(dir.path().join("Dockerfile"), "FROM debian\nUSER root\nUSER root\nRUN true\n")
        .unwrap();
    for arguments in [&["history", "import", "v1.jsonl"][..], &["baseline", "set", "-p", "cpu"]] {
        let done = mad(dir.path(), arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }
    dir
}

fn mad(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = command(dir, arguments);
    command.env("MAD_HISTORY", dir.join("h.db")).stdin(Stdio::null());
    command
}

fn code(mut command: Command, stdout: Stdio) -> (Option<i32>, String) {
    let done = command.stdout(stdout).stderr(Stdio::piped()).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn what_cannot_be_printed_is_a_failure_of_every_command() {
    let dir = project();
    for (name, line) in COMMANDS {
        let Some(line) = line else { continue };
        let arguments: Vec<&str> = line.split(' ').collect();
        let printed = mad(dir.path(), &arguments).output().unwrap();
        assert!(printed.status.success() && !printed.stdout.is_empty(), "{name}: {printed:?}");

        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (status, said) = code(mad(dir.path(), &arguments), full.into());
        assert_eq!(status, Some(1), "{name} into a full disk: {said}");

        let without = test_support::without_stdout(&mad(dir.path(), &arguments));
        let (status, said) = code(without, Stdio::null());
        assert_eq!(status, Some(1), "{name} without standard output: {said}");

        // `mad … | head -1`
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (status, said) = code(mad(dir.path(), &arguments), writer.into());
        assert_eq!(status, Some(0), "{name} to a reader that is gone: {said}");

        // What is thrown away on purpose is written.
        assert_eq!(code(mad(dir.path(), &arguments), Stdio::null()).0, Some(0), "{name}");
    }
}

#[test]
fn every_command_is_in_the_table() {
    fn leaves(command: &clap::Command, above: &str, found: &mut Vec<String>) {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let name = format!("{above}{}", below.get_name());
            if below.has_subcommands() {
                leaves(below, &format!("{name} "), found);
            } else {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    leaves(&mad::cli::command(), "", &mut found);
    for name in found {
        assert!(
            COMMANDS.iter().any(|(known, _)| *known == name),
            "`mad {name}` is not in the table"
        );
    }
}
