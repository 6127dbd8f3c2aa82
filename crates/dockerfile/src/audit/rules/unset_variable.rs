//! `users/unset-variable`: a variable in `USER` that only the top of the file declares. An `ARG` above
//! the first `FROM` is for `FROM` lines; a stage that does not declare it again has no such variable.

use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/unset-variable",
    title: "USER with a variable that is not set",
    severity: Severity::Error,
    help: "Declare it again in the stage: `ARG NAME`, without a value, takes the one from above.",
    check: |context| {
        let blocks = context.file.blocks();
        let Some(from) = context.file.stages().first() else { return Vec::new() };
        let global = context.file.state(from.blocks.start);
        let mut found = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            if block.instruction.keyword != "USER" || block.stage.is_none() {
                continue;
            }
            let state = context.file.state(index);
            for name in names(&block.instruction.arguments) {
                if global.arg(name).is_some() && state.variable(name).is_none() {
                    let message = format!(
                        "`{name}` is declared above the first `FROM` only; here it is not set"
                    );
                    found.push(RuleMatch::at(*block.lines.start(), message));
                }
            }
        }
        found
    },
};

/// The names in `$A` and `${B…}`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}
