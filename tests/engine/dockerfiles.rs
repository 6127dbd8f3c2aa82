//! Every Dockerfile of the tests that can be built here is rewritten, and proven to give the same image.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Engine, Mad};

/// Those that start from an image that every test machine has.
fn buildable() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/dockerfiles");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the inputs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "Dockerfile"))
        .filter(|path| {
            let bytes = std::fs::read(path).expect("a Dockerfile");
            String::from_utf8_lossy(&bytes).lines().any(|line| line.starts_with("ARG BASE="))
        })
        .collect();
    files.sort();
    assert!(files.len() >= 40, "{} files", files.len());
    files
}

#[test]
fn every_dockerfile_is_the_same_image_when_it_is_fixed() {
    let engine = Engine::take();
    let base = format!("BASE={}", engine.base());
    let mut faults = Vec::new();
    let mut proven = 0;
    for path in buildable() {
        let file = path.to_str().expect("a UTF-8 path");
        let context = path.with_file_name("context");
        let arguments = ["users", "fix", file, "--strategy", "minimal", "--merge", "--prove"];
        let done = Mad::new(arguments)
            .args(["--attempts", "3", "--format", "json", "--build-arg", &base, "--context"])
            .args([&context])
            .run();
        let told: Value = serde_json::from_str(&done.stdout).unwrap_or_default();
        let is_proven = told["proving"]["holds"] == true;
        proven += usize::from(is_proven);
        // A guess may be refused; what is not refused is proven.
        let is_refused = done.code == 1 && told["proving"]["holds"] == false;
        let is_held = done.code == 0 && (is_proven || told["diff"] == "");
        if !is_held && !is_refused {
            faults.push(format!("{file}: {}\n{}{}", done.code, done.stdout, done.stderr));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(proven >= 10, "only {proven} were changed");
}
