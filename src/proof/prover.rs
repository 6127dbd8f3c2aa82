//! Proves texts against one first text, which is built once.

use super::build::{Bench, Built, Side};
use super::unstable::Unstable;
use super::{Blame, Proof, ProofError, Proven, Timing};
use crate::image::noise::Noise;
use crate::image::{Aspect, Difference, compare};
use hash::sha256;

/// Proves texts against one first text.
pub struct Prover<'a> {
    bench: &'a dyn Bench,
    noise: Noise,
    no_cache: bool,
    before: Built,
    unstable: Option<Unstable>,
    builds: usize,
}

impl<'a> Prover<'a> {
    /// Builds the first text. With `no_cache` all builds run every step, and their times can be
    /// compared.
    pub async fn start(
        bench: &'a dyn Bench,
        text: &str,
        noise: Noise,
        no_cache: bool,
    ) -> Result<Self, ProofError> {
        let before = bench.build(text, Side::Before, no_cache).await?;
        Ok(Self { bench, noise, no_cache, before, unstable: None, builds: 1 })
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

    /// Builds a text and compares. Where the images differ, the first text is built a second time,
    /// once, to know what differs from itself.
    pub async fn prove(&mut self, text: &str) -> Result<Proof, ProofError> {
        self.builds += 1;
        let after = self.bench.build(text, Side::After, self.no_cache).await?;
        let comparison = compare(&self.before.contents, &after.contents, self.noise);
        let (itself, mut differences): (Vec<_>, Vec<_>) = comparison
            .differences
            .into_iter()
            .partition(|difference| self.is_the_dockerfile(difference, &after));
        let mut excused = Vec::new();
        if !differences.is_empty() {
            let unstable = self.unstable().await?;
            (excused, differences) =
                differences.into_iter().partition(|difference| unstable.excuses(difference));
        }
        let blame = |difference: Difference| {
            let step =
                |built: &Built, layer: Option<usize>| built.wrote.get(layer?).cloned().flatten();
            Blame {
                wrote_before: step(&self.before, difference.before),
                wrote_after: step(&after, difference.after),
                difference,
            }
        };
        let verdict = match (differences.is_empty() && comparison.config.is_empty(), &*excused) {
            (false, _) => Proven::Different,
            (true, []) => Proven::Same,
            (true, _) => Proven::SameButUnstable,
        };
        Ok(Proof {
            verdict,
            paths: comparison.paths,
            differences: differences.into_iter().map(blame).collect(),
            config: comparison.config,
            noise: comparison.noise,
            unstable: excused.into_iter().map(blame).collect(),
            itself: itself.into_iter().map(|difference| difference.path).collect(),
            before: self.before.timing.clone(),
            after: after.timing,
        })
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
        difference.aspects.len() == 1
            && content == Some((sha256(&self.before.text), sha256(&after.text)))
    }

    async fn unstable(&mut self) -> Result<&Unstable, ProofError> {
        if self.unstable.is_none() {
            self.builds += 1;
            let again = self.bench.build(&self.before.text, Side::Again, true).await?;
            let comparison = compare(&self.before.contents, &again.contents, self.noise);
            self.unstable = Some(Unstable::of(&comparison));
        }
        Ok(self.unstable.get_or_insert_default())
    }
}
