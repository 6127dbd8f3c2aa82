//! What of the differences between two images may pass: what differs between builds of the first
//! file as well, at that path and in that way.

use std::collections::{BTreeMap, BTreeSet};

use super::backup::{Backup, is_of_another_moment, original};
use super::random_names::{self, Renamed};
use super::tolerance::{SampleMatch, fits};
use crate::image::noise::{ContentCheck, Noise};
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
    /// Whether all that counts is where builds of the first file differ, and may agree by chance in
    /// what they agree in: another build tells more.
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
            random_names::samples(path, builds)
                .is_some_and(|samples| samples.fits(name) == SampleMatch::Yes)
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
            if rule == Some(ContentCheck::AnyContent) {
                continue;
            }
            let original = original(path).filter(|_| matches!(rule, Some(ContentCheck::Backup(_))));
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
        let mut judged = Judged { comparison, is_doubtful: true, ..Judged::default() };
        let doubtful = self.doubtful_names(&found);
        for mut difference in found {
            let path = difference.path.clone();
            let (mut by_rule, mut seen, mut worst) = (None, BTreeSet::new(), SampleMatch::Yes);
            let left: BTreeSet<Aspect> = difference
                .aspects
                .iter()
                .filter(|aspect| {
                    if let Some(rule) = self.by_rule(&path, aspect, other, files) {
                        by_rule = Some(rule);
                        return false;
                    }
                    let is_as_again = again.iter().any(|ways| !differs(ways.get(&path), aspect));
                    let fit = match is_as_again {
                        true => SampleMatch::Yes,
                        false => self.fits(&path, aspect, other, files),
                    };
                    worst = worst.min(fit);
                    if fit == SampleMatch::Yes {
                        seen.insert((*aspect).clone());
                    }
                    fit != SampleMatch::Yes
                })
                .cloned()
                .collect();
            if let Some(rule) = by_rule {
                judged.note(rule, path.clone());
            }
            if !left.is_empty() {
                judged.is_doubtful &= worst == SampleMatch::Perhaps || is_below(&path, &doubtful);
                difference.aspects = left;
                judged.differences.push(difference);
            } else if !seen.is_empty() {
                difference.aspects = seen;
                judged.unstable.push(difference);
            }
        }
        judged
    }

    /// Random names, the first build's and the other image's, of which another build may tell that
    /// they stand for each other.
    fn doubtful_names(&self, found: &[Difference]) -> BTreeSet<TreePath> {
        let is = |difference: &Difference, word: fn(&Aspect) -> bool| {
            difference.aspects.iter().any(word)
        };
        let came = found.iter().filter(|one| is(one, |a| matches!(a, Aspect::OnlyAfter { .. })));
        let came: Vec<&TreePath> = came.map(|difference| &difference.path).collect();
        let gone = found.iter().filter(|one| is(one, |a| matches!(a, Aspect::OnlyBefore { .. })));
        let mut doubtful = BTreeSet::new();
        for old in gone.map(|difference| &difference.path) {
            let builds = self.again.iter().map(|again| (&again.names, &again.contents));
            let Some(samples) = random_names::samples(old, builds) else { continue };
            let is_like = |new: &&&TreePath| {
                new.parent() == old.parent() && samples.fits(new.name()) == SampleMatch::Perhaps
            };
            for new in came.iter().filter(is_like) {
                doubtful.extend([old.clone(), (*new).clone()]);
            }
        }
        doubtful
    }

    /// Whether a content or a link's target is as in the builds of the first file, apart from what
    /// differs among them.
    fn fits(
        &self,
        path: &TreePath,
        aspect: &Aspect,
        other: &Contents,
        files: &Files,
    ) -> SampleMatch {
        let value = |image: &Contents| -> Option<Vec<u8>> {
            match (aspect, &image.get(path)?.kind) {
                (Aspect::Content { .. }, Kind::File { sha256, .. }) => files.get(sha256).cloned(),
                (Aspect::Target { .. }, Kind::Symlink { target }) => Some(target.clone()),
                _ => None,
            }
        };
        let samples: Option<Vec<Vec<u8>>> = self.builds().map(value).collect();
        let Some((samples, candidate)) = samples.zip(value(other)) else { return SampleMatch::No };
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
            ContentCheck::As(_) => false,
            ContentCheck::AnyContent => {
                let first = content(self.first, path)?;
                self.again.iter().any(|again| {
                    content(&again.contents, path).is_some_and(|again| again.0 != first.0)
                })
            }
            ContentCheck::Backup(parts) => {
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

/// Whether a path is one of some, or below one.
fn is_below(path: &TreePath, folders: &BTreeSet<TreePath>) -> bool {
    std::iter::successors(Some(path.clone()), TreePath::parent).any(|path| folders.contains(&path))
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
