//! From what was heard of a build to what is kept of it.

use super::{Clock, Ending, EngineWork, StepRecord};
use crate::timing::record::{Origin, StepInputs};
use crate::timing::{Tracker, WorkState};

/// The planned steps, in their order; `described` says where a step was written and what it is made
/// from, by its id.
pub fn steps(
    tracker: &Tracker,
    clock: &Clock,
    ending: Ending,
    mut described: impl FnMut(&str) -> (Option<Origin>, StepInputs),
) -> Vec<StepRecord> {
    tracker
        .steps()
        .map(|work| {
            let (origin, inputs) = described(&work.id);
            let twin = work.same_as.filter(|_| work.state == WorkState::Shared);
            StepRecord {
                id: work.id.clone(),
                stage: work.stage.clone(),
                ordinal: work.ordinal,
                label: work.label.clone(),
                origin,
                state: settled(work.state, ending),
                spans: clock.spans(&work.intervals),
                inputs,
                bytes: work.bytes().map(|(done, _)| done),
                same_as: twin.map(|twin| tracker.works()[twin].id.clone()),
                error: work.error.clone(),
            }
        })
        .collect()
}

/// The engine's own work, in the order in which it was heard of.
pub fn works(tracker: &Tracker, clock: &Clock, ending: Ending) -> Vec<EngineWork> {
    tracker
        .engine_works()
        .map(|work| EngineWork {
            kind: work.kind,
            label: work.label.clone(),
            state: settled(work.state, ending),
            spans: clock.spans(&work.intervals),
            bytes: work.bytes().map(|(done, _)| done),
            error: work.error.clone(),
        })
        .collect()
}

/// Nothing runs on after the end: whoever was not heard of any more went with it.
fn settled(state: WorkState, ending: Ending) -> WorkState {
    match (state, ending) {
        (WorkState::Running, Ending::Built) => WorkState::Done,
        (WorkState::Running, _) => WorkState::Canceled,
        (state, _) => state,
    }
}

/// Whether a line of output tells of a denied permission.
pub fn is_permission_error(line: &str) -> bool {
    let words = || line.split(|c: char| !c.is_ascii_alphanumeric());
    if words().any(|word| matches!(word, "EACCES" | "EPERM")) {
        return true;
    }
    let line = line.to_ascii_lowercase();
    ["permission denied", "operation not permitted"].iter().any(|sign| line.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_tell_of_denied_permission() {
        for line in [
            "touch: cannot touch '/x': Permission denied",
            "npm error code EACCES",
            "Error: EPERM: operation not permitted, chmod '/x'",
            "chown: /x: Operation not permitted",
        ] {
            assert!(is_permission_error(line), "{line}");
        }
        for line in ["", "EPERMANENT", "permissions: 0755", "access granted"] {
            assert!(!is_permission_error(line), "{line}");
        }
    }
}
