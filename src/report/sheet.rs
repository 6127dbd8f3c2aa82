//! Lines for a terminal: in its width, in its colours, in the signs that it can show.

use crate::ui::{Glyphs, Line, Paint, Role};

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Columns.
    pub width: usize,
    /// Whether to use colour.
    pub color: bool,
    /// Whether to use signs beyond ASCII.
    pub unicode: bool,
}

/// Narrower than this nothing fits: lines are made for it and the terminal breaks them.
const MIN_WIDTH: usize = 40;
/// Beyond this the eye loses the line.
const MAX_WIDTH: usize = 110;

/// A text that grows line by line.
pub(super) struct Sheet {
    pub(super) width: usize,
    pub(super) glyphs: Glyphs,
    paint: Paint,
    unicode: bool,
    out: String,
}

impl Sheet {
    pub(super) fn new(look: TerminalStyle) -> Self {
        Self {
            width: look.width.clamp(MIN_WIDTH, MAX_WIDTH),
            glyphs: Glyphs::new(look.unicode),
            paint: Paint { color: look.color },
            unicode: look.unicode,
            out: String::new(),
        }
    }

    /// The text, every line of it ended.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A text with our own signs in ASCII, where the terminal shows no others.
    pub(super) fn signs(&self, text: &str) -> String {
        if self.unicode {
            return text.to_owned();
        }
        let ours = [
            ("→", "->"),
            ("…", "..."),
            ("±", "+-"),
            ("×", "x"),
            ("·", "-"),
            ("–", "-"),
            ("≥", ">="),
        ];
        ours.iter().fold(text.to_owned(), |text, (sign, ascii)| text.replace(sign, ascii))
    }

    /// One line, whole: for what is copied or compared, not read.
    pub(super) fn whole(&mut self, line: Line) {
        self.out += line.paint(self.paint).trim_end();
        self.out.push('\n');
    }

    /// One line, cut to the width.
    pub(super) fn line(&mut self, line: Line) {
        let line = line.fit(self.width, self.glyphs.ellipsis);
        self.out += line.paint(self.paint).trim_end();
        self.out.push('\n');
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// A line with something at its right edge.
    pub(super) fn beside(&mut self, left: Line, right: Line) {
        let line = left.beside(right, self.width, self.glyphs.ellipsis);
        self.line(line);
    }

    /// The head of a section, after an empty line.
    pub(super) fn head(&mut self, text: &str) {
        self.gap();
        self.line(Line::new().with(Role::Strong, text));
    }

    /// A text that may be long: its first line after `first`, the others below, all of them broken
    /// at words and indented as far as `first` is wide.
    pub(super) fn paragraph(&mut self, first: Line, role: Role, text: &str) {
        let indent = first.width();
        self.broken(first, indent, role, text);
    }

    /// The same, with the further lines indented by `indent` columns.
    pub(super) fn hanging(&mut self, first: Line, indent: usize, text: &str) {
        self.broken(first, indent, Role::Plain, text);
    }

    fn broken(&mut self, first: Line, indent: usize, role: Role, text: &str) {
        let mut line = first;
        let mut is_empty = true;
        for word in self.signs(text).split_whitespace() {
            let taken = line.width() + usize::from(!is_empty);
            if !is_empty && taken + console::measure_text_width(word) > self.width {
                self.line(std::mem::take(&mut line));
                line = Line::new().pad(indent);
                is_empty = true;
            }
            let space = if is_empty { "" } else { " " };
            line = line.with(role, format!("{space}{word}"));
            is_empty = false;
        }
        self.line(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_break_at_words_and_keep_their_indent() {
        let mut sheet = Sheet::new(TerminalStyle { width: 40, color: false, unicode: false });
        let first = Line::new().plain("  why  ");
        sheet.paragraph(first, Role::Plain, "file locks/cpu.txt changed: a1b2c3d4 → e5f6a7b8 ±1");
        assert_eq!(
            sheet.finish(),
            "  why  file locks/cpu.txt changed:\n       a1b2c3d4 -> e5f6a7b8 +-1\n"
        );
    }

    #[test]
    fn colour_does_not_count_as_width() {
        let mut sheet = Sheet::new(TerminalStyle { width: 40, color: true, unicode: true });
        sheet.beside(Line::new().with(Role::Good, "left"), Line::new().with(Role::Dim, "right"));
        let text = sheet.finish();
        assert_eq!(console::strip_ansi_codes(&text).trim_end().chars().count(), 40);
    }
}
