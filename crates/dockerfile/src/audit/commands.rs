//! The commands of a `RUN` step, as words with their lines.
//!
//! This reads what a person sees at a glance: words, quotes, separators, comments, variables that the
//! file sets. It knows no loops, functions or expansions beyond that; a command that it cannot read
//! is a word that no rule knows. What may be moved is decided elsewhere, with a real shell parser.

mod lines;
mod split;

use lines::JoinedLines;

use crate::model::is_json;
use crate::{Block, File, State};

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Where it begins, from 1.
    pub line: usize,
    /// Program and arguments, quotes removed; assignments in front and redirections left out.
    pub words: Vec<String>,
    /// What it is run through: `sudo`, `su`, `gosu` and the like.
    pub through: Option<String>,
    /// Files that its output goes to.
    pub output: Vec<String>,
    /// How it is joined to the command in front of it.
    pub joined: Operator,
    /// It, or what comes of it, depends on another command's success: `a || b`, `if a; then b; fi`.
    pub is_conditional: bool,
}

/// How two commands are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `;`, a new line, or nothing: it is the first.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

impl Command {
    /// The program, without its folder.
    pub fn program(&self) -> &str {
        let first = self.words.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    /// The words after the program.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// The commands of every block.
pub(super) struct Commands(Vec<Vec<Command>>);

impl Commands {
    /// Reads all `RUN` steps.
    pub fn of(file: &File) -> Self {
        let of = |(index, block): (usize, &Block)| match block.instruction.keyword.as_str() {
            "RUN" => step(file, block, file.state(index)),
            _ => Vec::new(),
        };
        Self(file.blocks().iter().enumerate().map(of).collect())
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = &Command> {
        self.0.iter().flatten()
    }

    /// Those of one block.
    pub fn at(&self, block: usize) -> &[Command] {
        &self.0[block]
    }
}

fn step(file: &File, block: &Block, state: &State) -> Vec<Command> {
    let line = *block.lines.start();
    let instruction = &block.instruction;
    if is_json(&instruction.exact) {
        let words = instruction.words();
        // `["sh", "-c", "…"]` is a shell's text in other clothes.
        if let [shell, flags, text, ..] = words.as_slice()
            && is_shell(shell)
            && flags.starts_with('-')
            && flags.ends_with('c')
        {
            return split::commands(text, |_| line, state);
        }
        return split::exec(line, words);
    }
    if !state.shell().and_then(<[_]>::first).is_none_or(|shell| is_shell(shell)) {
        return Vec::new();
    }
    let joined = JoinedLines::of(file, block);
    let mut commands = split::commands(joined.arguments(), |at| joined.line_of(at), state);
    let is_script = match commands.as_slice() {
        [] => true,
        [only] => is_shell(only.program()) && only.arguments().iter().all(|a| a.starts_with('-')),
        _ => false,
    };
    if is_script {
        for heredoc in &block.heredocs {
            let body = &file.text()[heredoc.body.clone()];
            let shebang = body.lines().next().and_then(|first| first.trim().strip_prefix("#!"));
            let program = shebang.and_then(|line| line.split_whitespace().next_back());
            if program.is_some_and(|program| !is_shell(program)) {
                continue;
            }
            let first = file.text()[block.raw.start..heredoc.body.start].matches('\n').count();
            let mut at = (0, line + first);
            // Offsets come in order, so lines are counted once.
            let line_of = |offset: usize| {
                at.1 += body[at.0..offset].matches('\n').count();
                at.0 = offset;
                at.1
            };
            commands.extend(split::commands(body, line_of, state));
        }
    }
    commands
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

#[cfg(test)]
mod tests;
