//! Lint, locate and apply on any bytes: the first half is the patch, the second the file.
//!
//! `cargo +nightly fuzz run patch -- -max_total_time=600`

#![no_main]

use libfuzzer_sys::fuzz_target;
use patch_engine::{FileState, Tree, apply, lint, normalise, reverse};

fuzz_target!(|data: &[u8]| {
    let middle = data.iter().position(|&byte| byte == 0xff).unwrap_or(data.len() / 2);
    let (patch, file) = data.split_at(middle);
    let file = file.strip_prefix(&[0xff]).unwrap_or(file);
    let Ok(patch) = lint(patch) else { return };
    // Whatever is read can be written, and is read back as the same.
    let again = lint(normalise(&patch).as_bytes()).expect("a normalised patch is a good one");
    assert_eq!(normalise(&again), normalise(&patch));
    let path = patch.files[0].operation.path().to_owned();
    let tree = Tree::from([(path, FileState::regular(file.to_vec()))]);
    let outcome = apply(&patch, &tree);
    // What applies can be taken back.
    if let Some(after) = outcome.tree.filter(|after| *after != tree) {
        let back = apply(&reverse(&patch), &after);
        if let Some(back) = back.tree {
            assert_eq!(back, tree, "taken back to something else");
        }
    }
});
