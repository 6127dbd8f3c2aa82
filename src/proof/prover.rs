//! Proves texts against one first text, which is built once, and again where builds of it have to
//! be told from what was rewritten.

use std::collections::BTreeMap;

use super::build::{Bench, Built, Side};
use super::judge::{Files, Judge, Judged};
use super::random_names::Renamed;
use super::tolerance::{Name, may_be_of_another_time};
use super::{Blame, Proof, ProofError, Proven, RandomName, Timing};
use crate::image::noise::Noise;
use crate::image::{Aspect, Contents, Difference, compare};
use hash::sha256;

/// How many times the first text is built again at most for one proof: what two builds agree in by
/// chance (the last digit of a time) a third one tells, or a fourth. It ends before where the builds
/// that there are rule chance out.
const MOST_AGAIN: usize = 5;

/// Proves texts against one first text.
pub struct Prover<'a> {
    bench: &'a dyn Bench,
    noise: Noise,
    no_cache: bool,
    before: Built,
    /// Further builds of the first text, and their images with the first one's random names.
    again: Vec<Built>,
    renamed: Vec<Renamed>,
    files: Files,
    builds: usize,
}

impl<'a> Prover<'a> {
    /// Builds the first text. With `no_cache` all builds run every step, and their times can be
    /// compared. Images are kept until [`close`](Self::close).
    pub async fn start(
        bench: &'a dyn Bench,
        text: &str,
        noise: Noise,
        no_cache: bool,
    ) -> Result<Self, ProofError> {
        let before = bench.build(text, Side::Before, no_cache).await?;
        let (again, renamed, files) = (Vec::new(), Vec::new(), Files::new());
        Ok(Self { bench, noise, no_cache, before, again, renamed, files, builds: 1 })
    }

    /// The first text's build.
    pub fn before(&self) -> &Built {
        &self.before
    }

    /// How many builds there were.
    pub fn builds(&self) -> usize {
        self.builds
    }

    /// How long the first text took.
    pub fn timing(&self) -> &Timing {
        &self.before.timing
    }

    /// Lets the engine have its images back. To be called whatever came of the proofs.
    pub async fn close(self) -> Result<(), ProofError> {
        let mut closed = Ok(());
        for built in [&self.before].into_iter().chain(&self.again) {
            closed = closed.and(self.bench.release(built).await);
        }
        closed
    }

    /// Builds a text and compares. Where the images differ, the first text is built again, to know
    /// what differs from itself; and the second one without the cache, where a step that came from
    /// there may have run on another day than the first text's builds.
    pub async fn prove(&mut self, text: &str) -> Result<Proof, ProofError> {
        self.builds += 1;
        let after = self.bench.build(text, Side::After, self.no_cache).await?;
        let proof = self.compare(&after).await;
        let proof = self.released(&after, proof).await?;
        if !self.is_of_another_time(&proof, &after) {
            return Ok(proof);
        }
        self.builds += 1;
        let fresh = self.bench.build(text, Side::After, true).await?;
        let fresh_proof = self.compare_between(&fresh).await;
        let fresh_proof = self.released(&fresh, fresh_proof).await?;
        Ok(Proof { after: proof.after, ..fresh_proof })
    }

    /// Lets the engine have an image back, whatever came of its proof.
    async fn released(
        &self,
        built: &Built,
        proof: Result<Proof, ProofError>,
    ) -> Result<Proof, ProofError> {
        let released = self.bench.release(built).await;
        let proof = proof?;
        released?;
        Ok(proof)
    }

    /// Whether a difference may come from steps that ran at another time than the builds of the
    /// first text.
    fn is_of_another_time(&self, proof: &Proof, after: &Built) -> bool {
        let is_as = |aspect: &Aspect| match aspect {
            Aspect::Content { before_sha256, after_sha256, .. } => {
                let content = |sha256| self.files.get(sha256);
                content(before_sha256)
                    .zip(content(after_sha256))
                    .is_some_and(|(before, after)| may_be_of_another_time(before, after))
            }
            _ => false,
        };
        after.timing.steps.iter().any(|step| step.cached)
            && proof.differences.iter().any(|blame| blame.difference.aspects.iter().any(is_as))
    }

    /// Compares where the day may have changed since the first text was built: it is built once more,
    /// so that its builds lie around this one.
    async fn compare_between(&mut self, after: &Built) -> Result<Proof, ProofError> {
        self.build_again().await?;
        self.compare(after).await
    }

    async fn compare(&mut self, after: &Built) -> Result<Proof, ProofError> {
        let mut built = 0;
        let (judged, itself) = loop {
            let (judged, itself) = self.judge(after).await?;
            let is_open = !judged.differences.is_empty() && self.noise == Noise::Known;
            let is_told = !judged.is_doubtful || !judged.comparison.config.is_empty();
            let is_enough = !self.again.is_empty() && (built >= MOST_AGAIN || is_told);
            if !is_open || is_enough {
                break (judged, itself);
            }
            self.build_again().await?;
            built += 1;
        };
        let blame = |difference: Difference| {
            let step =
                |built: &Built, layer: Option<usize>| built.wrote.get(layer?).cloned().flatten();
            Blame {
                wrote_before: step(&self.before, difference.before),
                wrote_after: step(after, difference.after),
                difference,
            }
        };
        let Judged { comparison, differences, unstable, renamed, .. } = judged;
        let is_same = differences.is_empty() && comparison.config.is_empty();
        let verdict = match (is_same, unstable.is_empty() && renamed.is_empty()) {
            (false, _) => Proven::Different,
            (true, true) => Proven::Same,
            (true, false) => Proven::SameButUnstable,
        };
        let random_names = renamed.into_iter().map(|(before, after)| RandomName { before, after });
        Ok(Proof {
            verdict,
            paths: comparison.paths,
            differences: differences.into_iter().map(blame).collect(),
            config: comparison.config,
            noise: comparison.noise,
            unstable: unstable.into_iter().map(blame).collect(),
            random_names: random_names.collect(),
            itself: itself.into_iter().map(|difference| difference.path).collect(),
            before: self.before.timing.clone(),
            after: after.timing.clone(),
        })
    }

