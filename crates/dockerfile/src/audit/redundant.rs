//! `USER` lines that change nothing.

use super::facts::{Needless, Redundant};
use super::runs::runs_as_user;
use crate::File;

/// The redundant `USER` lines of a stage. The last one is the image's user and never among them,
/// unless it says what is so already.
pub(super) fn of(file: &File, stage: usize) -> Vec<Redundant> {
    let range = file.stages()[stage].blocks.clone();
    let blocks = &file.blocks()[range.clone()];
    let is_user = |place: &usize| blocks[*place].instruction.keyword == "USER";
    let places: Vec<usize> = (0..blocks.len()).filter(is_user).collect();
    let mut found = Vec::new();
    for (nth, &place) in places.iter().enumerate() {
        let user = match blocks.len() {
            end if place + 1 < end => file.user_at(range.start + place + 1),
            _ => file.state_after(stage).user(),
        };
        let between = places.get(nth + 1).map(|&next| &blocks[place + 1..next]);
        let why = if file.user_at(range.start + place).is_same(user) {
            Needless::SameUser
        } else if between.is_some_and(<[_]>::is_empty) {
            Needless::NothingBetween
        } else if between.is_some_and(|between| !between.iter().any(runs_as_user)) {
            Needless::NoStepNeedsIt
        } else {
            continue;
        };
        found.push(Redundant { line: *blocks[place].lines.start(), user: user.to_string(), why });
    }
    found
}
