//! Runs one build: the plan goes to the engine under a candidate name, and the tag moves last.
//!
//! ```text
//! plan ─> context.tar ─> solve ─┬─ failed, interrupted ─> the tag stays where it was
//!                               └─ candidate ─┬─ promote ─> tag moves, candidate name goes
//!                                             └─ hold ────> candidate name goes
//! ```
//!
//! Between candidate and promotion the caller may look at the record and decide; whatever comes of
//! the build, there is a record.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::candidate::{Candidate, Finished};
use super::error::BuildError;
use super::execute::{Wanted, execute, origin_of};
use super::layers::layers;
use super::options::{BuildOptions, Event, Observer};
use super::patched;
use super::surroundings::{in_time, named};
use crate::render::Plan;
use crate::timing::record::{ImageFacts, PhaseKind, Record};
use crate::timing::{BuildEnd, Outcome, Tracker};
use engine::{Builder, Image};

/// A build that came to no image.
#[derive(Debug)]
pub struct Failed {
    /// Every fact of it.
    pub record: Record,
    /// Why.
    pub error: BuildError,
}

/// Builds `plan` on `engine` and moves the tags.
pub async fn run(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    cancel: &CancellationToken,
    observer: &mut Observer<'_>,
) -> Finished {
    match solve(engine, plan, options, cancel, observer).await {
        Ok(candidate) => candidate.promote(engine, cancel, observer).await,
        Err(failed) => Finished { record: failed.record, result: Err(failed.error) },
    }
}

/// Builds `plan` on `engine` as far as a candidate. Tells the observer how it ended only where
/// there is none.
pub async fn solve(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    cancel: &CancellationToken,
    observer: &mut Observer<'_>,
) -> Result<Candidate, Box<Failed>> {
    let mut executed = execute(engine, plan, options, Wanted::Image, cancel, observer).await;
    let name = executed.name.clone();
    let ended = std::mem::replace(&mut executed.ended, Ok(()));
    let is_built = ended.is_ok();
    let found = match ended {
        Ok(()) => {
            let promote_ms = executed.notes.elapsed_ms();
            let found = look_at(engine, plan, options, &name, cancel).await;
            executed.notes.phase(PhaseKind::Promote, promote_ms);
            found
        }
        Err(error) => Err(error),
    };
    match found {
        Ok((image, facts)) => {
            let mut record = executed.record(engine, plan, options, Ok(()));
            record.image = Some(facts);
            let (tags, tracker) = (options.tags.clone(), executed.tracker);
            Ok(Candidate { name, image, tags, tracker, record })
        }
        Err(error) => {
            // An export that could not be stopped may have named it all the same, and after a good build
            // an engine may not answer. What went wrong is what counts, whatever comes of this.
            if is_built || matches!(error, BuildError::Interrupted) {
                let _ = engine.untag(&name).await;
            }
            let record = executed.record(engine, plan, options, Err(&error));
            tell_failure(plan, &executed.tracker, &record, &error, observer);
            Err(Box::new(Failed { record, error }))
        }
    }
}

/// Runs the steps of `plan` once more for their times, and leaves no image behind. With
/// `writes_image` one is written, for the time that it takes.
pub async fn rehearse(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    writes_image: bool,
    cancel: &CancellationToken,
) -> Result<Record, Box<Failed>> {
    let wanted = if writes_image { Wanted::Image } else { Wanted::Nothing };
    let executed = execute(engine, plan, options, wanted, cancel, &mut |_, _| {}).await;
    let mut record = executed.record(engine, plan, options, executed.ended.as_ref().copied());
    if writes_image {
        let name = &executed.name;
        let image = in_time(engine.image(name)).await.flatten();
        record.image = image.map(|image| ImageFacts {
            id: image.id,
            size_bytes: image.size_bytes,
            tags: Vec::new(),
            replaced: BTreeMap::new(),
            layers: Vec::new(),
        });
        // A name too many does no harm.
        let _ = engine.untag(name).await;
    }
    match executed.ended {
        Ok(()) => Ok(record),
        Err(error) => Err(Box::new(Failed { record, error })),
    }
}

/// The candidate's image, with all that the record keeps of it.
async fn look_at(
    engine: &dyn Builder,
    plan: &Plan,
    options: &BuildOptions,
    name: &str,
    cancel: &CancellationToken,
) -> Result<(Image, ImageFacts), BuildError> {
    let (image, history, replaced) = tokio::join!(
        engine.image(name),
        in_time(engine.history(name)),
        named(engine, &options.tags)
    );
    let image = image?.ok_or_else(|| BuildError::Failed {
        step: None,
        message: format!("the engine built `{name}` but does not have it"),
    })?;
    if cancel.is_cancelled() {
        return Err(BuildError::Interrupted);
    }
    patched::check(engine, plan, options, &image, &replaced).await?;
    let lineage = plan.lineage(options.target.as_deref(), &options.build_args);
    let labels: Vec<&str> = lineage.iter().map(|step| step.label.as_str()).collect();
    let facts = ImageFacts {
        id: image.id.clone(),
        size_bytes: image.size_bytes,
        tags: Vec::new(),
        replaced,
        layers: layers(&history.unwrap_or_default(), &labels),
    };
    Ok((image, facts))
}

pub(super) fn tell_failure(
    plan: &Plan,
    tracker: &Tracker,
    record: &Record,
    error: &BuildError,
    observer: &mut Observer<'_>,
) {
    // Nobody was told of a beginning.
    if matches!(error, BuildError::Context(_)) {
        return;
    }
    let outcome = match error {
        BuildError::Interrupted => Outcome::Interrupted,
        _ => Outcome::Failed,
    };
    let failed = matches!(outcome, Outcome::Failed);
    let culprit = tracker.culprit().filter(|_| failed);
    let failure_origin = culprit.and_then(|work| origin_of(plan, &work.id));
    let end = BuildEnd { outcome, wall: Duration::from_millis(record.wall_ms), failure_origin };
    observer(Event::Finished(&end), tracker);
}

#[cfg(test)]
mod tests;
