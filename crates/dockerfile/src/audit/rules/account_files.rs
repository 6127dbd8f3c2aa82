//! `users/account-files`: whoever may write `/etc/passwd` and its like makes itself root.

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::modes::{Mode, ModeChange};
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/account-files",
    title: "Accounts that others than root may change",
    severity: Severity::Warning,
    help: "Create the account during the build, or use a numeric user without an account (with `HOME` set, or nss_wrapper); keep the files owned by root.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            let instruction = &block.instruction;
            if let Some(file) = instruction.words().last().and_then(|to| account_file(to)) {
                for mode in instruction.flag("chmod") {
                    let message = opened(mode)
                        .map(|who| format!("`--chmod={mode}`: `{file}` is writable for {who}"));
                    found.extend(
                        message.map(|message| RuleMatch::at(*block.lines.start(), message)),
                    );
                }
            }
            for command in context.commands.at(index) {
                let message = changed(command).or_else(|| handed_over(command));
                found.extend(message.map(|message| RuleMatch::at(command.line, message)));
            }
        }
        found
    },
};

fn account_file(path: &str) -> Option<&str> {
    const FILES: &[&str] =
        &["/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/shadow", "/etc/sudoers"];
    (FILES.contains(&path) || path.starts_with("/etc/sudoers.d")).then_some(path)
}

/// Who may write with a mode, beside root.
fn opened(mode: &str) -> Option<&'static str> {
    let mode = Mode::read(mode);
    match (mode.opens_to_all, mode.opens_to_group) {
        (true, _) => Some("everybody"),
        (_, true) => Some("its group"),
        _ => None,
    }
}

fn changed(command: &Command) -> Option<String> {
    let given = ModeChange::by(command)?;
    let who = opened(given.mode)?;
    let file = given.paths.iter().find_map(|path| match path.trim_end_matches('/') {
        "/etc" if given.is_recursive => Some("/etc/passwd"),
        path => account_file(path),
    })?;
    Some(format!("`{}`: `{file}` is writable for {who}", given.mode))
}

/// `chown dev /etc/passwd`.
fn handed_over(command: &Command) -> Option<String> {
    if command.program() != "chown" {
        return None;
    }
    let mut operands = command.arguments().iter().filter(|word| !word.starts_with('-'));
    let owner = operands.next()?;
    let user = owner.split([':', '.']).next().unwrap_or_default();
    if matches!(user, "" | "root" | "0") {
        return None;
    }
    let file = operands.find_map(|path| account_file(path))?;
    Some(format!("`{file}` belongs to `{user}`, who can use it to become root"))
}
