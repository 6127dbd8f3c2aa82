//! Stack traces: which lines belong to the one before.
//!
//! ```text
//!   Traceback (most recent call last):     Python: what is indented, and the line after it
//!   Error: x  ⏎      at f (a.js:1:2)       Node, Java: `at`, `... 3 more`, `Caused by:`
//!   thread 'main' panicked at a.rs:1:2:    Rust: the message, `note:`, `stack backtrace:`
//! ```
//!
//! A line that is merely indented stays a line of its own: that is how many programs print lists.

use super::level::Level;

/// Lines of one trace; more begin another record.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 128 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No trace: the line may still turn out to be the head of one.
    Plain,
    /// `Traceback`: what is indented follows, then the exception.
    Python,
    /// The exception was seen: a blank line, or `During handling…`, may lead to the next traceback.
    PythonEnd,
    /// Frames were seen.
    Frames,
    /// `file.js:10`, with the source and a caret before the error.
    NodeHead(u8),
    /// The next line is the message.
    RustHead,
    Rust,
}

/// One record's lines, until it is known that no more follow.
#[derive(Debug)]
pub struct Joined {
    pub text: Vec<u8>,
    lines: usize,
    state: State,
}

impl Joined {
    pub fn new(line: &[u8]) -> Self {
        Self { text: line.to_vec(), lines: 1, state: first(line) }
    }

    pub fn is_trace(&self) -> bool {
        self.state != State::Plain
    }

    /// Adds the line where it belongs to these.
    pub fn add(&mut self, line: &[u8]) -> bool {
        if self.lines >= MOST_LINES || self.text.len() + line.len() > MOST_BYTES {
            return false;
        }
        let Some(next) = next(self.state, line) else { return false };
        // Python's `logging.exception`: the traceback comes under the message, which is then an error's.
        if (self.state, next) == (State::Plain, State::Python)
            && Level::of_text(&self.text).is_none_or(|level| level < Level::Error)
        {
            return false;
        }
        self.state = next;
        self.text.push(b'\n');
        self.text.extend_from_slice(line);
        self.lines += 1;
        true
    }
}

fn first(line: &[u8]) -> State {
    if line.ends_with(b"Traceback (most recent call last):") {
        State::Python
    } else if line.starts_with(b"thread '") && find(line, b"panicked at") {
        State::RustHead
    } else if is_node_place(line) {
        State::NodeHead(0)
    } else {
        State::Plain
    }
}

fn next(state: State, line: &[u8]) -> Option<State> {
    let indented = line.starts_with(b" ") || line.starts_with(b"\t");
    let bare = line.trim_ascii_start();
    let frame = indented && (bare.starts_with(b"at ") || bare.starts_with(b"... "));
    match state {
        State::Plain if frame => Some(State::Frames),
        State::Plain if line == b"Traceback (most recent call last):" => Some(State::Python),
        State::Plain => None,
        State::Python if indented => Some(State::Python),
        State::Python if bare.is_empty() => None,
        State::Python => Some(State::PythonEnd),
        State::PythonEnd if bare.is_empty() => Some(State::PythonEnd),
        State::PythonEnd if line.starts_with(b"Traceback (most recent") => Some(State::Python),
        State::PythonEnd
            if line.starts_with(b"During handling of the above")
                || line.starts_with(b"The above exception was the direct") =>
        {
            Some(State::PythonEnd)
        }
        State::PythonEnd => None,
        State::Frames
            if frame
                || indented
                || line == b"}"
                || bare.starts_with(b"Caused by: ")
                || bare.starts_with(b"Suppressed: ")
                || line.starts_with(b"Node.js v") =>
        {
            Some(State::Frames)
        }
        State::Frames => None,
        State::NodeHead(_) if frame => Some(State::Frames),
        State::NodeHead(lines) if lines < 6 => {
            let known = indented || bare.is_empty() || lines == 0 || find(line, b"Error");
            known.then_some(State::NodeHead(lines + 1))
        }
        State::NodeHead(_) => None,
        State::RustHead => Some(State::Rust),
        State::Rust if indented || line.starts_with(b"note: ") || line == b"stack backtrace:" => {
            Some(State::Rust)
        }
        State::Rust => None,
    }
}

/// `/app/a.js:10`, `node:internal/x:3`, `file:///a.mjs:1`, alone on its line.
fn is_node_place(line: &[u8]) -> bool {
    let begins =
        line.starts_with(b"/") || line.starts_with(b"node:") || line.starts_with(b"file://");
    let Some(colon) = line.iter().rposition(|byte| *byte == b':') else { return false };
    let digits = &line[colon + 1..];
    begins
        && !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit)
        && !line.contains(&b' ')
        && [&b"js"[..], b"mjs", b"cjs", b"ts"].iter().any(|end| line[..colon].ends_with(end))
        || (line.starts_with(b"node:internal/") && !line.contains(&b' '))
}

fn find(line: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(line, text).is_some()
}
