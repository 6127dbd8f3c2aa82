//! `users/redundant`: a `USER` line that changes nothing.

use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};
use crate::users::RedundancyReason;

pub(in super::super) const RULE: Rule = Rule {
    id: "users/redundant",
    title: "A USER line that changes nothing",
    severity: Severity::Warning,
    help: "Remove the line: no step runs differently without it.",
    check: |context| {
        let redundant = context.stages.iter().flat_map(|stage| &stage.redundant);
        let found = redundant.map(|redundant| {
            let why = match redundant.why {
                RedundancyReason::NothingBetween => "the next instruction is another `USER`",
                RedundancyReason::NoStepNeedsIt => {
                    "no `RUN` or `WORKDIR` follows before the next `USER`"
                }
                RedundancyReason::SameUser => "that is the user already",
                RedundancyReason::SameUserAgain => {
                    "the steps above ran as it, and none ran as the user named in between"
                }
            };
            RuleMatch::at(
                redundant.line,
                format!("`USER {}` changes nothing: {why}", redundant.user),
            )
        });
        found.collect()
    },
};
