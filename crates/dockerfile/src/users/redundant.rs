//! `USER` lines that change nothing, whatever the base image, the context and the build arguments are.
//!
//! A line is needless where no instruction below it, up to the next `USER`, is executed as its user; or
//! where the user that it names is in force already. What counts as executed is what the engine gives the
//! user to: `RUN`, `WORKDIR` (which makes its folder for the user, and may find it missing), and every
//! instruction that only a foreign frontend knows. `COPY` and `ADD` are root's or those of `--chown`; all
//! others change the configuration only. The last `USER` of a stage is what the image and the stages on
//! it have: it is removed only if it repeats the user in force.
//!
//! In force at the start of a stage is a user that is certain only where the stage below is one of this
//! file, ends with a name or number, and leaves no `ONBUILD USER` behind. An image's own user is never
//! assumed: the tag may later point to an image with another user.
//!
//! Without these lines the engine is told the same steps with the same users and variables, so that every
//! one of them comes from its cache: there is nothing left to prove.

use serde::Serialize;

use super::normalize::{NormalizedUser, UserNormalizer};
use super::runs_as_user;
use crate::model::is_known;
use crate::{Base, File};

/// A `USER` line that changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedundantUser {
    /// Its block.
    pub block: usize,
    /// Why.
    pub reason: RedundancyReason,
}

/// Why a `USER` line changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedundancyReason {
    /// The next instruction is another `USER`.
    NothingBetween,
    /// Nothing is executed before the next `USER`.
    NoStepNeedsIt,
    /// That user is in force already.
    SameUser,
    /// That user is in force again: nothing was executed since another one was named.
    SameUserAgain,
}

/// The `USER` lines of a file that change nothing, in order. They can be removed together: no
/// other line changes nothing then.
pub fn redundant_users(file: &File) -> Vec<RedundantUser> {
    let mut found = Vec::new();
    // Who is certainly in force after each stage.
    let mut ends: Vec<Option<NormalizedUser>> = Vec::new();
    let above = file.stages().first().map_or(0, |first| first.blocks.start);
    let mut is_lost =
        file.blocks()[..above].iter().any(|block| !is_known(&block.instruction.keyword));
    for (place, view) in file.stages().iter().enumerate() {
        let start = match view.base {
            // An instruction that is not known may have made stages of its own.
            Base::Stage(below) if !is_lost && !view.base_text.contains('$') => {
                ends[below].clone().filter(NormalizedUser::is_literal)
            }
            _ => None,
        };
        let sets_user = |keyword: &str| keyword == "USER" || !is_known(keyword);
        let start = start.filter(|_| !view.triggers.iter().any(|t| sets_user(&t.keyword)));
        ends.push(stage(file, place, start, &mut found));
        let blocks = &file.blocks()[view.blocks.clone()];
        is_lost |= blocks.iter().any(|block| !is_known(&block.instruction.keyword));
    }
    found
}

/// The needless lines of a stage; returns who is in force after it, where that is certain.
fn stage(
    file: &File,
    place: usize,
    start: Option<NormalizedUser>,
    found: &mut Vec<RedundantUser>,
) -> Option<NormalizedUser> {
    let range = file.stages()[place].blocks.clone();
    let mut normalizer = UserNormalizer::default();
    // Who is in force without the needless lines, and with them.
    let mut in_force = start;
    let mut written = in_force.clone();
    for at in range.start + 1..range.end {
        let block = &file.blocks()[at];
        let keyword = block.instruction.keyword.as_str();
        if matches!(keyword, "ENV" | "ARG") {
            normalizer.note(at, block.instruction.sets(file.escape()));
        } else if !is_known(keyword) {
            in_force = None;
        }
        if keyword != "USER" {
            continue;
        }
        let user = normalizer.read(at, block, file.state(at));
        let is_user = |at: &usize| file.blocks()[*at].instruction.keyword == "USER";
        let mut below = at + 1..range.end;
        let until = below.find(is_user);
        let between = &file.blocks()[at + 1..until.unwrap_or(range.end)];
        let is_repeated = written.as_ref() == Some(&user);
        written = Some(user.clone());
        let reason = if in_force.as_ref() == Some(&user) {
            if is_repeated { RedundancyReason::SameUser } else { RedundancyReason::SameUserAgain }
        } else if until.is_some() && between.is_empty() {
            RedundancyReason::NothingBetween
        } else if until.is_some() && !between.iter().any(runs_as_user) {
            RedundancyReason::NoStepNeedsIt
        } else {
            in_force = Some(user);
            continue;
        };
        found.push(RedundantUser { block: at, reason });
    }
    in_force
}
