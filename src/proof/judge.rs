//! What of the differences between two images may pass: what differs between builds of the first
//! file as well, at that path and in that way.

use std::collections::{BTreeMap, BTreeSet};

use super::apart::fits;
use super::backup::{Backup, is_of_another_moment, original};
use super::random_names::{self, Renamed};
use crate::image::noise::{How, Noise};
use crate::image::{
    Aspect, Comparison, Contents, Difference, Kind, NoiseFound, Sha256, TreePath, compare,
};

/// The contents of files, by hash.
pub(super) type Files = BTreeMap<Sha256, Vec<u8>>;

/// What was judged of two images.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub comparison: Comparison,
    /// What counts.
    pub differences: Vec<Difference>,
    /// What may pass, as two builds of the first file differ there too.
    pub unstable: Vec<Difference>,
    /// Paths of the first image, and what their random names are in the second.
    pub renamed: BTreeMap<TreePath, TreePath>,
    /// Whether all that counts is where builds of the first file differ, though not so: another
    /// build may tell more.
    pub is_doubtful: bool,
}

/// The first file's builds, and the image that is compared with them.
pub(super) struct Judge<'a> {
    pub first: &'a Contents,
    /// Further builds of the first file, with the first one's random names.
    pub again: &'a [Renamed],
    pub noise: Noise,
}

impl Judge<'_> {
    /// The other image with the first one's random names, where it has some that are like those of
    /// all builds of the first file.
    pub fn renamed(&self, other: &Contents) -> Option<Renamed> {
        if self.again.is_empty() {
            return None;
        }
        Renamed::of(self.first, other, |path, name| {
            let builds = self.again.iter().map(|again| (&again.names, &again.contents));
            random_names::samples(path, builds).is_some_and(|samples| samples.has(name))
        })
    }

    /// The contents that it takes to judge.
    pub fn wanted(&self, other: &Contents, comparison: &Comparison) -> BTreeMap<Sha256, u64> {
        let images = || self.builds().chain([other]);
        let mut wanted = BTreeMap::new();
        for difference in &comparison.differences {
            let is_content = |aspect: &Aspect| matches!(aspect, Aspect::Content { .. });
            if !difference.aspects.iter().any(is_content) {
                continue;
            }
            let path = &difference.path;
            let rule = self.noise.rule(&path.text()).map(|rule| rule.how);
            // Whether it passes, the hashes tell.
            if rule == Some(How::AnyContent) {
                continue;
            }
            let original = original(path).filter(|_| matches!(rule, Some(How::Backup(_))));
            let paths = [Some(path.clone()), original];
            for path in paths.iter().flatten() {
                wanted.extend(images().filter_map(|image| content(image, path)));
            }
        }
        wanted
    }

    fn builds(&self) -> impl Iterator<Item = &Contents> {
        [self.first].into_iter().chain(self.again.iter().map(|again| &again.contents))
    }

    /// Judges a comparison of the first build with `other`, whose random names are the first's.
    pub fn judge(&self, other: &Contents, mut comparison: Comparison, files: &Files) -> Judged {
        let found = std::mem::take(&mut comparison.differences);
        let again: Vec<BTreeMap<TreePath, BTreeSet<Aspect>>> =
            self.again.iter().map(|again| ways(&again.contents, other, self.noise)).collect();
        let unlike: Vec<BTreeMap<TreePath, BTreeSet<Aspect>>> =
            self.again.iter().map(|again| ways(self.first, &again.contents, self.noise)).collect();
        let mut judged = Judged { comparison, is_doubtful: true, ..Judged::default() };
        for mut difference in found {
            let path = difference.path.clone();
            let (mut by_rule, mut seen) = (None, BTreeSet::new());
            let left: BTreeSet<Aspect> = difference
                .aspects
                .iter()
                .filter(|aspect| {
                    if let Some(rule) = self.by_rule(&path, aspect, other, files) {
                        by_rule = Some(rule);
                        return false;
                    }
                    if again.iter().any(|ways| !differs(ways.get(&path), aspect))
                        || self.fits(&path, aspect, other, files)
                    {
                        seen.insert((*aspect).clone());
                        return false;
                    }
                    true
                })
                .cloned()
                .collect();
            if let Some(rule) = by_rule {
                judged.note(rule, path.clone());
            }
            if !left.is_empty() {
                judged.is_doubtful &= unlike.iter().any(|ways| {
                    // At the path, or beside it: a random name that did not fit.
                    ways.contains_key(&path)
                        || ways.keys().any(|other| other.parent() == path.parent())
                }) || self
                    .again
                    .iter()
                    .any(|again| again.names.keys().any(|name| name.parent() == path.parent()));
                difference.aspects = left;
                judged.differences.push(difference);
            } else if !seen.is_empty() {
                difference.aspects = seen;
                judged.unstable.push(difference);
            }
        }
        judged
    }

    /// Whether a content or a link's target is as in the builds of the first file, apart from what
    /// differs among them.
    fn fits(&self, path: &TreePath, aspect: &Aspect, other: &Contents, files: &Files) -> bool {
        let value = |image: &Contents| -> Option<Vec<u8>> {
            match (aspect, &image.get(path)?.kind) {
                (Aspect::Content { .. }, Kind::File { sha256, .. }) => files.get(sha256).cloned(),
                (Aspect::Target { .. }, Kind::Symlink { target }) => Some(target.clone()),
                _ => None,
            }
        };
        let samples: Option<Vec<Vec<u8>>> = self.builds().map(value).collect();
        let Some((samples, candidate)) = samples.zip(value(other)) else { return false };
        let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
        fits(&samples, &candidate)
    }

    /// The rule that lets a content pass.
    fn by_rule(
        &self,
        path: &TreePath,
        aspect: &Aspect,
        other: &Contents,
        files: &Files,
    ) -> Option<(&'static str, &'static str)> {
        let rule = self.noise.rule(&path.text())?;
        if !matches!(aspect, Aspect::Content { .. }) {
            return None;
        }
        let passes = match rule.how {
            How::As(_) => false,
            How::AnyContent => {
                let first = content(self.first, path)?;
                self.again.iter().any(|again| {
                    content(&again.contents, path).is_some_and(|again| again.0 != first.0)
                })
            }
            How::Backup(parts) => {
                let original = original(path)?;
                let bytes = |image: &Contents, path: &TreePath| match content(image, path) {
                    Some((sha256, _)) => files.get(&sha256).map(Vec::as_slice),
                    None => Some(&[][..]),
                };
                let backup = |image: &Contents| {
                    let (backup, original) = (bytes(image, path)?, bytes(image, &original)?);
                    Some((backup.to_vec(), original.to_vec()))
                };
                let (one, another) = (backup(self.first)?, backup(other)?);
                is_of_another_moment(
                    &Backup { backup: &one.0, original: &one.1 },
                    &Backup { backup: &another.0, original: &another.1 },
                    parts,
                )
            }
        };
        passes.then_some((rule.name, rule.reason))
    }
}

