//! Dockerfiles on which `mad users` was wrong, each with what is right; and Dockerfiles of others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dockerfile::audit::audit;
use dockerfile::consolidate::{Options, Strategy, consolidate};
use dockerfile::{Edit, File, rebuild, to_bytes};

use crate::support::mad_in;

fn inputs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "Dockerfile")).collect();
    files.sort();
    files
}

fn case(name: &str) -> File {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/cases/users");
    File::parse(&std::fs::read(path.join(format!("{name}.Dockerfile"))).unwrap()).unwrap()
}

fn safe(file: &File) -> String {
    consolidate(file, Strategy::Safe, Options::default()).text
}

/// Rules and lines of the findings.
fn found(file: &File) -> Vec<(&'static str, usize)> {
    audit(file, "Dockerfile", None).findings.iter().map(|f| (f.rule, f.line)).collect()
}

/// Only `fix-two-spellings` and `fix-stale-comment` have lines that change nothing.
#[test]
fn safe_takes_nothing_away_that_counts() {
    let files = inputs("cases/users");
    assert!(files.len() >= 39, "{} cases", files.len());
    for path in files {
        let file = File::parse(&std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("fix-") {
            continue;
        }
        assert_eq!(safe(&file), file.text(), "{}", path.display());
    }
}

#[test]
fn two_spellings_of_a_variable_are_one_user() {
    let file = case("fix-two-spellings");
    let fixed = consolidate(&file, Strategy::Safe, Options::default());
    assert_eq!((fixed.before.user_lines, fixed.after.user_lines), (3, 1));
    assert_eq!((fixed.before.switches, fixed.after.switches), (1, 1));
    assert_eq!(audit(&file, "Dockerfile", None).switches, 1);
}

#[test]
fn a_comment_of_a_switch_goes_with_it_and_leaves_one_blank_line() {
    assert_eq!(
        safe(&case("fix-stale-comment")),
        "FROM mad/base:trixie\nRUN useradd -m dev\n\n# And back to root for the rest\nUSER root\n\nCOPY f.txt /etc/f.txt\n"
    );
}

/// What `--merge` makes of `FILE.Dockerfile` is `FILE.merged`, or the file as it is.
#[test]
fn merge_writes_what_means_the_same() {
    const HEAD: &str = "# Unproven: rewritten by `mad users fix --unproven`; no build has shown that the image is the same.\n\n";
    let (mut merged, mut kept) = (0, 0);
    for path in inputs("cases/users") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("merge-") {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(dir.path().join("Dockerfile"), &before).unwrap();
        let run = mad_in(dir.path(), &["users", "fix", "--merge", "--unproven", "--write"]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{name}");
        let now = std::fs::read_to_string(dir.path().join("Dockerfile")).unwrap();
        match std::fs::read_to_string(path.with_extension("merged")) {
            Ok(right) => {
                assert_eq!(now, format!("{HEAD}{right}"), "{name}");
                merged += 1;
            }
            Err(_) => {
                assert_eq!(now, before, "{name}");
                kept += 1;
            }
        }
    }
    assert_eq!((merged, kept), (5, 9));
}

/// `merge-too-long`: four steps of 60 KB would be one argument that no program can be given.
#[test]
fn steps_too_long_for_one_argument_stay_apart() {
    let step = |at: usize| format!("RUN touch /opt/f{at} && : {}\n", "x".repeat(60_000));
    let text = format!("FROM mad/base:trixie\n{}", (0..4).map(step).collect::<String>());
    let file = File::parse(text.as_bytes()).unwrap();
    let options = Options { merge: true, ..Options::default() };
    assert_eq!(consolidate(&file, Strategy::Safe, options).text, text);
}

#[test]
fn the_audit_says_what_is_so() {
    assert_eq!(found(&case("audit-chown-same-step")), []);
    let rules: Vec<&str> =
        found(&case("audit-misses-sudo")).iter().map(|(rule, _)| *rule).collect();
    assert_eq!(
        rules,
        [
            "users/account-files",
            "users/password",
            "users/powerful-group",
            "users/set-uid",
            "users/sudo-nopasswd"
        ]
    );
    // The triggers of the stage below put another user in force.
    assert!(
        found(&case("safe-onbuild-in-file")).iter().all(|(rule, _)| *rule != "users/redundant")
    );
    assert!(
        found(&case("safe-foreign-frontend")).iter().all(|(rule, _)| *rule != "users/redundant")
    );
}

#[test]
fn bytes_that_are_no_text_are_read_and_written_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = b"FROM a\nUSER dev\nUSER root\n# caf\xe9\nRUN echo \xe9 > /opt/x\n";
    std::fs::write(dir.path().join("Dockerfile"), bytes).unwrap();
    let run = mad_in(dir.path(), &["users", "audit"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let run = mad_in(dir.path(), &["users", "fix", "--strategy=safe", "--write"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let fixed = std::fs::read(dir.path().join("Dockerfile")).unwrap();
    assert_eq!(fixed, b"FROM a\nUSER root\n# caf\xe9\nRUN echo \xe9 > /opt/x\n");
}

/// Thousands of switches: every one is needed, and counted alike.
#[test]
fn thousands_of_switches_are_no_matter() {
    let users = ["dev", "root", "ops"];
    let mut text = "FROM x\nRUN useradd -m dev && useradd -m ops\n".to_owned();
    for at in 0..4000 {
        text.push_str(&format!("USER {}\nRUN echo {at} > /tmp/f{at}\n", users[at % 3]));
    }
    let file = File::parse(text.as_bytes()).unwrap();
    let fixed = consolidate(&file, Strategy::Safe, Options::default());
    assert!(fixed.is_unchanged() && fixed.text == text);
    assert_eq!((fixed.before.switches, audit(&file, "x", None).switches), (4000, 4000));
}

#[test]
fn files_of_others_print_audit_and_keep_what_counts() {
    let mut count = 0;
    for folder in ["real/dockerfilelint", "real/imagebuilder", "real/repo2docker"] {
        for path in inputs(folder) {
            let name = path.display();
            let bytes = std::fs::read(&path).unwrap();
            let file = File::parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let edits: Vec<Edit> = (0..file.blocks().len()).map(Edit::Keep).collect();
            assert_eq!(to_bytes(&rebuild(&file, &edits)), bytes, "{name}");
            let audit = audit(&file, "Dockerfile", None);
            let lines = file.text().lines().count();
            assert!(audit.findings.iter().all(|f| (1..=lines).contains(&f.line)), "{name}");
            let fixed = consolidate(&file, Strategy::Safe, Options::default());
            assert_eq!(fixed.after.user_lines, audit.fewest, "{name}");
            // Nothing goes but lines that begin with USER, and once is enough.
            let gone: BTreeSet<usize> = fixed.removed.iter().map(|gone| gone.line).collect();
            let again = File::parse(&to_bytes(&fixed.text)).unwrap();
            assert_eq!(safe(&again), fixed.text, "{name}");
            let kept = file.blocks().iter().filter(|block| !gone.contains(block.lines.start()));
            let kept: Vec<String> = kept.map(|block| block.instruction.exact_text()).collect();
            let now = again.blocks().iter().map(|block| block.instruction.exact_text());
            assert_eq!(kept, now.collect::<Vec<_>>(), "{name}");
            count += 1;
        }
    }
    assert!(count >= 90, "{count} files");
}
