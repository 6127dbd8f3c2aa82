//! `users/sudo-nopasswd`: a user that becomes root whenever it likes. Whatever breaks out of the program
//! that it runs is root too.

use super::super::RuleContext;
use super::super::facts::Severity;
use super::super::rule::{Rule, RuleMatch};
use crate::Block;

pub(in super::super) const RULE: Rule = Rule {
    id: "users/sudo-nopasswd",
    title: "sudo without a password",
    severity: Severity::Warning,
    help: "Do in the build what needs root; at run time allow the one command that is needed, or nothing.",
    check: |context| {
        let mut found = Vec::new();
        for (index, block) in context.file.blocks().iter().enumerate() {
            if !matches!(block.instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
                continue;
            }
            let raw = context.file.raw(block);
            if !raw.contains("sudoers") || is_taken_away(context, index) {
                continue;
            }
            for (line, text) in (*block.lines.start()..).zip(raw.lines()) {
                if let Some((message, severity)) = granted(text) {
                    found.push(RuleMatch::at(line, message).with(severity));
                }
            }
        }
        found
    },
};

/// What a line grants, if it writes such a thing.
fn granted(line: &str) -> Option<(String, Severity)> {
    let text = line.trim_start();
    let searches = ["grep", "/d'", "/d\""].iter().any(|word| text.contains(word));
    if text.starts_with('#') || searches {
        return None;
    }
    if text.contains("!authenticate") {
        return Some(("sudo never asks for a password".to_owned(), Severity::Warning));
    }
    // Of a replacement the new text counts.
    let at = text.rfind("NOPASSWD")?;
    // `dev ALL=(ALL) NOPASSWD: ALL`: who stands before the first `ALL`.
    let clean = |c: char| !c.is_alphanumeric() && !"%_-${}".contains(c);
    let before = text[..at].split("ALL").next().unwrap_or_default();
    let who =
        before.trim_end_matches(['=', ' ', '\t', '\\']).rsplit(clean).next().unwrap_or_default();
    let who = match who {
        "" => "somebody".to_owned(),
        who if who.starts_with('%') => format!("the group `{}`", &who[1..]),
        who => format!("`{who}`"),
    };
    let what = text[at + "NOPASSWD".len()..].trim_start_matches([':', ' ', '\\']);
    let what = what.split(['"', '\'', '\\', '>', '/']).next().unwrap_or_default().trim();
    let is_all = what.is_empty() && !text[at..].contains(": /") && !text[at..].contains(":/")
        || what.starts_with("ALL");
    Some(match is_all {
        true => (format!("{who} becomes root without a password"), Severity::Warning),
        false => (format!("{who} runs commands as root without a password"), Severity::Note),
    })
}

/// Whether a later command removes the rule again.
fn is_taken_away(context: &RuleContext<'_>, block: usize) -> bool {
    let stage = context.file.blocks()[block].stage;
    let files = |block: &Block| {
        let text = context.file.raw(block);
        let words = text.split(|c: char| c.is_whitespace() || "\"';&|>".contains(c));
        let files = words.filter(|word| word.starts_with("/etc/sudoers.d/"));
        files.map(str::to_owned).collect::<Vec<_>>()
    };
    let files = files(&context.file.blocks()[block]);
    let mut later = (block..context.file.blocks().len())
        .take_while(|&later| context.file.blocks()[later].stage == stage)
        .flat_map(|later| context.commands.at(later));
    later.any(|command| {
        let removes = command.program() == "rm"
            && command.arguments().iter().any(|word| files.contains(word));
        let edits = command.program() == "sed"
            && command
                .arguments()
                .iter()
                .any(|word| word.contains("NOPASSWD") && word.ends_with('d'));
        removes || edits
    })
}
