//! The comparison: both trees side by side, then what the noise table says of the differences.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{aspects, reads_the_same};
use super::{Aspect, Comparison, Difference, NoiseFound};
use crate::image::noise::{ContentCheck, Noise, RULES};
use crate::image::{Contents, Node, TreePath};

/// Compares two images: paths, types, modes, owners, contents, links, devices, attributes, names of
/// one file, and the configuration. Times are not compared, nor in how many layers it all came. Of
/// the noise table only the readings are used: what else it knows takes more builds to tell.
pub fn compare(before: &Contents, after: &Contents, noise: Noise) -> Comparison {
    let (links_before, links_after) = (before.hard_links(), after.hard_links());
    let paths: BTreeSet<&TreePath> =
        before.nodes().chain(after.nodes()).map(|(path, _)| path).collect();
    let mut found = Found { before, after, noise, differences: Vec::new(), noisy: BTreeMap::new() };
    for path in &paths {
        let aspects = match (before.get(path), after.get(path)) {
            (Some(one), None) => BTreeSet::from([Aspect::OnlyBefore { kind: one.kind.word() }]),
            (None, Some(other)) => BTreeSet::from([Aspect::OnlyAfter { kind: other.kind.word() }]),
            (Some(one), Some(other)) => {
                let mut aspects = aspects(one, other);
                let one = others(path, links_before.get(&one.inode));
                let other = others(path, links_after.get(&other.inode));
                if one != other {
                    aspects.insert(Aspect::HardLinks { before: one, after: other });
                }
                aspects
            }
            (None, None) => BTreeSet::new(),
        };
        found.take(path, aspects);
    }
    Comparison {
        paths: paths.len(),
        config: before.config.differences(&after.config),
        noise: found.noise(),
        differences: found.differences,
    }
}

/// The other names of a file.
fn others(path: &TreePath, names: Option<&Vec<&TreePath>>) -> Vec<TreePath> {
    let names = names.into_iter().flatten();
    names.filter(|name| **name != path).map(|name| (*name).clone()).collect()
}

struct Found<'a> {
    before: &'a Contents,
    after: &'a Contents,
    noise: Noise,
    differences: Vec<Difference>,
    noisy: BTreeMap<&'static str, Vec<TreePath>>,
}

impl Found<'_> {
    /// Sorts the aspects of a path into noise and difference.
    fn take(&mut self, path: &TreePath, mut aspects: BTreeSet<Aspect>) {
        if aspects.is_empty() {
            return;
        }
        let (before, after) = (self.before.get(path), self.after.get(path));
        let rule = self.noise.rule(&path.text());
        if let (Some(rule), Some(one), Some(other)) = (rule, before, after)
            && matches!(rule.how, ContentCheck::As(_))
            && reads_the_same(one, other)
        {
            let count = aspects.len();
            aspects.retain(|aspect| !matches!(aspect, Aspect::Content { .. }));
            if aspects.len() < count {
                self.noisy.entry(rule.name).or_default().push(path.clone());
            }
        }
        if !aspects.is_empty() {
            let layer = |node: Option<&Node>| node.map(|node| node.layer);
            let (before, after) = (layer(before), layer(after));
            self.differences.push(Difference { path: path.clone(), aspects, before, after });
        }
    }

    /// What was noise, in the order of the table.
    fn noise(&mut self) -> Vec<NoiseFound> {
        RULES
            .iter()
            .filter_map(|rule| {
                let paths = self.noisy.remove(rule.name)?;
                Some(NoiseFound { rule: rule.name, reason: rule.reason, paths })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
