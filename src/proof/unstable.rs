//! What a Dockerfile does not make the same way twice: random names, keys, times in files.
//!
//! Found by building the first file a second time, without the cache. A path excuses only the ways
//! in which it differed from itself: a file whose content is random may not change its owner.

use std::collections::{BTreeMap, BTreeSet};

use crate::image::{Aspect, Comparison, Difference, TreePath};

/// What differed between two builds of one file.
#[derive(Debug, Default)]
pub(super) struct Unstable {
    /// The ways in which each path differed.
    paths: BTreeMap<TreePath, BTreeSet<&'static str>>,
    /// Folders in which names came and names went: what is made there has random names.
    renaming: BTreeSet<TreePath>,
}

impl Unstable {
    pub fn of(comparison: &Comparison) -> Self {
        let mut paths: BTreeMap<TreePath, BTreeSet<&'static str>> = BTreeMap::new();
        let (mut came, mut went) = (BTreeSet::new(), BTreeSet::new());
        for difference in &comparison.differences {
            let words = difference.aspects.iter().map(Aspect::word).collect();
            paths.insert(difference.path.clone(), words);
            for aspect in &difference.aspects {
                match aspect {
                    Aspect::OnlyBefore { .. } => went.extend(difference.path.parent()),
                    Aspect::OnlyAfter { .. } => came.extend(difference.path.parent()),
                    _ => {}
                }
            }
        }
        let renaming = came.intersection(&went).cloned().collect();
        Self { paths, renaming }
    }

    /// Whether a difference is one that the file has with itself.
    pub fn excuses(&self, difference: &Difference) -> bool {
        let known = self.paths.get(&difference.path);
        difference.aspects.iter().all(|aspect| {
            let is_name = matches!(aspect, Aspect::OnlyBefore { .. } | Aspect::OnlyAfter { .. });
            known.is_some_and(|words| words.contains(aspect.word()))
                || (is_name && self.is_below_renaming(&difference.path))
        })
    }

    fn is_below_renaming(&self, path: &TreePath) -> bool {
        let mut folder = path.parent();
        while let Some(at) = folder {
            if self.renaming.contains(&at) {
                return true;
            }
            folder = at.parent();
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::noise::Noise;
    use crate::image::testing::{ImageMaker, LayerMaker};
    use crate::image::{Contents, compare};

    fn image(layer: LayerMaker) -> Contents {
        ImageMaker::new().layer("RUN x", layer).contents()
    }

    #[test]
    fn only_what_differed_from_itself_and_only_so_is_excused() {
        let base = |key: &str, name: &str| {
            LayerMaker::new().file("key", key).folder("tmp/").file(&format!("tmp/{name}"), "x")
        };
        let first = image(base("1", "aaa"));
        let again = image(base("2", "bbb"));
        let unstable = Unstable::of(&compare(&first, &again, Noise::Known));
        let judged = |layer: LayerMaker| -> Vec<(String, bool)> {
            let differences = compare(&first, &image(layer), Noise::Known).differences;
            let judge = |d: &Difference| (d.path.to_string(), unstable.excuses(d));
            differences.iter().map(judge).collect()
        };
        let found = |path: &str, excused| (path.to_owned(), excused);
        assert_eq!(
            judged(base("3", "ccc")),
            [found("/key", true), found("/tmp/aaa", true), found("/tmp/ccc", true)]
        );
        let chmod = LayerMaker::new()
            .owned("key", 0o600, 0, 0, "3")
            .folder("tmp/")
            .file("tmp/aaa", "y")
            .file("new", "");
        assert_eq!(
            judged(chmod),
            [found("/key", false), found("/new", false), found("/tmp/aaa", false)]
        );
    }
}
