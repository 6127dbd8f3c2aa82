//! Every folder of `tests/inputs/patches/engine` is a case: patch, tree, and what is said of them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::*;

pub(super) fn inputs(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/inputs/patches/engine").join(kind)
}

/// The folders of a kind, sorted.
pub(super) fn folders(kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(inputs(kind)).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// A patch and the tree beside it.
pub(super) fn case(folder: &Path) -> (Vec<u8>, Tree) {
    (std::fs::read(folder.join("change.patch")).unwrap(), read_tree(&folder.join("tree")))
}

pub(super) fn read_tree(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mode = Mode::from_bits(path.metadata().unwrap().permissions().mode());
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            tree.insert(name, FileState { bytes: std::fs::read(&path).unwrap().into(), mode });
        }
    }
    tree
}

/// A tree as a snapshot shows it.
fn shown(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let lines = |state: &FileState| {
        let text = String::from_utf8_lossy(&state.bytes).into_owned();
        let lines = text.split_inclusive('\n').map(str::to_owned);
        std::iter::once(state.mode.as_str().to_owned()).chain(lines).collect()
    };
    tree.iter().map(|(path, state)| (path.clone(), lines(state))).collect()
}

#[test]
fn every_patch_and_tree_has_its_verdict() {
    #[derive(Serialize)]
    struct Said {
        outcome: Outcome,
        after: Option<BTreeMap<String, Vec<String>>>,
    }
    insta::glob!("../../../../tests/inputs/patches/engine/apply", "*/change.patch", |path| {
        let (patch, tree) = case(path.parent().unwrap());
        let outcome = apply_text(&patch, &tree).parse_checked(&tree, |_| PackageType::Module);
        let after = outcome.tree.as_ref().filter(|after| **after != tree).map(shown);
        insta::assert_json_snapshot!("apply", Said { outcome, after });
    });
}

#[test]
fn every_faulty_patch_has_its_faults() {
    insta::glob!("../../../../tests/inputs/patches/engine/lint", "*.patch", |path| {
        let faults = lint(&std::fs::read(path).unwrap()).unwrap_err();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!("lint", said.join("\n"));
    });
}

#[test]
fn every_patch_of_others_is_mended_or_refused() {
    insta::glob!("../../../../tests/inputs/patches/engine/import", "*/change.patch", |path| {
        let folder = path.parent().unwrap();
        let (patch, tree) = case(folder);
        let imported = import(&patch, &tree);
        let refused = folder.file_name().unwrap().to_str().unwrap().starts_with("refused-");
        assert_eq!(imported.is_err(), refused, "{}: {imported:?}", folder.display());
        let said = match imported {
            Ok(import) => {
                assert_eq!(import.outcome.verdict, Verdict::Exact);
                let repairs = import.repairs.iter().map(|repair| format!("{repair:?}\n"));
                format!("{}\n{}", repairs.collect::<String>(), import.text)
            }
            Err(refusal) => {
                format!("{refusal}\n{}", serde_json::to_string_pretty(&refusal).unwrap())
            }
        };
        insta::assert_snapshot!("import", said);
    });
}

#[test]
fn the_series_in_this_repository_is_sound_and_reads_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patches/claude-flow");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        let patch = lint(&std::fs::read(&path).unwrap()).unwrap();
        let again = lint(normalise(&patch).as_bytes()).unwrap();
        assert_eq!(normalise(&again), normalise(&patch), "{}", path.display());
        assert!(!patch.prose.is_empty());
        seen += 1;
    }
    assert!(seen >= 7);
}
