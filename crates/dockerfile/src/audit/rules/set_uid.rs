//! `users/set-uid`: a program that runs as its owner, or with capabilities of root, whoever starts it.

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::modes::{Mode, ModeChange};
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/set-uid",
    title: "A program that runs as its owner",
    severity: Severity::Warning,
    help: "Do not set the set-uid bit: do what needs root during the build, or grant the single capability that the program needs.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            for mode in block.instruction.flag("chmod").filter(|mode| Mode::read(mode).sets_uid) {
                let message =
                    format!("`--chmod={mode}`: whoever starts the files runs them as their owner");
                found.push(RuleMatch::at(*block.lines.start(), message));
            }
            for command in context.commands.at(index) {
                if let Some(message) = given(command).or_else(|| capable(command)) {
                    found.push(RuleMatch::at(command.line, message));
                }
            }
        }
        found
    },
};

fn given(command: &Command) -> Option<String> {
    let given = ModeChange::by(command)?;
    let paths = given.paths.join(" ");
    // A set-uid bit on a folder does nothing.
    let is_file = command.program() != "mkdir" && !command.arguments().iter().any(|w| w == "-d");
    (is_file && Mode::read(given.mode).sets_uid)
        .then(|| format!("`{}`: whoever starts `{paths}` runs it as its owner", given.mode))
}

/// Capabilities with which a program gets all the others.
fn capable(command: &Command) -> Option<String> {
    const LIKE_ROOT: &[&str] = &[
        "cap_chown",
        "cap_dac_override",
        "cap_fowner",
        "cap_setfcap",
        "cap_setgid",
        "cap_setuid",
        "cap_sys_admin",
        "cap_sys_module",
        "cap_sys_ptrace",
    ];
    if command.program() != "setcap" {
        return None;
    }
    let mut words = command.arguments().iter().filter(|word| !word.starts_with('-'));
    let capabilities = words.next()?.to_ascii_lowercase();
    let found = LIKE_ROOT.iter().find(|name| capabilities.contains(*name))?;
    let path = words.next().map_or("", String::as_str);
    Some(format!("`{found}`: whoever starts `{path}` can become root through it"))
}
