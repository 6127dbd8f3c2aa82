//! A step's text on one line, with the line that each character came from.

use crate::model::{before_continuation, flags, is_comment_or_blank, split_keyword};
use crate::{Block, File};

/// Continuations joined, heredocs left out.
pub(super) struct JoinedLines {
    text: String,
    /// Where each line begins in the text.
    starts: Vec<(usize, usize)>,
    /// Where the arguments begin.
    arguments: usize,
}

impl JoinedLines {
    pub fn of(file: &File, block: &Block) -> Self {
        let end = block.heredocs.first().map_or(block.raw.end, |heredoc| heredoc.body.start);
        let (mut text, mut starts) = (String::new(), Vec::new());
        let lines = file.text()[block.raw.start..end].split_inclusive('\n');
        for (line, number) in lines.zip(*block.lines.start()..) {
            if is_comment_or_blank(line) {
                continue;
            }
            starts.push((text.len(), number));
            let content = line.trim_end_matches(['\r', '\n']);
            text.push_str(before_continuation(content, file.escape()).unwrap_or(content));
        }
        let trimmed = text.trim_end();
        let (_, rest) = flags(split_keyword(trimmed).1);
        let arguments = trimmed.len() - rest.len();
        Self { text, starts, arguments }
    }

    /// What follows keyword and flags.
    pub fn arguments(&self) -> &str {
        &self.text[self.arguments..]
    }

    /// The line of a byte of the arguments.
    pub fn line_of(&self, at: usize) -> usize {
        let at = self.arguments + at;
        let after = self.starts.partition_point(|&(start, _)| start <= at);
        self.starts[after.saturating_sub(1)].1
    }
}
