//! The trial of one group: each patch with its own before and after.
//!
//! *After* is the package as it would be built. *Before* is the same without this one patch; where
//! the patches behind it need its lines, it is the package with the patches ahead of it, and the
//! patch must then have its effect right where it stands, too. A patch whose probe passes without it,
//! on the pristine package and without the patch, is left out, and the rest is tried anew without it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use patch_engine::Verdict;

use super::super::derive::{Check, Derivation};
use super::super::{
    Base, Derived, DerivedPatch, PatchRecord, ProbeResult, SeriesError, SeriesFiles,
};
use super::answers::{Answers, Layout, ProbeAnswer};
use super::group::{Group, ProbePair};
use super::record::proven_entry;

/// The files on which a patch was seen to have its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProvenFiles {
    /// Hash of those without it.
    pub before: String,
    /// Hash of those with it.
    pub after: String,
}

/// What came of one patch.
enum Effect {
    /// Its probe fails without it and passes with it.
    Holds(ProbePair, ProvenFiles),
    /// Its probe passes without it: it is to be left out, if it was seen to fail anywhere.
    Needless(ProbePair),
    /// Neither.
    Bad(Verdict, ProbePair),
    /// Its probe could not judge, and nothing is on record; the verdict stays that of the text.
    Unjudged(ProbePair),
}

/// The series on one group, in part and as a whole; what was derived once is kept.
struct Bench<'a> {
    files: &'a SeriesFiles,
    group: &'a Group,
    deriving: Derivation<'a>,
    parts: BTreeMap<BTreeSet<String>, Rc<Vec<Derived>>>,
}

impl Group {
    /// Takes up what `matrix.lock` has on record of the same files, the same texts and the same
    /// programs: which patches are left out. For a verification that runs no probes.
    pub(super) fn recall(&mut self, files: &SeriesFiles) -> Result<(), SeriesError> {
        let left: BTreeMap<String, Verdict> = files
            .series
            .patches
            .iter()
            .filter_map(|patch| {
                let entry = proven_entry(files, self, &patch.id)?;
                let verdict = match entry.verdict.as_str() {
                    "superseded" => Verdict::Superseded,
                    "not-needed" => Verdict::NotNeeded,
                    _ => return None,
                };
                Some((patch.id.clone(), verdict))
            })
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        let bases = self.bases.clone();
        let base = |id: &str| bases.get(id).cloned();
        let targets = Bench::new(files, self, &base).without(&left)?;
        self.targets = targets;
        Ok(())
    }

    /// Decides on every patch as far as the answers go; what they lack is asked. Says whether
    /// nothing is.
    pub(super) fn settle(&mut self, files: &SeriesFiles) -> Result<bool, SeriesError> {
        let mut answers = std::mem::take(&mut self.answers);
        let bases = self.bases.clone();
        let base = |id: &str| bases.get(id).cloned();
        let settled = Bench::new(files, self, &base).settle(&mut answers);
        self.answers = answers;
        let settled = settled?;
        let done = settled.done;
        (self.targets, self.probes, self.held) = (settled.targets, settled.probes, settled.held);
        Ok(done)
    }
}

struct Settled {
    targets: Vec<Derived>,
    probes: BTreeMap<String, ProbePair>,
    held: BTreeMap<String, ProvenFiles>,
    done: bool,
}

impl<'a> Bench<'a> {
    fn new(
        files: &'a SeriesFiles,
        group: &'a Group,
        base: &'a dyn Fn(&str) -> Option<Base>,
    ) -> Self {
        let deriving = Derivation::new(files, &group.upstream, base);
        Self { files, group, deriving, parts: BTreeMap::new() }
    }

