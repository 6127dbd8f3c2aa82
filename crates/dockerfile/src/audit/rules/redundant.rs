//! `users/redundant`: a `USER` line that changes nothing.

use super::super::facts::{Needless, Severity};
use super::super::rule::{Found, Rule};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/redundant",
    title: "A USER line that changes nothing",
    severity: Severity::Warning,
    help: "Remove the line: no step runs differently without it.",
    check: |subject| {
        let redundant = subject.stages.iter().flat_map(|stage| &stage.redundant);
        let found = redundant.map(|redundant| {
            let why = match redundant.why {
                Needless::NothingBetween => "the next instruction is another `USER`",
                Needless::NoStepNeedsIt => "no `RUN` or `WORKDIR` follows before the next `USER`",
                Needless::SameUser => "that is the user already",
                Needless::SameUserAgain => {
                    "the steps above ran as it, and none ran as the user named in between"
                }
            };
            Found::at(redundant.line, format!("`USER {}` changes nothing: {why}", redundant.user))
        });
        found.collect()
    },
};
