//! A build for the sake of the files that it makes: no tag moves, nothing is recorded, and its image is
//! gone when it is over.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::error::BuildError;
use super::execute::{Wanted, execute};
use super::options::{BuildOptions, Observer};
use super::run::tell_failure;
use crate::render::Plan;
use engine::Engine;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Produced {
    /// The files that were asked for, in that order; `None` for one that the image does not have.
    pub files: Vec<Option<Vec<u8>>>,
    /// The images that its stages started from: name to id or, where it was pulled, digest.
    pub images: BTreeMap<String, String>,
}

/// Builds `plan` and reads the files at `paths` in its image.
pub async fn produce(
    engine: &dyn Engine,
    plan: &Plan,
    options: &BuildOptions,
    paths: &[&str],
    cancel: &CancellationToken,
    observer: &mut Observer<'_>,
) -> Result<Produced, BuildError> {
    let mut executed = execute(engine, plan, options, Wanted::Image, cancel, observer).await;
    let ended = std::mem::replace(&mut executed.ended, Ok(()));
    if let Err(error) = ended {
        // An export that could not be stopped may have named it all the same.
        let _ = engine.untag(&executed.name).await;
        let record = executed.record(engine, plan, options, Err(&error));
        tell_failure(plan, &executed.tracker, &record, &error, observer);
        return Err(error);
    }
    let label = format!("mad.produce={}", executed.build_ref);
    let read = tokio::select! {
        read = engine.contents_of_image(&executed.name, paths, &label) => read.map_err(Into::into),
        () = cancel.cancelled() => {
            let _ = engine.remove_containers(&label).await;
            Err(BuildError::Interrupted)
        }
    };
    // A name too many does no harm.
    let _ = engine.untag(&executed.name).await;
    Ok(Produced { files: read?, images: executed.images })
}