    fn settle(&mut self, answers: &mut Answers) -> Result<Settled, SeriesError> {
        let mut left: BTreeMap<String, Verdict> = BTreeMap::new();
        loop {
            let mut targets = self.without(&left)?;
            let series = self.layout(&targets);
            let (mut probes, mut held) = (BTreeMap::new(), BTreeMap::new());
            let (mut more, mut done) = (Vec::new(), true);
            for id in self.ids() {
                let Some(patch) = find(&targets, &id).cloned() else { continue };
                let effect = match left.contains_key(&id) || !patch.is_applied() {
                    true if !is_not_applied_by_right(&patch) => continue,
                    true => self.of_no_change(&patch, &series, answers),
                    false => self.of_change(&patch, &targets, &left, answers)?,
                };
                let Some(effect) = effect else {
                    done = false;
                    continue;
                };
                let entry = find_mut(&mut targets, &id);
                match effect {
                    Effect::Holds(pair, on) => {
                        held.insert(id.clone(), on);
                        probes.insert(id, pair);
                    }
                    Effect::Needless(pair) => {
                        if patch.is_applied() {
                            more.push(id.clone());
                        } else if let Some(entry) = entry {
                            entry.verdict = Verdict::Superseded;
                        }
                        probes.insert(id, pair);
                    }
                    Effect::Bad(verdict, pair) => {
                        if let Some(entry) = entry {
                            entry.verdict = verdict;
                        }
                        probes.insert(id, pair);
                    }
                    Effect::Unjudged(pair) => {
                        probes.insert(id, pair);
                    }
                }
            }
            if !done || more.is_empty() {
                for target in targets.iter_mut().filter(|target| !target.is_good()) {
                    target.patched = None;
                }
                return Ok(Settled { targets, probes, held, done });
            }
            left.extend(more.into_iter().map(|id| (id, Verdict::Superseded)));
        }
    }

    fn ids(&self) -> Vec<String> {
        self.files.series.patches.iter().map(|patch| patch.id.clone()).collect()
    }

    /// The series without the patches that are left out; those stand in it with their verdicts.
    fn without(&mut self, left: &BTreeMap<String, Verdict>) -> Result<Vec<Derived>, SeriesError> {
        let mut targets = self.deriving.with(&|id| !left.contains_key(id), Check::EveryPatch)?;
        for (index, patch) in self.files.series.patches.iter().enumerate() {
            let Some(verdict) = left.get(&patch.id) else { continue };
            let Some(target) = targets.iter_mut().find(|target| target.path == patch.target) else {
                continue;
            };
            let order = |id: &str| self.files.series.patches.iter().position(|p| p.id == id);
            let at = target.patches.iter().position(|other| order(&other.id) > Some(index));
            let variant = patch.variant(&self.group.upstream.version)?;
            let entry = DerivedPatch {
                id: patch.id.clone(),
                file: variant.map(|variant| variant.file.clone()),
                verdict: *verdict,
                outcome: None,
                merge: None,
                after: None,
                optional: patch.optional,
                texts: None,
            };
            target.patches.insert(at.unwrap_or(target.patches.len()), entry);
        }
        Ok(targets)
    }

    /// The series without some patches, for the files alone.
    fn part(&mut self, without: BTreeSet<String>) -> Result<Rc<Vec<Derived>>, SeriesError> {
        if let Some(known) = self.parts.get(&without) {
            return Ok(known.clone());
        }
        let derived = Rc::new(self.deriving.with(&|id| !without.contains(id), Check::Result)?);
        self.parts.insert(without, derived.clone());
        Ok(derived)
    }

    fn layout(&self, targets: &[Derived]) -> Layout {
        let mut files = self.group.upstream.laid_out(&self.files.series);
        for target in targets {
            if let Some(bytes) = &target.bytes {
                files.insert(target.path.clone(), bytes.clone());
            }
        }
        Layout::new(files)
    }

    fn pristine(&self) -> Layout {
        Layout::new(self.group.upstream.laid_out(&self.files.series))
    }