impl Judged {
    fn note(&mut self, (rule, reason): (&'static str, &'static str), path: TreePath) {
        let noise = &mut self.comparison.noise;
        match noise.iter_mut().find(|noise| noise.rule == rule) {
            Some(noise) => noise.paths.push(path),
            None => noise.push(NoiseFound { rule, reason, paths: vec![path] }),
        }
    }
}

/// In which ways two images differ, by path.
fn ways(one: &Contents, other: &Contents, noise: Noise) -> BTreeMap<TreePath, BTreeSet<Aspect>> {
    let differences = compare(one, other, noise).differences;
    differences.into_iter().map(|difference| (difference.path, difference.aspects)).collect()
}

/// Whether ways that a path differs in are of the kind of an aspect, or too far apart to tell.
fn differs(ways: Option<&BTreeSet<Aspect>>, aspect: &Aspect) -> bool {
    ways.into_iter().flatten().any(|way| match (way, aspect) {
        (Aspect::OnlyBefore { .. } | Aspect::OnlyAfter { .. } | Aspect::Type { .. }, _) => true,
        (Aspect::Attribute { name: one, .. }, Aspect::Attribute { name: other, .. }) => {
            one == other
        }
        // What comes or goes as a whole has to be the same as a whole.
        (_, Aspect::OnlyBefore { .. } | Aspect::OnlyAfter { .. } | Aspect::Type { .. }) => true,
        (way, aspect) => way.word() == aspect.word(),
    })
}

fn content(image: &Contents, path: &TreePath) -> Option<(Sha256, u64)> {
    match &image.get(path)?.kind {
        Kind::File { sha256, size, .. } => Some((*sha256, *size)),
        _ => None,
    }
}
