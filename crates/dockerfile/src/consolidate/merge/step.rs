//! A step that may be merged, and what stands with what in one `RUN`.

use super::blockers::StepText;
use super::pragma::is_pragma;
use super::shape::Shape;
use crate::consolidate::stage::{Kind, Node, Stage};
use crate::effects::{StepUser, is_standard_command};
use crate::shell::Invocation;
use crate::{Block, File};

/// A step that may be merged.
pub(super) struct MergeStep<'a> {
    pub node: &'a Node,
    pub block: &'a Block,
    /// `RUN` and its flags, as written, up to the shell's text.
    pub head: &'a str,
    /// The shell's text as written, continuations and comments included.
    pub body: &'a str,
    pub shape: Shape,
    text: StepText<'a>,
}

impl<'a> MergeStep<'a> {
    /// Reads a block; `None` for one that stays alone.
    pub fn read(file: &'a File, stage: &'a Stage, at: usize) -> Option<Self> {
        let node = stage.nodes.iter().find(|node| node.block == at && node.kind == Kind::Run)?;
        let block = &file.blocks()[at];
        let instruction = &block.instruction;
        let is_exec = serde_json::from_str::<Vec<String>>(&instruction.exact).is_ok();
        if is_exec || !instruction.heredocs.is_empty() || !block.dangling.is_empty() {
            return None;
        }
        let raw = file.raw(block).trim_end();
        if raw.ends_with(file.escape()) || file.leading(block).lines().any(is_pragma) {
            return None;
        }
        let invocation = Invocation::of(file.state(at).shell())?;
        let shape = Shape::of(&instruction.exact, invocation)?;
        let (head, body) = raw.split_at(body_at(raw, file.escape(), instruction.flags.len())?);
        let who = StepUser::of(&node.user);
        let text = StepText::new(&instruction.exact, &instruction.flags, file.state(at), who);
        (!text.is_alone()).then_some(Self { node, block, head, body, shape, text })
    }

    /// Whether it may stand behind these in one `RUN`.
    pub fn may_follow(&self, group: &[Self]) -> bool {
        let Some(last) = group.last() else { return false };
        let first = &group[0];
        let is_boundary = last.is_slow() && !last.installs_packages_as(self);
        self.block.instruction.flags == first.block.instruction.flags
            && self.node.user_id == first.node.user_id
            && !last.text.is_last()
            && !is_boundary
            && !group.iter().any(|earlier| self.text.renames_of(&earlier.text))
            && !self.may_have_another_command(group)
    }

    /// Whether it may take its time: behind it nothing is put, or an edit there would run it again.
    fn is_slow(&self) -> bool {
        !self.text.is_quick()
    }

    fn installs_packages_as(&self, next: &Self) -> bool {
        self.node.only_installs_packages() && next.node.only_installs_packages()
    }

    /// Whether it executes a command that the shell remembers, and that a step before it may have put
    /// somewhere else. A command with a slash in its name is not remembered.
    fn may_have_another_command(&self, group: &[Self]) -> bool {
        let Some(effects) = &self.node.effects else { return false };
        group.iter().any(|step| {
            let Some(earlier) = &step.node.effects else { return false };
            let brings = earlier.brings.intersection(&effects.commands).next().is_some();
            // What it puts into a folder of commands is not seen, or it is somebody else's program.
            let may_bring = step.text.puts_into_bin() && earlier.brings.is_empty();
            let is_remembered = |name: &&String| {
                effects.commands.contains(*name)
                    && !is_builtin(name)
                    && (may_bring || step.is_slow() && !is_standard_command(name))
            };
            brings
                || group.iter().any(|step| {
                    let executed = step.node.effects.iter().flat_map(|effects| &effects.commands);
                    executed.into_iter().any(|name| is_remembered(&name))
                })
        })
    }
}

/// Commands that a shell has in itself.
fn is_builtin(name: &str) -> bool {
    const BUILTINS: &[&str] = &[
        ":", "[", "cd", "echo", "export", "false", "printf", "pwd", "read", "set", "test", "true",
        "umask", "unset",
    ];
    BUILTINS.contains(&name)
}

/// Where the shell's text begins: behind `RUN`, its flags, and the space between them, which may be
/// continuations and comments. `None` where the flags are not plain.
fn body_at(raw: &str, escape: char, flags: usize) -> Option<usize> {
    let mut at = raw.len() - raw.trim_start().len() + 3;
    for _ in 0..flags {
        at = skip_space(raw, at, escape);
        let rest = raw.get(at..)?;
        let end = rest.find(char::is_whitespace)?;
        if !rest.starts_with("--") || rest[..end].contains(['"', '\'', escape]) {
            return None;
        }
        at += end;
    }
    // A continuation in front of the text belongs to the text: comments may stand behind it.
    let rest = raw.get(at..)?;
    Some(at + rest.len() - rest.trim_start_matches([' ', '\t']).len())
}

/// Behind spaces, continuations, and the comments and empty lines after one.
fn skip_space(raw: &str, mut at: usize, escape: char) -> usize {
    loop {
        let rest = &raw[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let line = trimmed.lines().next().unwrap_or_default();
        let is_continued =
            trimmed.starts_with(escape) && line[escape.len_utf8()..].trim().is_empty();
        if trimmed.is_empty() || !(is_continued || line.starts_with('#')) {
            return at;
        }
        at += line.len();
    }
}
