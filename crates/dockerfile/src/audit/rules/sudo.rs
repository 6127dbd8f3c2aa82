//! `users/sudo`: a step that becomes somebody else on its own, which no `USER` line shows.

use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/sudo",
    title: "A change of user within a step",
    severity: Severity::Warning,
    help: "Run the step under `USER`, next to the other steps of that user; the build then needs no sudo.",
    check: |context| {
        let blocks = 0..context.file.blocks().len();
        let commands = blocks.flat_map(|block| context.commands.at(block));
        let through = commands.filter_map(|command| Some((command, command.through.as_ref()?)));
        let found = through.map(|(command, through)| {
            let what =
                command.words.first().map_or_else(String::new, |word| format!(" for `{word}`"));
            RuleMatch::at(
                command.line,
                format!("`{through}`{what}: a change of user that no `USER` line shows"),
            )
        });
        found.collect()
    },
};
