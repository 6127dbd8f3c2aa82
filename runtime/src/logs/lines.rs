//! A stream of bytes as lines.

use memchr::memchr;

/// What is kept of a line; of a longer one the rest is counted and left out.
pub const LONGEST: usize = 128 << 10;

/// Cuts what is read into lines, whatever pieces it comes in.
pub struct Lines {
    longest: usize,
    begun: Vec<u8>,
    left_out: u64,
    in_line: bool,
}

/// One line without its end, and how many bytes of it were left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub text: &'a [u8],
    pub left_out: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Self::new(LONGEST)
    }
}

impl Lines {
    pub fn new(longest: usize) -> Self {
        Self { longest, begun: Vec::new(), left_out: 0, in_line: false }
    }

    pub fn read(&mut self, mut bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some(end) = memchr(b'\n', bytes) {
            if self.in_line || end > self.longest {
                self.keep(&bytes[..end]);
                each(Line { text: bare(&self.begun), left_out: self.left_out });
                self.clear();
            } else {
                each(Line { text: bare(&bytes[..end]), left_out: 0 });
            }
            bytes = &bytes[end + 1..];
        }
        if !bytes.is_empty() {
            self.keep(bytes);
        }
    }

    /// The stream has ended, or waits in the middle of a line for long.
    pub fn end(&mut self, mut each: impl FnMut(Line<'_>)) {
        if self.in_line {
            each(Line { text: bare(&self.begun), left_out: self.left_out });
            self.clear();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.in_line = true;
        let room = self.longest.saturating_sub(self.begun.len()).min(bytes.len());
        self.begun.extend_from_slice(&bytes[..room]);
        self.left_out += (bytes.len() - room) as u64;
    }

    fn clear(&mut self) {
        self.begun.clear();
        // A long line does not hold its memory for good.
        self.begun.shrink_to(4096);
        self.left_out = 0;
        self.in_line = false;
    }
}

fn bare(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}
