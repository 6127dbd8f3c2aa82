//! Chunks of output become lines.
//!
//! The engine cuts output anywhere: in the middle of a line, of an escape sequence, of a progress
//! bar. Lines are cleaned only when complete, so that a cut sequence is still recognised.

use super::text::{clean_line, last_overwrite};

/// A line longer than this is cut in several: a step that prints 1 GB without a line break must
/// not fill our memory.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// The unfinished line of one stream of one unit of work.
#[derive(Debug, Default)]
pub(super) struct LogLines {
    partial: String,
}

impl LogLines {
    /// Takes a chunk, gives the lines that it completed.
    pub(super) fn push(&mut self, chunk: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in chunk.split_inclusive('\n') {
            self.partial.push_str(piece);
            if piece.ends_with('\n') {
                lines.push(self.take());
            } else {
                self.forget_overwritten();
                while self.partial.len() > MAX_LINE_BYTES {
                    lines.push(self.take_front());
                }
            }
        }
        lines
    }

    /// The unfinished line as it would be seen now.
    pub(super) fn visible(&self) -> Option<String> {
        let seen = last_overwrite(&self.partial);
        // A sequence cut at the end of the chunk would show as stray letters.
        let whole = match seen.rfind('\x1b') {
            Some(esc) if console::strip_ansi_codes(&seen[esc..]).len() == seen.len() - esc => {
                &seen[..esc]
            }
            _ => seen,
        };
        Some(clean_line(whole)).filter(|line| !line.is_empty())
    }

    /// Ends the unfinished line, if there is one.
    pub(super) fn flush(&mut self) -> Option<String> {
        if self.partial.is_empty() {
            return None;
        }
        Some(self.take()).filter(|line| !line.is_empty())
    }

    fn take(&mut self) -> String {
        let line = clean_line(last_overwrite(self.partial.trim_end_matches('\n')));
        self.partial.clear();
        line
    }

    fn take_front(&mut self) -> String {
        let is_cut = |at: &usize| self.partial.is_char_boundary(*at);
        let cut = (0..=MAX_LINE_BYTES).rev().find(is_cut).unwrap_or(0);
        let rest = self.partial.split_off(cut);
        let line = self.take();
        self.partial = rest;
        line
    }

    fn forget_overwritten(&mut self) {
        let seen = last_overwrite(&self.partial);
        if seen.is_empty() {
            // Only blanks: nothing to keep instead, and `seen` is no part of `partial`.
            return;
        }
        let start = seen.as_ptr() as usize - self.partial.as_ptr() as usize;
        self.partial.drain(..start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(chunks: &[&str]) -> (Vec<String>, Option<String>) {
        let mut lines = LogLines::default();
        let complete = chunks.iter().flat_map(|c| lines.push(c)).collect();
        (complete, lines.visible())
    }

    #[test]
    fn chunks_become_lines() {
        for (chunks, lines, rest) in [
            (&["one\ntwo\n"][..], &["one", "two"][..], None),
            (&["o", "ne\ntw"], &["one"], Some("tw")),
            (&["crlf\r", "\nx"], &["crlf"], Some("x")),
            (&["10%\r20%\r", "30%\r", "done\n"], &["done"], None),
            (&["10%\r20%\r"], &[], Some("20%")),
            (&["\x1b[3", "1mred\x1b[0m\n"], &["red"], None),
            (&["text \x1b[3"], &[], Some("text")),
            (&["\n\n"], &["", ""], None),
            (&["\r", "  \r", " ", "x"], &[], Some(" x")),
        ] {
            let (got, got_rest) = feed(chunks);
            assert_eq!(got, lines, "{chunks:?}");
            assert_eq!(got_rest.as_deref(), rest, "{chunks:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut lines = LogLines::default();
        let mut got = 0;
        for _ in 0..100 {
            got += lines.push(&"日".repeat(1000)).len();
            lines.push("50%\r");
        }
        assert!(lines.partial.len() <= MAX_LINE_BYTES);
        let long = lines.push(&"x".repeat(MAX_LINE_BYTES * 3 + 1));
        assert_eq!(long.len(), 3);
        assert_eq!(got, 0);
    }
}
