//! Nothing lies about unread: every Rust file is a module of something, every folder of test inputs is
//! named by a test, a script or a bench.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_rust_file_is_declared() {
    let mut stray = Vec::new();
    for source in rust_files() {
        let name = source.file_stem().unwrap().to_str().unwrap();
        let folder = source.parent().unwrap();
        if matches!(name, "lib" | "main" | "build") || folder.ends_with("examples") {
            continue;
        }
        // `a/b.rs` is declared in `a/mod.rs`, `a.rs`, `lib.rs` or `main.rs`; `a/mod.rs` one folder up.
        let (module, parent) = match name {
            "mod" => (folder.file_name().unwrap().to_str().unwrap(), folder.parent().unwrap()),
            name => (name, folder),
        };
        let beside = parent.with_extension("rs");
        let parents = ["mod.rs", "lib.rs", "main.rs"].map(|file| parent.join(file));
        let is_declared = parents.iter().chain([&beside]).any(|file| {
            fs::read_to_string(file).is_ok_and(|text| {
                text.lines().any(|line| line.trim().ends_with(&format!("mod {module};")))
            })
        });
        if !is_declared {
            stray.push(source);
        }
    }
    assert!(stray.is_empty(), "no `mod` names {stray:#?}");
}

#[test]
fn every_folder_of_inputs_is_read() {
    let mut readers: Vec<PathBuf> = rust_files();
    for folder in ["benches", "scripts"] {
        readers.extend(entries(&root().join(folder)));
    }
    let texts: Vec<String> =
        readers.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let mut unread = Vec::new();
    for folder in entries(&root().join("tests/inputs")) {
        let inner = entries(&folder).into_iter().filter(|path| path.is_dir());
        for folder in std::iter::once(folder.clone()).chain(inner) {
            // One name of its path is enough: tests put paths together.
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let parent = folder.parent().unwrap();
            let is_case = |text: &String| {
                let parent = parent.file_name().unwrap().to_str().unwrap();
                text.contains(&format!("/{parent}\"")) || text.contains(&format!("\"{parent}\""))
            };
            let is_named = |text: &String| {
                text.contains(&format!("{name}/"))
                    || text.contains(&format!("{name}\""))
                    || text.contains(&format!("/{name}"))
            };
            if !texts.iter().any(|text| is_named(text) || is_case(text)) {
                unread.push(folder);
            }
        }
    }
    assert!(unread.is_empty(), "nothing reads {unread:#?}");
}

/// All Rust files of the workspace but those of `fuzz`, each a program that its Cargo.toml names.
fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> =
        ["src", "crates", "tests/it", "tests/tools", "tests/engine", "examples"]
            .map(|path| root().join(path))
            .into();
    open.extend([root().join("runtime")].into_iter().filter(|path| path.exists()));
    while let Some(folder) = open.pop() {
        for entry in entries(&folder) {
            if entry.is_dir() {
                open.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
