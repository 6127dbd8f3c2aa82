//! What a step's text is to a shell that goes on behind it.
//!
//! Steps are joined by `&&`. Left of `&&` the shell ignores a `set -e` (POSIX.1-2024, XCU 2.14, `set`),
//! in subshells, groups and substitutions too; so nothing is joined in which one may be in force.

use brush_parser::ast::{
    AndOr, Command, CompoundCommand, Pipeline, SeparatorOperator, SimpleCommand,
};

use super::words;
use crate::shell::{Invocation, parse};

/// Builtins of dash, bash and busybox after which the shell is not what it was.
const CHANGING: &[&str] = &[
    ":",
    "alias",
    "bind",
    "break",
    "cd",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "enable",
    "exec",
    "exit",
    "export",
    "getopts",
    "hash",
    "let",
    "local",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "set",
    "shift",
    "shopt",
    "times",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
];

/// Words at the place of a command that may put `set -e` in force, or leave something behind that no
/// subshell keeps.
const TREACHEROUS: &[&str] = &[
    ".", "builtin", "bg", "coproc", "disown", "eval", "fc", "fg", "function", "history", "jobs",
    "local", "logout", "return", "source", "suspend", "wait",
];

/// The shape of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Commands joined by `&&` that change nothing of the shell.
    Chain,
    /// The same, but the shell is another one afterwards: at the end it stands as it is.
    Changing,
    /// With `||`: in brackets wherever it stands.
    Alternatives,
}

impl Shape {
    /// The shape of a text; `None` for one that must stay alone.
    pub fn of(text: &str, invocation: Invocation) -> Option<Self> {
        let is_open = text.trim_end().ends_with([';', '\\', '&', '|']);
        if is_open || text.trim().is_empty() || has_comment(text) || has_background(text) {
            return None;
        }
        // Arithmetic for bash, two subshells for sh; and a function may be anything later.
        let is_ambiguous = text.replace("$((", "").contains("((") || text.contains("()");
        if is_ambiguous || text.contains("$_") || text.contains("${_}") {
            return None;
        }
        let program = parse(text).ok()?;
        let [list] = program.complete_commands.as_slice() else { return None };
        let [item] = list.0.as_slice() else { return None };
        if matches!(item.1, SeparatorOperator::Async) || is_treacherous(text) {
            return None;
        }
        let first = std::iter::once((false, &item.0.first));
        let others = item.0.additional.iter().map(|next| match next {
            AndOr::And(pipeline) => (false, pipeline),
            AndOr::Or(pipeline) => (true, pipeline),
        });
        let mut shape = Self::Chain;
        for (is_or, pipeline) in first.chain(others) {
            let own = of_pipeline(pipeline)?;
            shape = match (shape, own) {
                _ if is_or => Self::Alternatives,
                (Self::Chain, own) => own,
                (shape, _) => shape,
            };
        }
        // Where `-e` is in force from the start, only what cannot tell stays: a list of `&&` ends at
        // the first command that fails, whatever `-e` says.
        let can_tell = shape != Self::Chain
            || text.contains("$(")
            || text.contains(['`', '(', '{', '!'])
            || words::commands(text).iter().any(|words| {
                words.0.iter().any(|word| {
                    matches!(word.as_str(), "if" | "for" | "while" | "until" | "case" | "select")
                })
            });
        (!invocation.errexit || !can_tell).then_some(shape)
    }
}

fn of_pipeline(pipeline: &Pipeline) -> Option<Shape> {
    if pipeline.timed.is_some() {
        return None;
    }
    match pipeline.seq.as_slice() {
        [Command::Simple(command)] => of_simple(command),
        [Command::Compound(compound, _)] => match compound {
            CompoundCommand::Subshell(_) => Some(Shape::Chain),
            CompoundCommand::Coprocess(_) | CompoundCommand::Arithmetic(_) => None,
            _ => Some(Shape::Changing),
        },
        [Command::Function(_)] => None,
        [Command::ExtendedTest(..)] => Some(Shape::Changing),
        // Every command of a pipeline has a shell of its own; the last one may not, in bash.
        commands => {
            let last = match commands.last()? {
                Command::Simple(command) => of_simple(command)?,
                Command::Function(_) => return None,
                _ => Shape::Chain,
            };
            Some(last)
        }
    }
}

