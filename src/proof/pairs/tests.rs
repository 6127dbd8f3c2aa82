//! What two builds of one image differ in is the same image; what one change differs in is not.

use std::sync::Mutex;

use test_support::share;

use super::changes::{Change, changes};
use super::image::Image;
use crate::image::noise::Noise;
use crate::proof::testing::{Archives, Made, MakesImages};
use crate::proof::{ProofError, Proven, Prover, Side};

/// Hands out images instead of building; a rewritten file's is changed.
#[derive(Default)]
struct Images {
    change: Mutex<Option<Change>>,
    kept: Archives,
}

impl MakesImages for Images {
    fn make(&self, _: &str, side: Side, _: bool) -> Result<Made, ProofError> {
        let mut image = Image::new(match side {
            Side::Before => 1,
            Side::After => 2,
            Side::Again => 3 + self.kept.made() % 4,
        });
        if let Some(change) = self.change.lock().unwrap().as_ref().filter(|_| side == Side::After) {
            (change.apply)(&mut image);
        }
        Ok(Made::of(image.archive()))
    }

    fn archives(&self) -> &Archives {
        &self.kept
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
            assert_eq!(bench.kept.made(), 2);
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
