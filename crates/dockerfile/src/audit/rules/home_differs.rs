//! `users/home-differs`: `ENV HOME` does not follow `USER`: a later user writes into the home of
//! another, and leaves files there that this one cannot change.

use super::super::facts::Severity;
use super::super::home;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/home-differs",
    title: "HOME of another user",
    severity: Severity::Warning,
    help: "Do not set HOME: the engine takes it from the account of each step's user. Or set it again after `USER`.",
    check: |context| {
        let mut found = Vec::new();
        for (place, view) in context.file.stages().iter().enumerate() {
            // One finding for each time that user and HOME come to differ.
            let mut told: Option<(String, String)> = None;
            if context.accounts.may_come_from_elsewhere(place) {
                continue;
            }
            for index in view.blocks.clone() {
                let block = &context.file.blocks()[index];
                if block.instruction.keyword != "RUN" {
                    continue;
                }
                let state = context.file.state(index);
                let differs = || {
                    let set = state.variable("HOME")?.known()?.trim_end_matches('/').to_owned();
                    let name = state.user().name()?;
                    let own = home::of(&context.accounts, place, &name)?;
                    (set != own).then_some((name, set))
                };
                let differs = differs();
                if let Some((name, set)) = differs.as_ref().filter(|_| told != differs) {
                    let message = format!("HOME is `{set}` while `{name}` runs this step");
                    found.push(RuleMatch::at(*block.lines.start(), message));
                }
                told = differs;
            }
        }
        found
    },
};
