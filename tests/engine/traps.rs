//! Dockerfiles that are traps: an order that looks free and is not, steps that are not one. What `safe`
//! makes of each, and what proves of what `minimal` and `--merge` guess, is built beside what it was, and the
//! two images must be the same.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dockerfile::File;
use dockerfile::consolidate::{Options, Strategy, consolidate};
use sha2::{Digest, Sha256};

use crate::support::{Engine, Image, Mad, docker_command};

/// Where the traps are; also their context.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/traps")
}

/// The traps by name.
fn traps() -> Vec<(String, String)> {
    let mut traps: Vec<(String, String)> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".Dockerfile")?.to_owned();
            Some((name, std::fs::read_to_string(&path).unwrap()))
        })
        .collect();
    traps.sort();
    assert!(traps.len() >= 50, "{} traps", traps.len());
    traps
}

#[test]
fn no_trap_is_sprung() {
    let engine = Engine::take();
    let has_heredocs = engine
        .docker(&["version", "--format", "{{.Server.Version}}"])
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= 23);
    let only = std::env::var("MAD_TRAP").ok();
    let mut faults = Vec::new();
    let (mut changed, mut refused) = (0, 0);
    for (name, text) in traps() {
        if only.as_ref().is_some_and(|only| *only != name)
            || text.contains("# frontend: heredoc") && !has_heredocs
        {
            continue;
        }
        let mut results = vec![("safe", fixed(&text, Strategy::Safe, false))];
        // What is a guess is only written when it proves.
        if fixed(&text, Strategy::Minimal, true) != results[0].1 {
            match proven(&engine, &name, &["--strategy", "minimal", "--merge"]) {
                Ok(Some(text)) => results.push(("minimal, merged, proven", text)),
                Ok(None) => refused += 1,
                Err(fault) => faults.push(format!("{name}: {fault}")),
            }
        }
        results.retain(|(_, result)| *result != text);
        if results.is_empty() {
            continue;
        }
        let before = match build(&engine, &text) {
            Ok(before) => before,
            Err(fault) => {
                faults.push(format!("{name} does not build: {fault}"));
                continue;
            }
        };
        for (how, result) in results {
            changed += 1;
            match build(&engine, &result) {
                Ok(after) => {
                    let differences = differences(&before, &after);
                    if !differences.is_empty() {
                        faults.push(format!("{name}, {how}: {differences:#?}\n{result}"));
                    }
                }
                Err(fault) => faults.push(format!("{name}, {how}: {fault}\n{result}")),
            }
        }
    }
    println!("{changed} rewritten, {refused} refused");
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(only.is_some() || changed > 0, "some of them may be changed");
}

fn fixed(text: &str, strategy: Strategy, merge: bool) -> String {
    let file = File::parse(text.as_bytes()).unwrap();
    consolidate(&file, strategy, Options { merge, ..Options::default() }).text
}

/// What `mad users fix` writes for a trap; `None` where nothing proves.
fn proven(engine: &Engine, name: &str, options: &[&str]) -> Result<Option<String>, String> {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("Dockerfile");
    let trap = folder().join(format!("{name}.Dockerfile"));
    let base = format!("BASE={}", engine.base());
    let done =
        Mad::new(["users", "fix", "--build-arg", &base, "--diff", "--attempts", "2", "--context"])
            .args([folder(), trap, "-o".into(), out.clone()])
            .args(options)
            .run();
    match done.code {
        0 => Ok(Some(std::fs::read_to_string(&out).unwrap())),
        1 if !out.exists() => Ok(None),
        _ => Err(format!("{}: {}{}", done.code, done.stdout, done.stderr)),
    }
}

/// An image's files by path, and its configuration.
pub type Contents = BTreeMap<String, String>;

/// Builds a text and reads what came of it.
fn build(engine: &Engine, text: &str) -> Result<Contents, String> {
    let image = Image::named("trap");
    let mut build = docker_command(&["build", "-q", "-t", &image, "--build-arg"])
        .env("DOCKER_BUILDKIT", "1")
        .arg(format!("BASE={}", engine.base()))
        .args(["-f", "-"])
        .arg(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    build.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = build.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut contents = files(engine, &image);
    let config = engine.docker(&["image", "inspect", "--format", "{{json .Config}}", &image]);
    contents.insert("(configuration)".to_owned(), config);
    Ok(contents)
}

/// Every path with its type, mode, owner, link and the hash of its content.
pub fn files(engine: &Engine, image: &str) -> Contents {
    let container = engine.docker(&["create", image, "true"]).trim().to_owned();
    let mut export =
        docker_command(&["export", &container]).stdout(Stdio::piped()).spawn().unwrap();
    let mut archive = tar::Archive::new(export.stdout.take().unwrap());
    let mut contents = Contents::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        // The engine puts these into every container.
        if ["etc/hostname", "etc/hosts", "etc/resolv.conf", ".dockerenv", "dev/console"]
            .contains(&path.as_str())
        {
            continue;
        }
        let header = entry.header().clone();
        let link = entry.link_name().unwrap().map(|link| link.display().to_string());
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let told = format!(
            "{:?} {:o} {}:{} {:?} {} {:02x?}",
            header.entry_type(),
            header.mode().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
            link,
            bytes.len(),
            &Sha256::digest(&bytes)[..8],
        );
        contents.insert(path, told);
    }
    assert!(export.wait().unwrap().success());
    engine.docker(&["rm", &container]);
    contents
}

/// Paths that are not the same in both, with what they are.
pub fn differences(before: &Contents, after: &Contents) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    differ.map(|path| format!("{path}: {:?} / {:?}", before.get(path), after.get(path))).collect()
}
