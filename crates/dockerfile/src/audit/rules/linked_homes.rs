//! `users/linked-homes`: the home of one user is a link into that of another: both write there, and
//! what one makes the other may not change.

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::home;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/linked-homes",
    title: "Two homes linked to each other",
    severity: Severity::Warning,
    help: "Give each user what it needs in its own home, or put what they share in a folder outside both.",
    check: |context| {
        let blocks = 0..context.file.blocks().len();
        let commands = blocks.flat_map(|block| context.commands.at(block));
        let found = commands.filter_map(|command| {
            let (target, link) = linked(command)?;
            let (one, other) = (home::around(target)?, home::around(link)?);
            (one != other).then(|| {
                RuleMatch::at(
                    command.line,
                    format!("`{link}` becomes a link to `{target}`: {other} and {one} are one now"),
                )
            })
        });
        found.collect()
    },
};

/// Target and link of an `ln -s`.
fn linked(command: &Command) -> Option<(&str, &str)> {
    let is_symbolic = |word: &String| {
        word == "--symbolic"
            || (word.starts_with('-') && !word.starts_with("--") && word.contains('s'))
    };
    if command.program() != "ln" || !command.arguments().iter().any(is_symbolic) {
        return None;
    }
    let mut operands = command.arguments().iter().filter(|word| !word.starts_with('-'));
    Some((operands.next()?, operands.next()?))
}
