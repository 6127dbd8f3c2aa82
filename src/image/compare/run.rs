//! The comparison: both trees side by side, then what the noise table says of the differences.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{aspects, reads_the_same};
use super::{Aspect, Comparison, Difference, NoiseFound};
use crate::image::noise::{HARD_LINKS, How, Noise, RULES, Rule};
use crate::image::{Contents, Kind, Node, TreePath};

/// Compares two images: paths, types, modes, owners, contents, links, devices, attributes, names of
/// one file, and the configuration. Times are not compared, nor in how many layers it all came.
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
        let mut noisy: BTreeSet<&'static str> = BTreeSet::new();
        if let Some(rule) = self.noise.rule(&path.text()) {
            let count = aspects.len();
            match rule.how {
                How::Skip => aspects.clear(),
                _ if self.content_is_noise(rule, path, before, after) => {
                    aspects.retain(|aspect| !matches!(aspect, Aspect::Content { .. }));
                }
                _ => {}
            }
            if aspects.len() < count {
                noisy.insert(rule.name);
            }
        }
        if self.noise == Noise::Known {
            let count = aspects.len();
            aspects.retain(|aspect| !matches!(aspect, Aspect::HardLinks { .. }));
            if aspects.len() < count {
                noisy.insert(HARD_LINKS.name);
            }
        }
        for rule in noisy {
            self.noisy.entry(rule).or_default().push(path.clone());
        }
        if !aspects.is_empty() {
            let layer = |node: Option<&Node>| node.map(|node| node.layer);
            let (before, after) = (layer(before), layer(after));
            self.differences.push(Difference { path: path.clone(), aspects, before, after });
        }
    }

    fn content_is_noise(
        &self,
        rule: &Rule,
        path: &TreePath,
        before: Option<&Node>,
        after: Option<&Node>,
    ) -> bool {
        let (Some(before), Some(after)) = (before, after) else { return false };
        match rule.how {
            How::AnyContent => true,
            How::As(_) => reads_the_same(before, after),
            How::Compiled => reads_the_same(before, after) || self.source_is_the_same(path),
            How::Skip | How::AnyLinks => false,
        }
    }

    /// Whether the source of Python bytecode is there, in both images, and the same: beside
    /// `__pycache__/name.cpython-313.pyc` stands `../name.py` (PEP 3147).
    fn source_is_the_same(&self, path: &TreePath) -> bool {
        let source = || -> Option<TreePath> {
            let cache = path.parent().filter(|folder| folder.name() == b"__pycache__")?;
            let stem = path.name().split(|&byte| byte == b'.').next()?;
            Some(cache.parent()?.join(&[stem, b".py"].concat()))
        };
        let content = |contents: &Contents, source: &TreePath| match &contents.get(source)?.kind {
            Kind::File { sha256, .. } => Some(*sha256),
            _ => None,
        };
        source().is_some_and(|source| {
            let before = content(self.before, &source);
            before.is_some() && before == content(self.after, &source)
        })
    }

    /// What was noise, in the order of the table.
    fn noise(&mut self) -> Vec<NoiseFound> {
        let rules = RULES.iter().chain([&HARD_LINKS]);
        rules
            .filter_map(|rule| {
                let paths = self.noisy.remove(rule.name)?;
                Some(NoiseFound { rule: rule.name, reason: rule.reason, paths })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
