//! The gates: what tries a candidate before its tag moves.
//!
//! The trial itself needs more of the engine than a build does, so whoever builds brings it along.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::error::BuildError;
use crate::timing::record::Trial;
use engine::Image;

/// Tries a candidate.
#[async_trait(?Send)]
pub trait Gates {
    /// Whether an image is tried; `moves` says whether a tag would move to it.
    fn are_wanted(&self, moves: bool) -> bool;

    /// Tries it.
    async fn try_image(
        &self,
        image: &Image,
        cancel: &CancellationToken,
    ) -> Result<Trial, BuildError>;
}

/// No gate at all.
#[derive(Debug, Clone, Copy)]
pub struct NoGates;

#[async_trait(?Send)]
impl Gates for NoGates {
    fn are_wanted(&self, _: bool) -> bool {
        false
    }

    async fn try_image(&self, _: &Image, _: &CancellationToken) -> Result<Trial, BuildError> {
        Ok(Trial::default())
    }
}
