//! The steps of a profile's `run` come from the profile: its line, not the template's, is what a person
//! wants to see.

use super::Step;
use crate::profile::{Loaded, RunAfter, RunEntry};
use crate::timing::record::Origin;

/// The template that writes them.
const TEMPLATE: &str = "templates/parts/run.j2";

/// Names the places in the profile. A project's own template may write other steps; then its lines stay.
pub(super) fn set(steps: &mut [Step], loaded: &Loaded) {
    let wrote = |step: &&mut Step| {
        let by = step.origin.as_ref().is_some_and(|origin| origin.file == TEMPLATE);
        by && step.label.starts_with("RUN ")
    };
    let written: Vec<&mut Step> = steps.iter_mut().filter(wrote).collect();
    let run = &loaded.profile.run;
    if written.len() != run.len() {
        return;
    }
    for (step, place) in written.into_iter().zip(order(run)) {
        if let Some(at) = loaded.locate(&format!("run.{place}")) {
            step.origin = Some(Origin { file: at.file, line: at.line });
        }
    }
}

/// The places in the list, in the order of the Dockerfile.
fn order(run: &[RunEntry]) -> impl Iterator<Item = usize> {
    let of = |after: RunAfter| {
        run.iter().enumerate().filter(move |(_, entry)| entry.step().after == after)
    };
    of(RunAfter::Packages).chain(of(RunAfter::Files)).map(|(place, _)| place)
}
