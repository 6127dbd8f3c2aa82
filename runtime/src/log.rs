//! Structured logs: one JSON object a line, on standard error.

use std::cell::RefCell;
use std::io::{self, Write};

use tracing::level_filters::LevelFilter;

/// From here on, at this level and above. A second call changes nothing. A level and no more:
/// directives would bring an engine of regular expressions into every image.
pub fn start(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_writer(|| Out)
        .with_max_level(level)
        .finish();
    tracing::subscriber::set_global_default(subscriber).ok();
}

thread_local! {
    static HELD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// What `work` logs is written at once, when it is done.
pub fn together(work: impl FnOnce()) {
    HELD.set(Some(Vec::new()));
    work();
    if let Some(held) = HELD.take() {
        io::stderr().write_all(&held).ok();
    }
}

struct Out;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HELD.with_borrow_mut(|held| match held {
            Some(held) => held.write(bytes),
            None => io::stderr().write(bytes),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
