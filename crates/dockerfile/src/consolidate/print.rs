//! An order of the nodes as edits of the file: `USER` lines where they are needed, each where it stood
//! if it can, and the working folder given back to what needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::remarks;
use super::stage::{Kind, Node, Stage};
use crate::users::RedundancyReason;
use crate::{Edit, File, Workdir};

/// Blocks in their own order, without the `USER` lines that change nothing.
pub(super) fn in_place(
    file: &File,
    blocks: Range<usize>,
    redundant: &BTreeMap<usize, RedundancyReason>,
) -> Vec<Edit> {
    let names = remarks::names(file, blocks.clone());
    let edit = |block| match redundant.get(&block) {
        Some(reason) => {
            let executes =
                matches!(reason, RedundancyReason::SameUser | RedundancyReason::SameUserAgain);
            remarks::of_gone(file, block, executes, &names)
        }
        None => Edit::Keep(block),
    };
    blocks.map(edit).collect()
}

/// The stage in another order of its nodes.
pub(super) fn reordered(file: &File, stage: &Stage, order: &[usize]) -> Vec<Edit> {
    let mut printer = Printer {
        file,
        stage,
        edits: vec![Edit::Keep(stage.from)],
        used: BTreeSet::new(),
        user_id: stage.start_user_id,
        text: stage.start.clone(),
        workdir: file.state(stage.from + 1).workdir().clone(),
    };
    // A last run of the user that the image keeps is spelled as the image keeps it.
    let last = order.iter().rposition(|&node| {
        stage.nodes[node].user_id.is_some_and(|user_id| user_id != stage.end_user_id)
    });
    for (at, &node) in order.iter().enumerate() {
        let node = &stage.nodes[node];
        let is_last_run = last.is_none_or(|last| at > last);
        printer.node(node, is_last_run);
    }
    if printer.workdir != stage.end_workdir {
        printer.give_workdir(&stage.end_workdir);
    }
    if printer.text != stage.end {
        let line = stage.users.last();
        let above = line.map_or(stage.blocks.end, |line| line.block);
        let unused = line.map(|line| line.block).filter(|block| !printer.used.contains(block));
        printer.switch(unused, stage.end.clone().unwrap_or_default(), above);
    }
    let Printer { edits, used, .. } = printer;
    let removed: Vec<usize> =
        stage.users.iter().map(|line| line.block).filter(|block| !used.contains(block)).collect();
    with_comments(file, stage, edits, &removed)
}

/// Puts the comments of `USER` lines that are gone in front of what they stood above.
fn with_comments(file: &File, stage: &Stage, edits: Vec<Edit>, removed: &[usize]) -> Vec<Edit> {
    let names = remarks::names(file, stage.users.iter().map(|line| line.block));
    let next = |block: usize| stage.nodes.iter().map(|node| node.block).find(|&node| node > block);
    let comments = |gone: usize| {
        let end = stage.users.iter().map(|line| line.block).find(|&block| block > gone);
        let own = gone..end.unwrap_or(stage.blocks.end);
        let mut below = stage.nodes.iter().filter(|node| own.contains(&node.block));
        remarks::of_gone(file, gone, below.any(|node| node.user_id.is_some()), &names)
    };
    let mut out = Vec::with_capacity(edits.len() + removed.len());
    for edit in edits {
        if let Edit::Keep(block) = edit {
            let above = removed.iter().filter(|&&gone| next(gone) == Some(block));
            out.extend(above.map(|&gone| comments(gone)));
        }
        out.push(edit);
    }
    out.extend(removed.iter().filter(|&&gone| next(gone).is_none()).map(|&gone| comments(gone)));
    out
}

struct Printer<'a> {
    file: &'a File,
    stage: &'a Stage,
    edits: Vec<Edit>,
    used: BTreeSet<usize>,
    user_id: usize,
    text: Option<String>,
    workdir: Workdir,
}

impl Printer<'_> {
    fn node(&mut self, node: &Node, is_last_run: bool) {
        if let Some(user_id) = node.user_id
            && user_id != self.user_id
        {
            let line = self.stage.governing(node);
            let above = line.map_or(node.block, |line| line.block);
            let ends = is_last_run && user_id == self.stage.end_user_id;
            let text = match (&self.stage.end, line) {
                (Some(end), _) if ends => end.clone(),
                (_, Some(line)) => line.text.clone(),
                (_, None) => self.stage.start.clone().unwrap_or_default(),
            };
            let unused = self.unused(line.map(|line| line.block), &text);
            self.user_id = user_id;
            self.switch(unused, text, above);
        }
        if let Some(needed @ Workdir::Known(_)) = &node.workdir
            && *needed != self.workdir
        {
            self.give_workdir(&needed.clone());
        }
        self.edits.push(Edit::Keep(node.block));
        if node.kind == Kind::Workdir {
            let is_last = node.block + 1 == self.stage.blocks.end;
            self.workdir = if is_last {
                self.stage.end_workdir.clone()
            } else {
                self.file.state(node.block + 1).workdir().clone()
            };
        }
    }

    /// A `USER` block that says this and is not printed yet: the one that stood above, or any other.
    fn unused(&self, own: Option<usize>, text: &str) -> Option<usize> {
        let lines = self
            .stage
            .users
            .iter()
            .filter(|line| line.text == text && !self.used.contains(&line.block));
        let mut lines: Vec<usize> = lines.map(|line| line.block).collect();
        lines.sort_by_key(|block| (Some(*block) != own, *block));
        lines.first().copied()
    }

    /// Prints a `USER` line: in front of the instructions without a user that stood below it.
    fn switch(&mut self, block: Option<usize>, text: String, above: usize) {
        let mut at = self.edits.len();
        while at > 1 && self.is_free(&self.edits[at - 1], above) {
            at -= 1;
        }
        self.text = Some(text.clone());
        match block {
            Some(block) => {
                self.used.insert(block);
                self.edits.insert(at, Edit::Keep(block));
            }
            None => self.edits.insert(at, Edit::Insert(format!("USER {text}"))),
        }
    }

    /// Whether an edit is a block below `above` for which no user counts.
    fn is_free(&self, edit: &Edit, above: usize) -> bool {
        let Edit::Keep(block) = edit else { return false };
        let node = self.stage.nodes.iter().find(|node| node.block == *block);
        node.is_some_and(|node| node.user_id.is_none() && node.block > above)
    }

    fn give_workdir(&mut self, workdir: &Workdir) {
        if let Workdir::Known(path) = workdir {
            self.edits.push(Edit::Insert(format!("WORKDIR {}", quoted(path, self.file.escape()))));
            self.workdir = workdir.clone();
        }
    }
}

/// A path as `WORKDIR` takes it: variables in it are not meant.
fn quoted(path: &str, escape: char) -> String {
    let mut text = String::new();
    for c in path.chars() {
        if matches!(c, '$' | '"' | '\'') || c == escape {
            text.push(escape);
        }
        text.push(c);
    }
    text
}
