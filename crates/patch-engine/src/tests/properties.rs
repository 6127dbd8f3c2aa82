//! What holds for all patches, on generated ones.

use proptest::collection::vec;
use proptest::prelude::*;

use super::literal::literal;
use super::random::{change, mutate, mutation, recounted, text};
use crate::*;

const PATH: &str = "src/x.txt";

pub(super) fn tree(text: &str) -> Tree {
    Tree::from([(PATH.to_owned(), FileState::regular(text.to_owned()))])
}

pub(super) fn patch(old: &str, new: &str) -> String {
    normalise(&diff(&tree(old), &tree(new)).unwrap())
}

fn text_of(tree: &Tree) -> String {
    String::from_utf8(tree[PATH].bytes.to_vec()).unwrap()
}

/// The patch with every count of its hunks changed by what `counts` says, in turn.
fn miscounted(patch: &str, counts: &[(usize, usize)]) -> String {
    let read = lint(patch.as_bytes()).unwrap();
    let mut lines: Vec<String> = patch.split_inclusive('\n').map(str::to_owned).collect();
    for (hunk, (old, new)) in read.files[0].hunks.iter().zip(counts.iter().cycle()) {
        let range = |span: LineRange, more: usize| {
            format!("{},{}", span.start, (span.count + more).saturating_sub(1))
        };
        lines[hunk.line - 1] =
            format!("@@ -{} +{} @@\n", range(hunk.old, *old), range(hunk.new, *new));
    }
    lines.concat()
}

fn config() -> ProptestConfig {
    ProptestConfig { max_global_rejects: 100_000, ..test_support::properties(1500) }
}

proptest! {
    #![proptest_config(config())]

    /// apply(diff(a, b), a) = b, read back from its text; backwards; and found to be applied.
    #[test]
    fn a_diff_makes_the_new_text_of_the_old((old, new) in change()) {
        prop_assume!(old != new);
        let text = patch(&old, &new);
        let read = lint(text.as_bytes());
        prop_assert!(read.is_ok(), "{text}\n{read:?}");
        let read = read.unwrap();
        prop_assert_eq!(&normalise(&read), &text);
        let outcome = apply(&read, &tree(&old));
        prop_assert_eq!(outcome.verdict, Verdict::Exact);
        prop_assert_eq!(outcome.tree, Some(tree(&new)));
        let back = lint(normalise(&reverse(&read)).as_bytes()).unwrap();
        let outcome = apply(&back, &tree(&new));
        prop_assert_eq!(outcome.verdict, Verdict::Exact);
        prop_assert_eq!(outcome.tree, Some(tree(&old)));
        prop_assert_eq!(apply(&read, &tree(&new)).verdict, Verdict::AlreadyApplied);
    }

    /// Between unrelated texts too.
    #[test]
    fn a_diff_of_anything((old, new) in (text(), text())) {
        prop_assume!(old != new);
        let outcome = apply_text(patch(&old, &new).as_bytes(), &tree(&old));
        prop_assert_eq!(outcome.verdict, Verdict::Exact);
        prop_assert_eq!(outcome.tree, Some(tree(&new)));
    }

    /// Files come and go.
    #[test]
    fn creation_and_deletion_are_each_other_backwards(text in text()) {
        let created = diff(&Tree::new(), &tree(&text)).unwrap();
        let created = lint(normalise(&created).as_bytes()).unwrap();
        prop_assert_eq!(apply(&created, &Tree::new()).tree, Some(tree(&text)));
        prop_assert_eq!(apply(&created, &tree(&text)).verdict, Verdict::AlreadyApplied);
        let deleted = lint(normalise(&reverse(&created)).as_bytes()).unwrap();
        prop_assert_eq!(apply(&deleted, &tree(&text)).tree, Some(Tree::new()));
    }

    /// A patch that was changed says what it says, or is refused; it never does something else.
    /// On its own file, and on one in which everything is there twice.
    #[test]
    fn a_changed_patch_never_lies(
        (old, new) in change(),
        mutations in vec(mutation(), 1..3),
        recount in prop::bool::weighted(0.8),
        twice in prop::bool::weighted(0.2),
    ) {
        prop_assume!(old != new);
        let sound = patch(&old, &new);
        let changed = mutations.iter().fold(sound, |patch, mutation| mutate(&patch, mutation));
        let changed = if recount { recounted(&changed) } else { changed };
        let old = if twice { format!("{old}{old}") } else { old };
        let outcome = apply_text(changed.as_bytes(), &tree(&old));
        match outcome.verdict {
            Verdict::Exact | Verdict::Offset { .. } => {
                let result = outcome.tree.as_ref().map(text_of);
                prop_assert_eq!(result, literal(&changed, PATH, &old), "{}", changed);
            }
            Verdict::AlreadyApplied => {
                prop_assert_eq!(outcome.tree, Some(tree(&old)));
                let back = normalise(&reverse(&lint(changed.as_bytes()).unwrap()));
                prop_assert!(literal(&back, PATH, &old).is_some(), "{}", changed);
            }
            _ => prop_assert_eq!(outcome.tree, None),
        }
    }

    /// Counts and newline may be anything: what import makes of it is the change, or nothing.
    #[test]
    fn import_mends_to_the_same_change_or_refuses(
        (old, new) in change(),
        counts in vec((0..3usize, 0..3usize), 1..4),
        open in any::<bool>(),
    ) {
        prop_assume!(old != new);
        let broken = miscounted(&patch(&old, &new), &counts);
        let broken = if open { broken.strip_suffix('\n').unwrap() } else { &broken };
        if let Ok(import) = import(broken.as_bytes(), &tree(&old)) {
            prop_assert_eq!(import.outcome.tree, Some(tree(&new)), "{}", broken);
            let again = apply_text(import.text.as_bytes(), &tree(&old));
            prop_assert_eq!(again.verdict, Verdict::Exact);
        }
    }
}
