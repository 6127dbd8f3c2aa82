//! Whether two steps may change places, and what stands against it.

use std::fmt;

use super::commands::is_common;
use super::names::FOLDERS;
use super::{CreatedAs, Effects, PathSet};

/// What a step does to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads there, or its way leads through.
    Reads,
    /// It creates, changes or removes something there.
    Writes,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
        })
    }
}

/// Why two steps must keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Both touch a place, and one of them writes.
    Place {
        /// Where.
        place: PathSet,
        /// What the first does there.
        first: Access,
        /// What the second does there.
        second: Access,
    },
    /// The effects of the first are unknown, or of the second, or of both.
    Unknown {
        /// Why the first one's are.
        first: Option<String>,
        /// Why the second one's are.
        second: Option<String>,
    },
    /// The first brings a command that the second executes, or the other way about.
    Command(String),
}

/// What stands against two steps changing places, by what is certain.
pub fn conflict(first: &Effects, second: &Effects) -> Option<Conflict> {
    if let Some(command) = command_conflict(first, second) {
        return Some(Conflict::Command(command));
    }
    if first.is_understood() && second.is_understood() {
        return recorded_conflict(first, second);
    }
    let why = |effects: &Effects| effects.unknown.as_ref().map(|unknown| unknown.why.to_string());
    // An unknown step reads and writes anything, so only one that does neither may pass it.
    let is_inert = |effects: &Effects| {
        effects.is_understood()
            && effects.writes.is_empty()
            && effects.makes.is_empty()
            && effects.reads.is_empty()
            && effects.ambient.is_empty()
    };
    (!is_inert(first) && !is_inert(second))
        .then(|| Conflict::Unknown { first: why(first), second: why(second) })
}

/// What stands against it by what is probable: only places, names and commands that both show.
pub fn likely_conflict(first: &Effects, second: &Effects) -> Option<Conflict> {
    if first.is_understood() && second.is_understood() {
        return conflict(first, second);
    }
    if let Some(command) = command_conflict(first, second) {
        return Some(Conflict::Command(command));
    }
    if let Some(command) = likely_command(first, second) {
        return Some(Conflict::Command(command));
    }
    if let Some(conflict) = recorded_conflict(first, second) {
        return Some(conflict);
    }
    let touched = |effects: &Effects, place: &PathSet| {
        let accesses = effects.reads.iter().chain(&effects.writes).chain(&effects.likely);
        let mut accesses = accesses.chain(effects.makes.iter().map(|(place, _)| place));
        accesses.any(|access| !is_shared(access) && access.meets(place))
    };
    let (first_likely, second_likely) = (first.likely.iter(), second.likely.iter());
    let place = first_likely
        .filter(|place| !is_shared(place))
        .find(|place| touched(second, place))
        .or_else(|| {
            second_likely.filter(|place| !is_shared(place)).find(|place| touched(first, place))
        })?;
    Some(Conflict::Place { place: place.clone(), first: Access::Writes, second: Access::Reads })
}

/// What everybody names says nothing about two steps.
fn is_shared(place: &PathSet) -> bool {
    place.folder().is_some_and(|folder| FOLDERS.contains(&folder.as_str()))
}

/// A command that the first probably installs: its text names it, and does not execute it.
fn likely_command(first: &Effects, second: &Effects) -> Option<String> {
    let named = first.words.intersection(&second.commands);
    let mut named = named.filter(|name| !first.commands.contains(*name) && !is_common(name));
    named.next().cloned()
}

fn command_conflict(first: &Effects, second: &Effects) -> Option<String> {
    let brought = first.brings.intersection(&second.commands).next();
    brought.or_else(|| second.brings.intersection(&first.commands).next()).cloned()
}

/// A place that both touch by what is recorded of them, where one of them writes.
fn recorded_conflict(first: &Effects, second: &Effects) -> Option<Conflict> {
    let both = |place: &PathSet, first, second| {
        Some(Conflict::Place { place: place.clone(), first, second })
    };
    for place in &first.writes {
        if second.writes.iter().any(|other| meet(place, other)) {
            return both(place, Access::Writes, Access::Writes);
        }
        if reads(second).any(|read| read.leads_through(place)) {
            return both(place, Access::Writes, Access::Reads);
        }
    }
    for place in &second.writes {
        if reads(first).any(|read| read.leads_through(place)) {
            return both(place, Access::Reads, Access::Writes);
        }
    }
    if let Some(place) = made_conflict(first, second) {
        return both(place, Access::Writes, Access::Reads);
    }
    made_conflict(second, first).and_then(|place| both(place, Access::Reads, Access::Writes))
}

/// What a step reads; of an unknown one, what its text says.
fn reads(effects: &Effects) -> impl Iterator<Item = &PathSet> {
    let ambient = effects.is_understood().then_some(&effects.ambient);
    effects.reads.iter().chain(ambient.into_iter().flatten())
}

/// Two writes meet also where one is on the way to the other.
fn meet(place: &PathSet, other: &PathSet) -> bool {
    place.leads_through(other) || other.leads_through(place)
}

/// A folder that `created_as` makes and that matters to `other`.
fn made_conflict<'a>(created_as: &'a Effects, other: &Effects) -> Option<&'a PathSet> {
    let matters = |(place, how): &&(PathSet, CreatedAs)| {
        let also_made = other.makes.iter().find(|(also, _)| also == place);
        match also_made {
            // Each makes what it needs; only a look at the folder itself tells who came first.
            Some((_, also)) if also == how => {
                other.reads.contains(place) || other.writes.iter().any(|write| write.meets(place))
            }
            Some(_) => true,
            None => {
                let made = other.makes.iter().map(|(place, _)| place);
                reads(other)
                    .chain(&other.writes)
                    .chain(made)
                    .any(|access| access.leads_through(place))
            }
        }
    };
    created_as.makes.iter().find(matters).map(|(place, _)| place)
}
