//! Nothing lies about unread: every Rust file is a module of something, every folder of test inputs is
//! named by a test, a script or a bench. And files keep their shape: a `mod.rs` only declares and
//! re-exports, and a file that is long says why.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

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
    let texts = texts_of_readers();
    let mut unread = Vec::new();
    let inputs = root().join("tests/inputs");
    for folder in entries(&inputs) {
        let inner = entries(&folder).into_iter().filter(|path| path.is_dir());
        for folder in std::iter::once(folder.clone()).chain(inner) {
            // One name of its path is enough: tests put paths together.
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let parent = folder.parent().unwrap();
            // A folder of cases is read whole; that of all inputs by nobody.
            let is_case = |text: &String| {
                let parent = parent.file_name().unwrap().to_str().unwrap();
                let is_inner = folder.parent() != Some(&*inputs);
                is_inner
                    && (text.contains(&format!("/{parent}\""))
                        || text.contains(&format!("\"{parent}\"")))
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

/// A file is read by its name, or as one of a folder of cases by its extension; or another file of the
/// inputs names it, as a Dockerfile does what it copies.
#[test]
fn every_file_of_inputs_is_read() {
    let texts = texts_of_readers();
    let mut unread = Vec::new();
    for top in entries(&root().join("tests/inputs")) {
        let mut files = Vec::new();
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            let (inner, own): (Vec<_>, Vec<_>) =
                entries(&folder).into_iter().partition(|path| path.is_dir());
            folders.extend(inner);
            files.extend(own);
        }
        let inputs: Vec<(&PathBuf, String)> =
            files.iter().filter_map(|path| Some((path, fs::read_to_string(path).ok()?))).collect();
        for file in &files {
            let below: Vec<&str> = file
                .strip_prefix(top.parent().unwrap())
                .unwrap()
                .iter()
                .map(|part| part.to_str().unwrap())
                .collect();
            let (name, folders) = below.split_last().unwrap();
            if *name == "README.md" || name.starts_with('.') {
                continue;
            }
            let is_in = |folder: &str, text: &str| {
                text.match_indices(folder).any(|(at, _)| {
                    let ends =
                        [text[..at].chars().next_back(), text[at + folder.len()..].chars().next()];
                    ends.iter().all(|end| matches!(end, Some('/' | '"')))
                })
            };
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            let forms =
                [format!(".{extension}\""), format!("\"{extension}\""), format!("*.{extension}")];
            let is_read = texts.iter().any(|text| {
                (folders.is_empty() || folders.iter().any(|folder| is_in(folder, text)))
                    && (text.contains(name)
                        || text.contains(&format!("\"{stem}\""))
                        || !extension.is_empty() && forms.iter().any(|form| text.contains(form)))
            });
            // A folder that is copied is copied whole.
            let copied = folders.iter().skip(1).filter(|folder| **folder != "context");
            let is_named = inputs.iter().filter(|(path, _)| *path != file).any(|(_, text)| {
                text.contains(name)
                    || copied.clone().any(|folder| text.contains(&format!("{folder}/")))
            });
            if !is_read && !is_named {
                unread.push(file.clone());
            }
        }
    }
    assert!(unread.is_empty(), "nothing reads {unread:#?}");
}

#[test]
fn mod_files_declare_and_re_export_only() {
    let mut others = Vec::new();
    for source in rust_files().into_iter().filter(|path| path.ends_with("mod.rs")) {
        let tokens: TokenStream = fs::read_to_string(&source).unwrap().parse().unwrap();
        let items = items(tokens);
        let other = |item: &&String| !item.starts_with("mod ") && !item.starts_with("use ");
        others
            .extend(items.iter().filter(other).map(|item| format!("{}: {item}", source.display())));
    }
    assert!(others.is_empty(), "a file beside them is the place of {others:#?}");
}

#[test]
fn items_are_seen_in_all_spellings() {
    let seen = |text: &str| items(text.parse().unwrap()).join(" | ");
    assert_eq!(seen("//! Head.\nmod a; pub mod b; #[cfg(test)] mod c;"), "mod a | mod b | mod c");
    assert_eq!(seen("pub(in crate::x) use a::{b, c}; use d;"), "use a | use d");
    assert_eq!(seen("fn f() { mod_x(); } use a;"), "fn f | use a");
    assert_eq!(seen("pub const A: u8 = 1; mod b { fn c() {} }"), "const A | inline mod b");
}

/// What a file has at its top level, by the first two words of each item.
fn items(tokens: TokenStream) -> Vec<String> {
    let mut items = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut end = |words: &mut Vec<String>, is_block: bool| {
        let is_inline = is_block && words.first().is_some_and(|word| word == "mod");
        let prefix = if is_inline { "inline " } else { "" };
        if !words.is_empty() {
            items.push(format!("{prefix}{}", words.join(" ")));
        }
        words.clear();
    };
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "pub" && words.is_empty() => {}
            TokenTree::Ident(word) if words.len() < 2 => words.push(word.to_string()),
            TokenTree::Punct(mark) if mark.as_char() == ';' => end(&mut words, false),
            TokenTree::Group(block)
                if block.delimiter() == Delimiter::Brace
                    && words.first().is_some_and(|word| word != "use") =>
            {
                end(&mut words, true);
            }
            _ => {}
        }
    }
    items
}

/// Lines that a file may have without giving a reason.
const MOST_LINES: usize = 450;

#[test]
fn long_files_say_why() {
    let mut long = Vec::new();
    for source in rust_files() {
        let text = fs::read_to_string(&source).unwrap();
        let head = text.lines().take_while(|line| line.starts_with("//!"));
        let says_why = head.into_iter().any(|line| line.starts_with("//! Long because "));
        let lines = text.lines().count();
        if lines > MOST_LINES && !says_why {
            long.push(format!("{}: {lines} lines", source.display()));
        }
    }
    assert!(long.is_empty(), "split by ideas, or `//! Long because …`: {long:#?}");
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

/// All that may read inputs: Rust files and scripts.
fn texts_of_readers() -> Vec<String> {
    let mut readers = rust_files();
    for folder in ["benches", "scripts"] {
        readers.extend(entries(&root().join(folder)));
    }
    readers.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
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
