//! Every script of the repository, and every one that goes into the image, is clean by shellcheck.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Not ours to judge: what tests take in, what is built or found.
const LEFT_OUT: [&str; 5] = ["tests/inputs", "target", "fuzz/corpus", "fuzz/artifacts", ".git"];

#[test]
fn scripts_are_clean_shell() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = scripts(root);
    for known in ["scripts/lib.sh", ".ci/run", "benches/verdicts", "templates/files/entrypoint"] {
        assert!(scripts.iter().any(|path| path == Path::new(known)), "{known} was not found");
    }
    // From where each stands, so that what it sources is found.
    let checked = Command::new("shellcheck").arg("-x").args(&scripts).current_dir(root).output();
    let checked = checked.expect("shellcheck is needed: scripts/test installs it");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

/// Files that say that a shell runs them, or shellcheck's line for those that are sourced.
fn scripts(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).unwrap().map(Result::unwrap) {
            let path = folder.join(entry.file_name());
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !LEFT_OUT.iter().any(|left| path == Path::new(left)) {
                open.push(path);
            } else if kind.is_file() && is_script(&root.join(&path)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_script(path: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let first = text.lines().next().unwrap_or_default();
    let runs = first.strip_prefix("#!").and_then(|line| line.split(['/', ' ']).next_back());
    runs.is_some_and(|shell| ["sh", "bash", "dash"].contains(&shell))
        || first.starts_with("# shellcheck shell=")
}
