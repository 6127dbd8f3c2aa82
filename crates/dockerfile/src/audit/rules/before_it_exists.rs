//! `users/before-it-exists`: a user or group is named above the step that makes it.

use super::super::accounts::Account;
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/before-it-exists",
    title: "A user that does not exist yet",
    severity: Severity::Error,
    help: "Create the account before its first use, or use its numeric ID.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            let Some(stage) = block.stage else { continue };
            if context.accounts.may_come_from_elsewhere(stage) {
                continue;
            }
            let state = context.file.state(index);
            let instruction = &block.instruction;
            let line = *block.lines.start();
            let owners: Vec<String> = match instruction.keyword.as_str() {
                "USER" => state.expand(&instruction.exact).into_iter().collect(),
                "COPY" | "ADD" => {
                    instruction.flag("chown").filter_map(|owner| state.expand(owner)).collect()
                }
                _ => continue,
            };
            let mut check = |name: &str, made: Option<&Account>| {
                // Numbers need no account.
                let is_name = !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit());
                if let Some(made) =
                    made.filter(|made| is_name && !made.may_exist && made.block > index)
                {
                    let message =
                        format!("`{name}` is created at line {}, after its use", made.line);
                    found.push(RuleMatch::at(line, message));
                }
            };
            for owner in owners {
                let (user, group) = owner.split_once(':').unwrap_or((&owner, ""));
                check(user, context.accounts.user(stage, user));
                if group != user {
                    check(group, context.accounts.group(stage, group));
                }
            }
        }
        found
    },
};
