//! What a step's text is to the shell that goes on behind it.

use brush_parser::ast::{
    AndOr, Command, CompoundCommand, Pipeline, SeparatorOperator, SimpleCommand,
};

use crate::shell::parse;

/// Commands after which the shell is not what it was.
const CHANGING: &[&str] = &[
    ".",
    "alias",
    "bind",
    "break",
    "builtin",
    "cd",
    "command",
    "continue",
    "declare",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "getopts",
    "hash",
    "local",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

/// The shape of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Commands joined by `&&` that change nothing of the shell.
    Chain,
    /// Anything else; it goes into a subshell.
    Other,
}

impl Shape {
    /// The shape of a text; `None` for one that must stay alone.
    pub fn of(text: &str) -> Option<Self> {
        if has_comment(text) || has_background(text) || text.trim().is_empty() {
            return None;
        }
        let program = parse(text).ok()?;
        let [list] = program.complete_commands.as_slice() else { return Some(Self::Other) };
        let [item] = list.0.as_slice() else { return Some(Self::Other) };
        if matches!(item.1, SeparatorOperator::Async) {
            return None;
        }
        // The separator at the end is not part of the tree.
        let is_open = text.trim_end().ends_with([';', '\\']);
        let is_chain = !is_open
            && is_harmless(&item.0.first)
            && item.0.additional.iter().all(|next| match next {
                AndOr::And(pipeline) => is_harmless(pipeline),
                AndOr::Or(_) => false,
            });
        Some(if is_chain { Self::Chain } else { Self::Other })
    }

    /// Whether it is a chain.
    pub fn is_chain(self) -> bool {
        self == Self::Chain
    }
}

fn is_harmless(pipeline: &Pipeline) -> bool {
    !pipeline.bang
        && match pipeline.seq.as_slice() {
            [command] => match command {
                Command::Simple(command) => keeps_shell(command),
                Command::Compound(CompoundCommand::Subshell(_), _) => true,
                _ => false,
            },
            // Every command of a pipeline has a shell of its own; bash may be told otherwise.
            commands => commands.iter().all(|command| match command {
                Command::Simple(command) => keeps_shell(command),
                _ => true,
            }),
        }
}

fn keeps_shell(command: &SimpleCommand) -> bool {
    let Some(name) = &command.word_or_name else { return false };
    let is_plain =
        name.value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+".contains(&byte));
    is_plain
        && (name.value == "printf" || !CHANGING.contains(&name.value.as_str()))
        && !assigns(command)
}

/// `${X:=…}`, arithmetic and `printf -v` set variables.
fn assigns(command: &SimpleCommand) -> bool {
    let text = command.to_string();
    let mut expansions = text.split("${").skip(1);
    text.contains("((")
        || text.contains("printf -v")
        || expansions.any(|rest| rest.split('}').next().is_some_and(|inner| inner.contains('=')))
}

/// A `#` that begins a comment, quoted or not: what is joined behind it would be lost.
fn has_comment(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let begins = c == '#' && (before.is_whitespace() || ";&|()".contains(before));
        before = c;
        begins
    })
}

/// A `&` that leaves something in the background.
fn has_background(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        let next_to = |other: Option<&u8>| other.is_some_and(|byte| b"&<>".contains(byte));
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        bytes[at] == b'&' && !next_to(before) && !next_to(bytes.get(at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for (text, shape) in [
            ("a", Some(Shape::Chain)),
            ("a && b | c && d > /x 2>&1", Some(Shape::Chain)),
            ("(cd /x && a) && b", Some(Shape::Chain)),
            ("A=1 b", Some(Shape::Chain)),
            ("cd /x && a", Some(Shape::Other)),
            ("a; b", Some(Shape::Other)),
            ("a;", Some(Shape::Other)),
            ("a || b", Some(Shape::Other)),
            ("! a", Some(Shape::Other)),
            ("A=1", Some(Shape::Other)),
            ("if a; then b; fi", Some(Shape::Other)),
            ("set -e; a", Some(Shape::Other)),
            ("echo ${A:=b}", Some(Shape::Other)),
            ("$A b", Some(Shape::Other)),
            ("a &", None),
            ("a & b", None),
            ("a # b", None),
            ("'", None),
            ("", None),
        ] {
            assert_eq!(Shape::of(text), shape, "{text}");
        }
    }
}
