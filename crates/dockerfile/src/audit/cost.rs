//! What a `USER` line costs: it makes no layer, but the user is part of the cache key of every `RUN`
//! below it, and it keeps steps of one user apart that could be one.

use std::collections::HashSet;

use super::facts::Cost;
use crate::users::runs_as_user;
use crate::{File, UserRef};

/// The costs of a stage's `USER` lines, in order.
pub(super) fn of(file: &File, stage: usize) -> Vec<Cost> {
    let mut costs: Vec<Cost> = Vec::new();
    // Users that have a `RUN` already, as of the end of the run before.
    let mut seen: HashSet<(String, Option<String>)> = HashSet::new();
    let mut current = None;
    for index in file.stages()[stage].blocks.clone() {
        let block = &file.blocks()[index];
        if block.instruction.keyword == "USER" {
            seen.extend(current.take());
            costs.push(Cost {
                line: *block.lines.start(),
                user: String::new(),
                cache_keys: 0,
                could_merge: 0,
            });
        } else if runs_as_user(block) {
            let is_run = block.instruction.keyword == "RUN";
            let key = key(file.user_at(index)).filter(|_| is_run);
            if let Some(cost) = costs.last_mut() {
                cost.cache_keys += 1;
                let joins = key.as_ref().is_some_and(|key| seen.contains(key));
                cost.could_merge += usize::from(joins);
            }
            current = current.or(key);
        }
    }
    let lines = costs.iter_mut();
    for (cost, user) in lines.zip(users_set(file, stage)) {
        cost.user = user;
    }
    costs
}

/// Equal for users that are certainly the same ([`UserRef::is_same`]); none for an unknown one.
fn key(user: &UserRef) -> Option<(String, Option<String>)> {
    match (user, user.is_root()) {
        (UserRef::Inherited, _) => Some((String::new(), None)),
        (_, Some(true)) => Some(("root".to_owned(), user.group())),
        _ => Some((user.name()?, user.group())),
    }
}

fn users_set(file: &File, stage: usize) -> impl Iterator<Item = String> {
    let range = file.stages()[stage].blocks.clone();
    let end = range.end;
    range.filter(|&index| file.blocks()[index].instruction.keyword == "USER").map(move |index| {
        let after = index + 1;
        let user = if after < end { file.user_at(after) } else { file.state_after(stage).user() };
        user.to_string()
    })
}