fn of_simple(command: &SimpleCommand) -> Option<Shape> {
    let Some(name) = &command.word_or_name else { return Some(Shape::Changing) };
    let name = name.value.as_str();
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+:[".contains(&byte));
    if !is_plain || TREACHEROUS.contains(&name) {
        return None;
    }
    let text = command.to_string();
    let changes = match name {
        // What it executes may be any of the others.
        "command" => !(text.contains(" -v ") || text.contains(" -V ")),
        name => CHANGING.contains(&name),
    };
    Some(if changes || assigns(&text) { Shape::Changing } else { Shape::Chain })
}

/// Whether anything in a text may put `set -e` in force, or leaves something behind.
fn is_treacherous(text: &str) -> bool {
    words::commands(text).iter().any(|words| {
        let name = words.words_from_name().first().map_or("", String::as_str);
        TREACHEROUS.contains(&name)
            || words.has("errexit")
            || name == "set"
                && !words.words_from_name()[1..].iter().all(|word| is_mild_option(word))
            || name == "shopt" && words.has("-o")
    })
}

/// Options of `set` that mean the same left of `&&`.
fn is_mild_option(word: &str) -> bool {
    match word.strip_prefix(['-', '+']) {
        Some(letters) => !letters.is_empty() && letters.chars().all(|c| "uxvfo".contains(c)),
        None => matches!(word, "pipefail" | "nounset" | "xtrace" | "verbose" | "noglob"),
    }
}

/// `${X:=…}`, arithmetic and `printf -v` set variables.
fn assigns(text: &str) -> bool {
    let mut expansions = text.split("${").skip(1);
    text.contains("((")
        || text.contains("$[")
        || text.contains("printf -v")
        || expansions.any(|rest| rest.split('}').next().is_some_and(|inner| inner.contains('=')))
}

/// A `#` that begins a comment, quoted or not: what is joined behind it would be lost.
fn has_comment(text: &str) -> bool {
    let mut before = ' ';
    text.chars().any(|c| {
        let begins = c == '#' && (before.is_whitespace() || ";&|()`".contains(before));
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
    use crate::shell::Dialect;

    fn of(text: &str, errexit: bool) -> Option<Shape> {
        Shape::of(text, Invocation { dialect: Dialect::Sh, errexit })
    }

    #[test]
    fn shapes() {
        use Shape::{Alternatives, Chain, Changing};
        for (text, shape) in [
            ("a", Some(Chain)),
            ("a && b | c && d > /x 2>&1", Some(Chain)),
            ("(cd /x && a) && b", Some(Chain)),
            ("A=1 b", Some(Chain)),
            ("! a", Some(Chain)),
            ("{ a; b; } | c", Some(Chain)),
            ("a && (b; c)", Some(Chain)),
            ("echo $(a; b)", Some(Chain)),
            ("npm config set prefix /x", Some(Chain)),
            ("[ -e /x ] && a", Some(Chain)),
            ("cd /x && a", Some(Changing)),
            ("A=1", Some(Changing)),
            ("A=1 :", Some(Changing)),
            ("let x=1", Some(Changing)),
            ("a | read x", Some(Changing)),
            ("set -x && a", Some(Changing)),
            ("set -o pipefail && a | b", Some(Changing)),
            ("for x in a b; do c $x; done", Some(Changing)),
            ("if a; then b; fi", Some(Changing)),
            ("{ a; b; }", Some(Changing)),
            ("echo ${A:=b}", Some(Changing)),
            ("a || b", Some(Alternatives)),
            ("cd /x || a", Some(Alternatives)),
            ("a; b", None),
            ("a;", None),
            ("set -e; a", None),
            ("set -ex && a", None),
            ("set -o errexit && a", None),
            ("(set -e; a; b)", None),
            ("echo $(set -e; a; b)", None),
            ("{ set -eu; a; } | b", None),
            (". /x && a", None),
            ("source /x", None),
            ("eval a", None),
            ("$A b", None),
            ("c\"d\" /x", None),
            ("((a))", None),
            ("((cd /x && a))", None),
            ("f() { a; }", None),
            ("function f { a; }", None),
            ("time a", None),
            ("coproc a", None),
            ("echo $_", None),
            ("a &", None),
            ("a & b", None),
            ("a # b", None),
            ("'", None),
            ("", None),
        ] {
            assert_eq!(of(text, false), shape, "{text}");
        }
    }

    #[test]
    fn under_e_only_what_cannot_tell() {
        for (text, shape) in [
            ("a && b | c > /x", Some(Shape::Chain)),
            ("A=1 b --x=y", Some(Shape::Chain)),
            ("a && (b; c)", None),
            ("a $(b; c)", None),
            ("a `b`", None),
            ("{ a; b; } | c", None),
            ("! a", None),
            ("a || b", None),
            ("cd /x && a", None),
            ("if a; then b; fi", None),
        ] {
            assert_eq!(of(text, true), shape, "{text}");
        }
    }
}
