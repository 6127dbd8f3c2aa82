//! `users/no-account`: a numeric user without an account in the file. Programs that ask for the name or the home of
//! their user get none.

use std::collections::HashSet;

use super::super::RuleContext;
use super::super::commands::Command;
use super::super::facts::{BaseKind, Severity};
use super::super::rule::{Rule, RuleMatch};
use crate::UserRef;

pub(in super::super) const RULE: Rule = Rule {
    id: "users/no-account",
    title: "A numeric user without an account",
    severity: Severity::Note,
    help: "Create the account with `useradd --uid`, or set HOME and make sure that nothing looks up the user name.",
    check: |context| {
        let mut found = Vec::new();
        let handed_over = handed_over(context);
        for (place, (view, stage)) in context.file.stages().iter().zip(context.stages).enumerate() {
            let mut told = HashSet::new();
            for index in view.blocks.clone() {
                let block = &context.file.blocks()[index];
                if block.instruction.keyword != "USER" {
                    continue;
                }
                let user = match view.blocks.end {
                    end if index + 1 < end => context.file.user_at(index + 1),
                    _ => context.file.state_after(place).user(),
                };
                let UserRef::Numeric { uid, .. } = user.resolved() else { continue };
                let accounts = &context.accounts;
                let is_made = accounts.user(place, &uid.to_string()).is_some()
                    // `useradd` without a number takes the first free one from 1000 on.
                    || (uid >= 1000 && accounts.has_unnumbered(place));
                let is_made = is_made
                    || accounts.may_come_from_elsewhere(place)
                    || handed_over.contains(uid.to_string().as_str());
                if uid == 0 || is_made || !told.insert(uid) {
                    continue;
                }
                let unless = match stage.base_kind {
                    BaseKind::Scratch => "",
                    BaseKind::Image | BaseKind::Stage => ", unless the base image has one",
                };
                let state = match view.blocks.end {
                    end if index + 1 < end => context.file.state(index + 1),
                    _ => context.file.state_after(place),
                };
                let has_home = state.env().any(|(name, _)| name == "HOME");
                let home = match (has_home, state.base_facts(), stage.base_kind) {
                    (true, ..) => "",
                    (false, None, BaseKind::Image | BaseKind::Stage) => {
                        ", and HOME is `/` unless the base sets it"
                    }
                    (false, ..) => ", and HOME is `/`",
                };
                let message =
                    format!("user {uid} has no account in this file{unless}: no name{home}");
                found.push(RuleMatch::at(*block.lines.start(), message));
            }
        }
        found
    },
};

/// Numbers that a step hands to a program of which nothing is known here: a script that makes the
/// account, perhaps.
fn handed_over<'a>(context: &'a RuleContext<'_>) -> HashSet<&'a str> {
    let blocks = 0..context.file.blocks().len();
    let commands = blocks.flat_map(|block| context.commands.at(block));
    let unknown = commands.filter(|command| {
        !matches!(
            command.program(),
            "chown"
                | "chgrp"
                | "chmod"
                | "install"
                | "mkdir"
                | "echo"
                | "printf"
                | "test"
                | "["
                | "sleep"
                | "useradd"
                | "adduser"
                | "usermod"
                | "groupadd"
                | "addgroup"
                | "groupmod"
        )
    });
    let words = unknown.flat_map(Command::arguments).map(String::as_str);
    words.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).collect()
}
