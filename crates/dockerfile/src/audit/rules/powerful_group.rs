//! `users/powerful-group`: members of these groups are root as soon as they want to be.

use super::super::commands::Command;
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/powerful-group",
    title: "A group that is as good as root",
    severity: Severity::Warning,
    help: "Do not add the user to the group; grant it when the container starts (`--group-add`), where the socket or device exists.",
    check: |context| {
        let mut found = Vec::new();
        for command in context.commands.all() {
            for (user, group) in members(command) {
                let (why, severity) = match group {
                    "docker" => (
                        "whoever reaches the engine's socket is root on its machine",
                        Severity::Warning,
                    ),
                    "lxd" | "incus" | "libvirt" => {
                        ("its members start machines as root", Severity::Warning)
                    }
                    "disk" => ("its members read and write every disk", Severity::Warning),
                    "shadow" => ("its members read the passwords", Severity::Warning),
                    "sudo" | "wheel" | "admin" => {
                        ("its members become root through sudo", Severity::Note)
                    }
                    _ => continue,
                };
                let message = format!("`{user}` joins the group `{group}`: {why}");
                found.push(RuleMatch::at(command.line, message).with(severity));
            }
        }
        found
    },
};

/// Users and the groups that a command puts them into.
fn members(command: &Command) -> Vec<(&str, &str)> {
    let words = command.arguments();
    let operands: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match command.program() {
        "useradd" | "usermod" | "adduser" => {
            let is_name_and_group = command.program() == "adduser" && words.len() == operands.len();
            if let (true, [user, group]) = (is_name_and_group, operands.as_slice()) {
                return vec![(user, group)];
            }
            let user = operands.last().copied().unwrap_or_default();
            let is_groups = |word: &str| match word.strip_prefix("--") {
                Some(long) => matches!(long, "groups" | "gid" | "ingroup"),
                None => word.starts_with('-') && word.ends_with(['G', 'g']),
            };
            let after = words.iter().zip(words.iter().skip(1));
            let separate =
                after.filter(|(option, _)| is_groups(option)).map(|(_, value)| value.as_str());
            let glued = words.iter().filter_map(|word| {
                word.strip_prefix("--groups=").or_else(|| word.strip_prefix("--gid="))
            });
            let groups = separate.chain(glued).flat_map(|groups| groups.split(','));
            groups.map(|group| (user, group)).collect()
        }
        "addgroup" => match operands.as_slice() {
            [user, group] => vec![(user, group)],
            _ => Vec::new(),
        },
        "gpasswd" => {
            let user = words
                .iter()
                .zip(words.iter().skip(1))
                .find(|(option, _)| matches!(option.as_str(), "-a" | "--add"));
            match (user, operands.last()) {
                (Some((_, user)), Some(group)) => vec![(user, group)],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}
