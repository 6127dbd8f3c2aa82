//! The live area on the terminal, as indicatif draws on it.
//!
//! indicatif's own target fills lines with spaces and counts rows by the width at that time; when
//! the window is then made narrower the terminal wraps those lines, and old rows stay behind. This
//! one remembers how wide the text of each line is, works out how many rows it takes *now*, and
//! writes each frame at once, inside a synchronized update, so that no half frame is seen.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::measure_text_width;
use indicatif::TermLike;

use super::open::Out;
use crate::ui::{Size, Terminal};

/// Shows the cursor. For a caller that exits without dropping the display.
pub const SHOW_CURSOR: &str = "\x1b[?25h";
const HIDE_CURSOR: &str = "\x1b[?25l";
const BEGIN_UPDATE: &str = "\x1b[?2026h";
const END_UPDATE: &str = "\x1b[?2026l";
const ERASE_RIGHT: &str = "\x1b[K";

/// A stream shared by the live area and what is printed around it.
#[derive(Clone)]
pub(super) struct Screen {
    state: Arc<Mutex<State>>,
    size: Arc<dyn Fn() -> Size + Send + Sync>,
}

struct State {
    out: Out,
    /// Lines of the frame that is being drawn.
    next: Vec<String>,
    /// Widths of the lines that are on the terminal.
    shown: Vec<usize>,
}

impl Screen {
    pub(super) fn new(out: Out, terminal: &Terminal) -> Self {
        let state = State { out, next: Vec::new(), shown: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), size: terminal.size.clone() }
    }

    /// The size now; the usual one where the terminal says 0, as some without a window do.
    pub(super) fn size(&self) -> Size {
        let or = |told: u16, usual: u16| if told == 0 { usual } else { told };
        let Size { width, height } = (self.size)();
        Size { width: or(width, 80), height: or(height, 24) }
    }

    /// Writes below what was printed before; only while no frame is shown.
    pub(super) fn print(&self, text: &str) {
        let mut state = self.state();
        let _ = state.out.write_all(text.as_bytes());
        let _ = state.out.flush();
    }

    pub(super) fn hide_cursor(&self) {
        self.print(HIDE_CURSOR);
    }

    pub(super) fn show_cursor(&self) {
        self.print(SHOW_CURSOR);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere must not keep the cursor from coming back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The frame in `next` in place of the one that is shown, as bytes. The cursor stands at the end
    /// of the last line before and after.
    fn draw(&mut self, size: Size) -> String {
        let columns = usize::from(size.width).max(1);
        let rows = |width: &usize| width.div_ceil(columns).max(1);
        // What was pushed off the screen cannot be reached any more.
        let most = usize::from(size.height).max(1);
        let old: usize = self.shown.iter().map(rows).sum::<usize>().clamp(1, most);
        let widths: Vec<usize> = self.next.iter().map(|line| measure_text_width(line)).collect();
        let mut bytes = format!("{BEGIN_UPDATE}\r{}", moved(old - 1, 'A'));
        for (index, line) in self.next.drain(..).enumerate() {
            bytes.push_str(if index > 0 { "\r\n" } else { "" });
            bytes.push_str(&line);
            // At the right edge the cursor stands on the last sign still, which would be erased.
            if widths[index] < columns {
                bytes.push_str(ERASE_RIGHT);
            }
        }
        if widths.is_empty() {
            bytes.push_str(ERASE_RIGHT);
        }
        // Rows left over go one by one: erasing the whole screen at once, where the frame begins at
        // its top, makes tmux keep a copy of it in its history.
        let left_over = old.saturating_sub(widths.len().max(1));
        bytes.push_str(&format!("\r\n{ERASE_RIGHT}").repeat(left_over));
        if left_over > 0 {
            let end = widths.last().copied().unwrap_or(0).min(columns - 1);
            bytes.push_str(&format!("{}\r{}", moved(left_over, 'A'), moved(end, 'C')));
        }
        bytes.push_str(END_UPDATE);
        self.shown = widths;
        bytes
    }
}

/// Moves the cursor: `A` up, `C` right. Nothing for 0, which terminals take for 1.
fn moved(cells: usize, way: char) -> String {
    if cells == 0 { String::new() } else { format!("\x1b[{cells}{way}") }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.size().width
    }

    fn height(&self) -> u16 {
        self.size().height
    }

    // Where the cursor stands is known here better than by the caller.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        // Frames hold no empty lines: what is blank fills a line up to the edge.
        if !text.trim().is_empty() {
            self.state().next.push(text.to_owned());
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let size = self.size();
        let mut state = self.state();
        let bytes = state.draw(size);
        state.out.write_all(bytes.as_bytes())?;
        state.out.flush()
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("size", &self.size()).finish_non_exhaustive()
    }
}
