//! What becomes of the comments above a `USER` line that goes.
//!
//! Those that only speak of the switch go with it ("# switch to dev"). Those that say something else stay.
//! Where they name a user and nothing ran under that line, they are marked, because they may be wrong
//! now. Those for a program (`# hadolint ignore=`) were about the line itself.

use super::merge::is_pragma;
use crate::{Block, Edit, File};

/// Words that a comment has that only speaks of a switch, beside the names of users.
const OF_A_SWITCH: &[&str] = &[
    "a",
    "again",
    "all",
    "an",
    "and",
    "are",
    "as",
    "at",
    "back",
    "be",
    "because",
    "become",
    "becoming",
    "before",
    "below",
    "build",
    "by",
    "change",
    "changing",
    "commands",
    "container",
    "continue",
    "continuing",
    "current",
    "default",
    "do",
    "docker",
    "done",
    "down",
    "drop",
    "dropping",
    "else",
    "elevate",
    "elevated",
    "escalate",
    "everything",
    "execute",
    "file",
    "finally",
    "following",
    "for",
    "from",
    "go",
    "here",
    "if",
    "image",
    "in",
    "instead",
    "into",
    "is",
    "it",
    "less",
    "let",
    "limited",
    "lines",
    "longer",
    "lower",
    "make",
    "must",
    "need",
    "needed",
    "needs",
    "next",
    "no",
    "normal",
    "not",
    "now",
    "of",
    "on",
    "once",
    "onward",
    "onwards",
    "or",
    "our",
    "out",
    "own",
    "part",
    "permission",
    "permissions",
    "please",
    "previous",
    "proceed",
    "regular",
    "remaining",
    "reset",
    "rest",
    "restore",
    "return",
    "returning",
    "revert",
    "rights",
    "run",
    "running",
    "runs",
    "s",
    "same",
    "section",
    "set",
    "should",
    "so",
    "standard",
    "start",
    "stage",
    "step",
    "steps",
    "stop",
    "sure",
    "temporarily",
    "temporary",
    "than",
    "that",
    "the",
    "them",
    "then",
    "these",
    "things",
    "this",
    "to",
    "under",
    "until",
    "up",
    "us",
    "use",
    "uses",
    "using",
    "via",
    "want",
    "we",
    "when",
    "which",
    "while",
    "will",
    "with",
    "work",
    "you",
];

/// Words of which it has one at least, or the name of a user.
const OF_USERS: &[&str] = &[
    "account",
    "admin",
    "administrator",
    "non-privileged",
    "non-root",
    "nonroot",
    "privilege",
    "privileged",
    "privileges",
    "root",
    "rootless",
    "su",
    "sudo",
    "superuser",
    "switch",
    "switched",
    "switches",
    "switching",
    "unprivileged",
    "user",
    "users",
];

/// How the comments of a `USER` block are printed that goes; `executes`: steps ran under it.
pub(super) fn of_gone(file: &File, at: usize, executes: bool, users: &[String]) -> Edit {
    let block = &file.blocks()[at];
    let lines: Vec<&str> = file.leading(block).lines().filter(|line| !is_pragma(line)).collect();
    let own = lines.join("\n");
    let is_empty = own.trim().is_empty();
    let heading = file.gap(block).trim();
    if is_empty || speaks_of_switch(&own, users) {
        let heading_goes = heading.is_empty() || speaks_of_switch(heading, users);
        return if heading_goes { Edit::Gone(at) } else { Edit::Marked(at, String::new()) };
    }
    if !executes && names_user(&own, users) {
        let user = &block.instruction.arguments;
        return Edit::Marked(at, format!("{own} [`USER {user}` removed: nothing ran under it]"));
    }
    if lines.len() == file.leading(block).lines().count() {
        Edit::Comments(at)
    } else {
        Edit::Marked(at, own)
    }
}

/// Names of the users of a stage, in small letters.
pub(super) fn names(file: &File, blocks: impl Iterator<Item = usize>) -> Vec<String> {
    let blocks = blocks.map(|at| &file.blocks()[at]);
    let lines = blocks.filter(|block: &&Block| block.instruction.keyword == "USER");
    let mut names: Vec<String> = lines
        .flat_map(|block| {
            block.instruction.arguments.split(':').map(str::to_lowercase).collect::<Vec<_>>()
        })
        .map(|name| name.trim_matches(['$', '{', '}', '"', '\'']).to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The words of a comment, in small letters, without its decoration.
fn words(comment: &str) -> Vec<String> {
    let is_end = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_');
    let words = comment.split(is_end).map(|word| word.trim_matches(['-', '_']).to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

fn names_user(comment: &str, users: &[String]) -> bool {
    words(comment).iter().any(|word| OF_USERS.contains(&word.as_str()) || users.contains(word))
}

fn speaks_of_switch(comment: &str, users: &[String]) -> bool {
    names_user(comment, users)
        && words(comment).iter().all(|word| {
            let word = word.as_str();
            OF_A_SWITCH.contains(&word)
                || OF_USERS.contains(&word)
                || users.iter().any(|u| u == word)
                || word == "uid"
                || word == "gid"
                || word == "user-id"
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_speaks_of_a_switch() {
        let users = ["dev".to_owned(), "1000".to_owned()];
        for comment in [
            "# switch to dev",
            "# From here on as dev",
            "# And back to root for the rest",
            "# --- Run everything below as non-root user ---",
            "#\n# Switch back to the unprivileged user (dev)\n#",
            "# drop privileges",
            "# Back to dev.",
            "# We need to be root here",
            "# uid 1000",
        ] {
            assert!(speaks_of_switch(comment, &users), "{comment}");
        }
        for comment in [
            "# Install node modules as dev",
            "# From here on",
            "# Somebody wanted a shell here once.",
            "# Create directories as root",
            "# root owns /opt, see ticket 5",
        ] {
            assert!(!speaks_of_switch(comment, &users), "{comment}");
        }
    }
}
