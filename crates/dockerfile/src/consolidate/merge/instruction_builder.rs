//! The text of an instruction merged from several.

use crate::{Block, File};

/// The lines of an instruction, and comments among them.
#[derive(Default)]
pub(super) struct InstructionBuilder(Vec<String>);

impl InstructionBuilder {
    pub fn code(&mut self, line: String) {
        self.0.push(line);
    }

    /// The comments that belong to a block; they go into the instruction.
    pub fn comments(&mut self, file: &File, block: &Block) {
        let lines = file.leading(block).lines().map(str::trim);
        self.0.extend(lines.filter(|line| line.starts_with('#')).map(|line| format!("    {line}")));
    }

    /// The instruction. A comment ends its line by itself, all else is continued.
    pub fn text(&self, file: &File) -> String {
        let mut text = String::new();
        for (at, line) in self.0.iter().enumerate() {
            text.push_str(line);
            if at + 1 < self.0.len() {
                let last = line.lines().next_back().unwrap_or_default();
                if !last.trim_start().starts_with('#') {
                    text.push(' ');
                    text.push(file.escape());
                }
                text.push_str(file.eol().text());
            }
        }
        text
    }
}
