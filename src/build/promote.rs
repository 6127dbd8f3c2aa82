//! From candidate to tag.

use tokio_util::sync::CancellationToken;

use crate::engine::{Builder, Image, SolveError};

/// Moves the tags to the candidate, then takes the candidate's own name away. Returns the image
/// and the names that it has now.
pub(super) async fn promote(
    engine: &dyn Builder,
    candidate: &str,
    tags: &[String],
    cancel: &CancellationToken,
) -> Result<(Image, Vec<String>), SolveError> {
    let promoted = async {
        let image = engine.image(candidate).await?.ok_or_else(|| SolveError::Failed {
            message: format!("the engine built `{candidate}` and does not have it"),
        })?;
        if cancel.is_cancelled() {
            return Err(SolveError::Canceled);
        }
        for tag in tags {
            engine.tag(&image.id, tag).await?;
        }
        Ok(image)
    };
    let promoted = promoted.await;
    // Without a tag the candidate's name is all that holds the image, so it stays.
    if tags.is_empty() && promoted.is_ok() {
        return promoted.map(|image| (image, vec![candidate.to_owned()]));
    }
    // What counts is decided; a name too many does no harm.
    let _ = engine.untag(candidate).await;
    promoted.map(|image| (image, tags.to_vec()))
}
