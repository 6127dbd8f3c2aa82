//! What two builds of one image differ in is the same image; what one change differs in is not.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use test_support::share;

use super::changes::{Change, changes};
use super::image::Image;
use crate::image::noise::Noise;
use crate::image::{Contents, Sha256};
use crate::proof::testing::Archives;
use crate::proof::{Bench, Built, ProofError, Proven, Prover, Side, Timing};

/// Hands out images instead of building; a rewritten file's is changed.
#[derive(Default)]
struct Images {
    change: Mutex<Option<Change>>,
    builds: Mutex<usize>,
    kept: Archives,
}

#[async_trait]
impl Bench for Images {
    async fn build(&self, text: &str, side: Side, _: bool) -> Result<Built, ProofError> {
        let mut builds = self.builds.lock().unwrap();
        *builds += 1;
        let mut image = Image::new(match side {
            Side::Before => 1,
            Side::After => 2,
            Side::Again => 3 + *builds % 4,
        });
        if let Some(change) = self.change.lock().unwrap().as_ref().filter(|_| side == Side::After) {
            (change.apply)(&mut image);
        }
        let (name, archive) = (builds.to_string(), image.archive());
        let contents = Contents::read(archive.as_slice())?;
        self.kept.keep(&name, archive);
        let (text, timing) = (text.to_owned(), Timing::default());
        Ok(Built { text, image: name, contents, wrote: Vec::new(), timing })
    }

    async fn files(
        &self,
        built: &Built,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ProofError> {
        self.kept.files(built, wanted)
    }

    async fn release(&self, built: &Built) -> Result<(), ProofError> {
        self.kept.release(built);
        Ok(())
    }
}

#[tokio::test]
async fn what_differs_by_itself_is_the_same_image() {
    for noise in [Noise::Known, Noise::Strict] {
        let bench = Images::default();
        let mut prover = Prover::start(&bench, "FROM a", noise, false).await.unwrap();
        let proof = prover.prove("FROM b").await.unwrap();
        prover.close().await.unwrap();
        assert!(bench.kept.is_empty());
        if noise == Noise::Known {
            assert_eq!(proof.verdict, Proven::SameButUnstable, "{:#?}", proof.differences);
            assert!(proof.unstable.len() >= 6 && proof.random_names.len() == 3, "{proof:#?}");
        } else {
            assert_eq!(proof.verdict, Proven::Different);
            assert!(proof.unstable.is_empty() && proof.noise.is_empty());
            assert!(proof.random_names.is_empty() && proof.itself.is_empty());
            assert_eq!(*bench.builds.lock().unwrap(), 2);
        }
    }
}

#[tokio::test]
async fn no_pair_that_differs_is_called_the_same() {
    let bench = Images::default();
    let mut prover = Prover::start(&bench, "FROM a", Noise::Known, false).await.unwrap();
    let changes = changes();
    assert!(changes.len() >= 500, "{} pairs", changes.len());
    let mut pairs = 0;
    let mut fooled = Vec::new();
    for change in share(changes, 5, 0) {
        let name = change.name.clone();
        *bench.change.lock().unwrap() = Some(change);
        let proof = prover.prove("FROM b").await.unwrap();
        pairs += 1;
        if proof.verdict != Proven::Different {
            fooled.push(name);
        }
    }
    prover.close().await.unwrap();
    assert!(fooled.is_empty(), "{} of {pairs}: {fooled:#?}", fooled.len());
}