    /// A patch that the build applies.
    fn of_change(
        &mut self,
        patch: &DerivedPatch,
        targets: &[Derived],
        left: &BTreeMap<String, Verdict>,
        answers: &mut Answers,
    ) -> Result<Option<Effect>, SeriesError> {
        use ProbeResult::{Fails, Passes, Unknown};
        let id = patch.id.as_str();
        let series = self.layout(targets);
        let mut out: BTreeSet<String> = left.keys().cloned().collect();
        out.insert(id.to_owned());
        let rest = self.part(out.clone())?;
        let stands_alone = rest.iter().all(Derived::is_good)
            && rest.iter().flat_map(|target| &target.patches).all(|other| {
                other.is_applied()
                    || !find(targets, &other.id).is_some_and(DerivedPatch::is_applied)
            });
        let (without, here) = if stands_alone {
            (self.layout(&rest), None)
        } else {
            let behind = self.ids().into_iter().skip_while(|other| other != id).skip(1);
            out.extend(behind);
            let ahead = self.part(out.clone())?;
            out.remove(id);
            let here = self.part(out)?;
            (self.layout(&ahead), Some(self.layout(&here)))
        };
        let after = answers.ask(&series, id);
        let before = answers.ask(&without, id);
        let here = here.map(|here| answers.ask(&here, id));
        let (Some(after), Some(before)) = (after, before) else { return Ok(None) };
        let here = match here {
            Some(None) => return Ok(None),
            Some(Some(here)) => Some(here),
            None => None,
        };
        let held = ProvenFiles { before: without.hash.clone(), after: series.hash.clone() };
        let judged = pair(&before, &after, Fails, Passes);
        let here = here.map(|here| here.result);
        Ok(Some(match (before.result, after.result, here) {
            (Unknown, ..) | (_, Unknown, _) | (.., Some(Unknown)) => {
                self.unjudged(patch, judged, held)
            }
            (Fails, Passes, None | Some(Passes)) => Effect::Holds(judged, held),
            // Right where it stands it does nothing: what passes is another patch's doing.
            (Fails, Passes, _) => Effect::Bad(Verdict::NoEffect, judged),
            (Passes, Fails, _) => Effect::Bad(Verdict::Breaks, judged),
            (before, ..) => {
                let Some(pristine) = answers.ask(&self.pristine(), id) else { return Ok(None) };
                match (pristine.result, before) {
                    (Unknown, _) => self.unjudged(patch, judged, held),
                    (Passes, Passes) => Effect::Needless(judged),
                    (Passes, _) => Effect::Bad(Verdict::Breaks, judged),
                    (Fails, _) => Effect::Bad(Verdict::NoEffect, judged),
                }
            }
        }))
    }

    /// A patch that changes nothing here: no text is for the version, its result is there already,
    /// or it is left out.
    fn of_no_change(
        &self,
        patch: &DerivedPatch,
        series: &Layout,
        answers: &mut Answers,
    ) -> Option<Effect> {
        use ProbeResult::{Fails, Passes};
        let pristine = answers.ask(&self.pristine(), &patch.id);
        let after = answers.ask(series, &patch.id);
        let (pristine, after) = (pristine?, after?);
        let judged = pair(&pristine, &after, Passes, Passes);
        let held = ProvenFiles { before: String::new(), after: series.hash.clone() };
        Some(match (pristine.result, after.result) {
            (ProbeResult::Unknown, _) | (_, ProbeResult::Unknown) => {
                self.unjudged(patch, judged, held)
            }
            (Passes, Passes) => Effect::Needless(judged),
            (Passes, Fails) => Effect::Bad(Verdict::Breaks, judged),
            // A hole: no text is for this version, and the fault is there.
            (Fails, _) if patch.verdict == Verdict::Superseded => {
                Effect::Bad(Verdict::Conflict, judged)
            }
            (Fails, _) => Effect::Bad(Verdict::NoEffect, judged),
        })
    }

    /// A probe that could not judge: what is on record of the same files, text and program counts.
    fn unjudged(&self, patch: &DerivedPatch, judged: ProbePair, held: ProvenFiles) -> Effect {
        let entry: Option<&PatchRecord> = proven_entry(self.files, self.group, &patch.id);
        match entry.map(|entry| entry.verdict.as_str()) {
            Some("superseded" | "not-needed") => Effect::Needless(judged),
            Some(_) if patch.is_applied() => Effect::Holds(judged, held),
            _ => Effect::Unjudged(judged),
        }
    }
}

/// Whether a patch that is not applied needs no more than its probe's word.
fn is_not_applied_by_right(patch: &DerivedPatch) -> bool {
    matches!(patch.verdict, Verdict::Superseded | Verdict::NotNeeded | Verdict::AlreadyApplied)
}

fn find<'a>(targets: &'a [Derived], id: &str) -> Option<&'a DerivedPatch> {
    targets.iter().flat_map(|target| &target.patches).find(|patch| patch.id == id)
}

fn find_mut<'a>(targets: &'a mut [Derived], id: &str) -> Option<&'a mut DerivedPatch> {
    targets.iter_mut().flat_map(|target| &mut target.patches).find(|patch| patch.id == id)
}

/// Both answers, with the words of the one that is not as it should be.
fn pair(
    before: &ProbeAnswer,
    after: &ProbeAnswer,
    expected: ProbeResult,
    then: ProbeResult,
) -> ProbePair {
    let news = |said: &ProbeAnswer, expected: ProbeResult| {
        said.why.clone().filter(|_| said.result != expected)
    };
    ProbePair {
        before: Some(before.result),
        after: Some(after.result),
        why: news(after, then).or_else(|| news(before, expected)),
    }
}
