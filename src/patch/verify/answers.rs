//! What probes said, by the files that they saw; and what is still to be asked.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::probe::ProbedPackage;
use super::super::upstream::layout_hash;
use super::super::{ProbeResult, probe::ProbeRun};

/// A package as a probe sees it.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub files: BTreeMap<String, Bytes>,
    /// Of those.
    pub hash: String,
}

impl Layout {
    pub fn new(files: BTreeMap<String, Bytes>) -> Self {
        Self { hash: layout_hash(&files), files }
    }
}

/// What one probe said of one layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProbeAnswer {
    pub result: ProbeResult,
    pub why: Option<String>,
}

/// Answers and questions of one group.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// By layout and patch.
    known: BTreeMap<(String, String), ProbeAnswer>,
    /// In the order in which they were asked.
    asked: Vec<(Layout, Vec<String>)>,
    /// Layouts that are kept for being asked again.
    layouts: BTreeMap<String, Layout>,
}

impl Answers {
    /// What the probe of a patch said of this layout; where it is not known yet, it is asked.
    pub fn ask(&mut self, layout: &Layout, patch: &str) -> Option<ProbeAnswer> {
        if let Some(said) = self.known.get(&(layout.hash.clone(), patch.to_owned())) {
            return Some(said.clone());
        }
        match self.asked.iter_mut().find(|(other, _)| other.hash == layout.hash) {
            Some((_, patches)) if patches.iter().any(|other| other == patch) => {}
            Some((_, patches)) => patches.push(patch.to_owned()),
            None => self.asked.push((layout.clone(), vec![patch.to_owned()])),
        }
        None
    }

    /// The questions, as packages to probe; `prefix` tells groups apart.
    pub fn take_questions(&mut self, prefix: &str) -> Vec<ProbedPackage> {
        let asked = std::mem::take(&mut self.asked);
        let subject = |(layout, patches): (Layout, Vec<String>)| {
            let name = format!("{prefix}:{}", layout.hash);
            self.layouts.insert(layout.hash.clone(), layout.clone());
            ProbedPackage { name, files: layout.files, patches }
        };
        asked.into_iter().map(subject).collect()
    }

    /// A question that was answered already, once more.
    pub fn once_more(&self, prefix: &str, hash: &str, patch: &str) -> Option<ProbedPackage> {
        let layout = self.layouts.get(hash)?;
        let name = format!("{prefix}:{hash}");
        Some(ProbedPackage { name, files: layout.files.clone(), patches: vec![patch.to_owned()] })
    }

    /// Takes an answer in.
    pub fn take(&mut self, hash: &str, run: &ProbeRun) {
        let said = ProbeAnswer { result: run.result, why: run.why.clone() };
        self.known.insert((hash.to_owned(), run.patch.clone()), said);
    }

    /// What was said, as it is known.
    pub fn known(&self, hash: &str, patch: &str) -> Option<&ProbeAnswer> {
        self.known.get(&(hash.to_owned(), patch.to_owned()))
    }
}
