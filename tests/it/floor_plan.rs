//! The floor plan in `src/lib.rs` against the code: every module calls exactly what its paragraph says
//! after "Calls", and no arrows run in a circle. The crates below are kept apart by the compiler.
//!
//! Code is read as tokens, so that comments and strings count for nothing; what is compiled for tests
//! only (`#[cfg(test)]`, `tests.rs`, `testing.rs`) may call anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Crates of the workspace that modules may call.
const CRATES: [&str; 6] = ["dockerfile", "engine", "hash", "npm", "nvidia", "patch_engine"];

/// The module that calls everything; its paragraph says so.
const TOP: &str = "cli";

#[test]
fn modules_call_what_the_floor_plan_says() {
    let (planned, real) = (planned(), real());
    let names = |arrows: &Arrows| arrows.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&planned), names(&real), "modules in the plan, and in src/");
    let mut wrong = Vec::new();
    for (module, called) in real.iter().filter(|(module, _)| *module != TOP) {
        for new in called.difference(&planned[module]) {
            wrong.push(format!("{module} calls {new}: not in the floor plan"));
        }
        for gone in planned[module].difference(called) {
            wrong.push(format!("{module} does not call {gone}: the floor plan says so"));
        }
    }
    assert!(wrong.is_empty(), "src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn no_arrows_run_in_a_circle() {
    let mut left = real();
    while let Some(leaf) =
        left.iter().find(|(_, called)| called.iter().all(|to| !left.contains_key(to)))
    {
        let leaf = leaf.0.clone();
        left.remove(&leaf);
    }
    assert!(left.is_empty(), "a circle among {left:?}");
}

#[test]
fn arrows_are_seen_in_all_spellings() {
    let seen = |text: &str| {
        let mut called = BTreeSet::new();
        collect(text.parse().unwrap(), 2, &mut called);
        called.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(seen("use crate::timing::judge::Verdict;"), "timing");
    assert_eq!(seen("use crate::{report, timing::{graph, judge}};"), "report timing");
    assert_eq!(seen("fn f() { let x = vec![crate::ui::count(1, \"a\")]; }"), "ui");
    assert_eq!(seen("use super::super::image::Tree; use super::near;"), "image");
    assert_eq!(seen("pub use engine::Image; use hash::sha256;"), "engine hash");
    assert_eq!(seen("#[cfg(test)] use crate::a::B; #[cfg(test)] mod t { use crate::c::D; }"), "");
    assert_eq!(seen("/// [`x`](crate::report)\nfn f() { \"crate::ui\"; } // crate::ui"), "");
    assert_eq!(seen("fn f(engine: u8) { engine.max(my::engine::X) }"), "");
}

/// What each paragraph of the floor plan names behind "Calls".
fn planned() -> Arrows {
    let text = fs::read_to_string(root().join("lib.rs")).unwrap();
    let plan = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let plan = plan.collect::<Vec<_>>().join(" ");
    let (_, modules) = plan.split_once("Modules:").expect("the floor plan has a list of modules");
    let mut arrows = Arrows::new();
    for paragraph in modules.split("- [`").skip(1) {
        let (module, text) = paragraph.split_once('`').unwrap();
        let calls = text.split_once("Calls ").map_or("", |(_, calls)| calls);
        let named = calls.split('`').skip(1).step_by(2);
        let named = named.filter(|name| CRATES.contains(name) || root().join(name).is_dir());
        arrows.insert(module.to_owned(), named.map(str::to_owned).collect());
    }
    arrows
}

/// What each module of `src/` calls.
fn real() -> Arrows {
    let mut arrows = Arrows::new();
    for entry in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        let module = entry.file_stem().unwrap().to_str().unwrap().to_owned();
        if entry.join("mod.rs").is_file() {
            let called = arrows.entry(module.clone()).or_default();
            read(&entry, 1, called);
            called.remove(&module);
        }
    }
    arrows
}

/// Reads a module's folder, whose `mod.rs` lies `depth` below the crate's root.
fn read(folder: &Path, depth: usize, called: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if matches!(stem, "tests" | "testing") {
            continue;
        }
        if path.is_dir() {
            read(&path, depth + 1, called);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let tokens = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            collect(tokens, if stem == "mod" { depth } else { depth + 1 }, called);
        }
    }
}

/// The modules and crates that paths in these tokens begin with; `depth` is how many `super` lead to
/// the crate's root.
fn collect(tokens: TokenStream, depth: usize, called: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut follows_path = false;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at += 2;
            // The item behind it, up to its braces or its semicolon.
            while at < tokens.len() && !ends_item(&tokens[at]) {
                at += 1;
            }
            at += 1;
            continue;
        }
        let path = follows_path;
        follows_path = is_colons(&tokens[at..]) || (path && is_colon(&tokens[at]));
        match &tokens[at] {
            TokenTree::Group(group) => collect(group.stream(), depth, called),
            TokenTree::Ident(ident) if !path => {
                let (supers, behind) = supers(&tokens[at..]);
                if *ident == "crate" && is_colons(&tokens[at + 1..]) {
                    heads(tokens.get(at + 3), called);
                } else if supers >= depth {
                    heads(tokens.get(at + behind), called);
                } else if CRATES.iter().any(|name| ident == name) && is_colons(&tokens[at + 1..]) {
                    called.insert(ident.to_string());
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// `super::super::` in front: how many, and how many tokens they are.
fn supers(tokens: &[TokenTree]) -> (usize, usize) {
    let mut count = 0;
    while matches!(tokens.get(count * 3), Some(TokenTree::Ident(ident)) if ident == "super")
        && is_colons(&tokens[count * 3 + 1..])
    {
        count += 1;
    }
    (count, count * 3)
}

/// The names that a path goes on with: one, or each of a `{…}`.
fn heads(token: Option<&TokenTree>, called: &mut BTreeSet<String>) {
    match token {
        Some(TokenTree::Ident(ident)) => {
            called.insert(ident.to_string());
        }
        Some(TokenTree::Group(group)) => {
            let mut is_head = true;
            for token in group.stream() {
                if is_head {
                    heads(Some(&token), called);
                }
                is_head = matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',');
            }
        }
        _ => {}
    }
}

fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(group), ..] = tokens else { return false };
    hash.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(semicolon) => semicolon.as_char() == ';',
        _ => false,
    }
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(colon) if colon.as_char() == ':')
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [one, two, ..] if is_colon(one) && is_colon(two))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