    /// Judges an image by what is known of the first text's builds; and the paths that hold the
    /// texts themselves.
    async fn judge(&mut self, after: &Built) -> Result<(Judged, Vec<Difference>), ProofError> {
        let judge = Judge { first: &self.before.contents, again: &self.renamed, noise: self.noise };
        let renamed = judge.renamed(&after.contents);
        let other = renamed.as_ref().map_or(&after.contents, |renamed| &renamed.contents);
        let mut comparison = compare(&self.before.contents, other, self.noise);
        let (itself, differences): (Vec<_>, Vec<_>) = comparison
            .differences
            .into_iter()
            .partition(|difference| self.is_the_dockerfile(difference, after));
        comparison.differences = differences;
        if self.noise == Noise::Strict {
            let differences = std::mem::take(&mut comparison.differences);
            return Ok((Judged { comparison, differences, ..Judged::default() }, itself));
        }
        let mut wanted = judge.wanted(other, &comparison);
        for built in [after, &self.before].into_iter().chain(&self.again) {
            wanted.retain(|sha256, _| !self.files.contains_key(sha256));
            if !wanted.is_empty() {
                self.files.extend(self.bench.files(built, &wanted).await?);
            }
        }
        let mut judged = judge.judge(other, comparison, &self.files);
        let names: BTreeMap<_, _> = renamed.map(|renamed| renamed.names).unwrap_or_default();
        judged.renamed = names
            .into_iter()
            .filter_map(|(before, name)| {
                let after = before.parent()?.join(&name);
                Some((before, after))
            })
            .collect();
        Ok((judged, itself))
    }

    async fn build_again(&mut self) -> Result<(), ProofError> {
        self.builds += 1;
        let again = self.bench.build(&self.before.text, Side::Again, true).await?;
        let found = Renamed::of(&self.before.contents, &again.contents, |path, name| {
            Name::of(vec![path.name(), name]).is_some()
        });
        let unchanged = BTreeMap::new();
        self.renamed.push(found.unwrap_or_else(|| Renamed {
            contents: again.contents.with_names(&unchanged),
            names: BTreeMap::new(),
        }));
        // The nodes are kept with their new names only.
        self.again.push(Built { contents: Contents::default(), ..again });
        Ok(())
    }

    /// Whether a path holds the first text in one image and the second in the other: the context has
    /// the Dockerfile, and a step copied it.
    fn is_the_dockerfile(&self, difference: &Difference, after: &Built) -> bool {
        let content = difference.aspects.iter().find_map(|aspect| match aspect {
            Aspect::Content { before_sha256, after_sha256, .. } => {
                Some((before_sha256.to_string(), after_sha256.to_string()))
            }
            _ => None,
        });
        self.noise == Noise::Known
            && difference.aspects.len() == 1
            && content == Some((sha256(&self.before.text), sha256(&after.text)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeBench;
    use super::*;

    async fn prove(noise: Noise, before: &str, after: &str) -> (Proof, Vec<(Side, bool)>) {
        let bench = FakeBench::default();
        let mut prover = Prover::start(&bench, before, noise, false).await.unwrap();
        let proof = prover.prove(after).await.unwrap();
        assert_eq!(prover.builds(), bench.asked.lock().unwrap().len());
        prover.close().await.unwrap();
        assert!(bench.kept.is_empty());
        let asked = bench.asked.lock().unwrap().clone();
        (proof, asked)
    }

    const DAY: &str = "FROM scratch\nRUN day shadow\n";

    #[tokio::test]
    async fn a_step_that_was_cached_on_another_day_runs_again() {
        let (proof, asked) = prove(Noise::Known, DAY, &format!("{DAY}\n")).await;
        assert_eq!(proof.verdict, Proven::Same, "{proof:#?}");
        // The times are those of the build that was asked for.
        assert!(proof.after.steps[0].cached);
        let fresh = [(Side::Again, true), (Side::After, true), (Side::Again, true)];
        assert_eq!(asked, [&[(Side::Before, false), (Side::After, false)], &fresh[..]].concat());
        let (proof, asked) = prove(Noise::Strict, DAY, &format!("{DAY}\n")).await;
        assert_eq!((proof.verdict, asked.len()), (Proven::Different, 2));
    }

    #[tokio::test]
    async fn what_else_differs_still_does() {
        for (one, other) in [("1", "2"), ("a", "b")] {
            let text = |content| format!("{DAY}RUN write x {content}\n");
            let (proof, asked) = prove(Noise::Known, &text(one), &text(other)).await;
            assert_eq!((proof.verdict, asked.len()), (Proven::Different, 5));
            let paths = proof.differences.iter().map(|blame| blame.difference.path.to_string());
            assert_eq!(paths.collect::<Vec<_>>(), ["/x"], "{proof:#?}");
        }
        // Nothing came from the cache.
        let text = |content| format!("FROM scratch\nRUN write x {content}\n");
        let (proof, asked) = prove(Noise::Known, &text("1"), &text("2")).await;
        assert_eq!((proof.verdict, asked.len()), (Proven::Different, 3));
    }
}
