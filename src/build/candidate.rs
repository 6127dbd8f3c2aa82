//! A good image that no tag points to yet, and the two things that can become of it.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::error::BuildError;
use super::execute::ending_of;
use super::options::{Event, Observer};
use super::run::Failed;
use super::surroundings::named;
use crate::timing::record::{PhaseKind, Record, Trial};
use crate::timing::{BuildEnd, Outcome, Tracker};
use engine::{Builder, CANDIDATES, EngineError, HELD, Image};

/// A good image that no tag points to yet.
///
/// It stays under its candidate name until it is [promoted](Self::promote) or [held](Self::hold);
/// one of both has to be done.
#[derive(Debug)]
#[must_use = "promote or hold it"]
pub struct Candidate {
    pub(super) name: String,
    pub(super) image: Image,
    pub(super) tags: Vec<String>,
    pub(super) tracker: Tracker,
    pub(super) record: Record,
}

/// A build at its end.
#[derive(Debug)]
pub struct Finished {
    /// Every fact of it.
    pub record: Record,
    /// What came out.
    pub result: Result<Built, BuildError>,
}

/// A good build.
#[derive(Debug, Clone)]
pub struct Built {
    /// The image.
    pub image: Image,
    /// The names it got.
    pub tags: Vec<String>,
    /// The engine's name for the build.
    pub build_ref: String,
    /// Where it was held back.
    pub held: Option<Held>,
}

/// An image that was held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub reason: String,
    /// The name it keeps; `None` where the engine gave it none.
    pub kept_as: Option<String>,
}

/// The name of a profile's last image that was held back: a tag has other letters than a profile's name may have.
fn held_name(profile: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' };
    let tag: String = profile.chars().map(letter).take(128).collect();
    let tag = tag.trim_start_matches(['.', '-']);
    format!("{HELD}:{}", if tag.is_empty() { "image" } else { tag })
}

impl Candidate {
    /// The record of the build so far: the image has no names yet, and `replaced` tells what its
    /// names point to now.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Whether a tag names another image now, or none is asked for.
    pub(super) fn moves(&self) -> bool {
        let image = self.record.image.as_ref();
        let named = |tag| image.and_then(|image| image.replaced.get(tag));
        self.tags.is_empty() || self.tags.iter().any(|tag| named(tag) != Some(&self.image.id))
    }

    /// What its trial came to.
    pub(super) fn tried(&mut self, trial: Trial) {
        self.record.trial = Some(trial);
    }

    /// Leaves the tags where they are, for an image of which nobody knows whether it is good.
    pub(super) async fn fail(
        mut self,
        engine: &dyn Builder,
        error: BuildError,
        observer: &mut Observer<'_>,
    ) -> Failed {
        let _ = engine.untag(&self.name).await;
        (self.record.ending, self.record.failure) = ending_of(&error, &self.tracker);
        let outcome = match &error {
            error if error.is_interrupted() => Outcome::Interrupted,
            _ => Outcome::Failed,
        };
        self.tell(outcome, observer);
        Failed { record: self.record, error }
    }

    /// Moves the tags to the image, then takes the candidate's own name away.
    pub async fn promote(
        mut self,
        engine: &dyn Builder,
        cancel: &CancellationToken,
        observer: &mut Observer<'_>,
    ) -> Finished {
        let begun = Instant::now();
        if self.tags.is_empty() {
            // Without a tag a name of its own is all that holds the image: one that no sweep takes.
            self.tags.push(format!("{CANDIDATES}:{}", self.record.id));
        }
        let replaced = named(engine, &self.tags).await;
        let mut tags = Vec::new();
        let moved = self.move_tags(engine, cancel, &mut tags).await;
        // What counts is decided; a name too many does no harm, and the next build takes it away.
        let _ = engine.untag(&self.name).await;
        self.took(begun.elapsed());
        // Also where a later one failed: what names the image now is on record.
        if let Some(image) = &mut self.record.image {
            image.tags.clone_from(&tags);
            image.replaced = replaced;
        }
        match moved {
            Ok(()) => self.finish(tags, None, observer),
            Err(error) => {
                (self.record.ending, self.record.failure) = ending_of(&error, &self.tracker);
                let outcome = match error.is_interrupted() {
                    true => Outcome::Interrupted,
                    false => Outcome::Failed,
                };
                self.tell(outcome, observer);
                Finished { record: self.record, result: Err(error) }
            }
        }
    }

    /// Leaves the tags where they are, for the `reason` given. The image keeps one name, `mad/held:PROFILE`, so that
    /// it can be looked into; the profile's next image that is held back takes it over.
    pub async fn hold(
        mut self,
        engine: &dyn Builder,
        reason: String,
        observer: &mut Observer<'_>,
    ) -> Finished {
        let begun = Instant::now();
        let name = held_name(&self.record.series.profile);
        // Nothing depends on it: without it the image goes, and the reason stays.
        let kept_as = engine.tag(&self.image.id, &name).await.is_ok().then_some(name);
        let _ = engine.untag(&self.name).await;
        self.took(begun.elapsed());
        self.finish(Vec::new(), Some(Held { reason, kept_as }), observer)
    }

    /// Moves the tags, one after the other; `moved` are those that did.
    pub(super) async fn move_tags(
        &self,
        engine: &dyn Builder,
        cancel: &CancellationToken,
        moved: &mut Vec<String>,
    ) -> Result<(), BuildError> {
        for tag in &self.tags {
            if cancel.is_cancelled() {
                return Err(match moved.is_empty() {
                    true => BuildError::Interrupted,
                    false => {
                        BuildError::InterruptedBetween { moved: moved.clone(), next: tag.clone() }
                    }
                });
            }
            match engine.tag(&self.image.id, tag).await {
                Err(EngineError::Cancelled) => {
                    return Err(BuildError::InterruptedMoving { tag: tag.clone() });
                }
                tagged => tagged?,
            }
            moved.push(tag.clone());
        }
        Ok(())
    }

    /// Counts the time that was just spent on names. What the caller did with the candidate in
    /// between is no part of the build.
    fn took(&mut self, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.record.wall_ms += ms;
        let promote = self.record.phases.iter_mut().find(|phase| phase.kind == PhaseKind::Promote);
        if let Some(promote) = promote {
            promote.span.end_ms += ms;
        }
    }

    fn finish(
        self,
        tags: Vec<String>,
        held: Option<Held>,
        observer: &mut Observer<'_>,
    ) -> Finished {
        let outcome = Outcome::Built {
            image_id: self.image.id.clone(),
            tags: tags.clone(),
            size_bytes: self.image.size_bytes,
        };
        self.tell(outcome, observer);
        let Self { image, record, .. } = self;
        let built = Built { image, tags, build_ref: record.id.clone(), held };
        Finished { record, result: Ok(built) }
    }

    fn tell(&self, outcome: Outcome, observer: &mut Observer<'_>) {
        let wall = Duration::from_millis(self.record.wall_ms);
        let end = BuildEnd { outcome, wall, failure_origin: None };
        observer(Event::Finished(&end), &self.tracker);
    }
}
