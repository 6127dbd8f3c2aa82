//! What the caller knows of the terminal.

use std::fmt;
use std::sync::Arc;

/// Size of a terminal, in character cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// The terminal as the caller found it.
#[derive(Clone)]
pub struct Terminal {
    /// Whether standard error is a terminal that can move its cursor (`TERM` is not `dumb`): there
    /// the live display goes.
    pub stderr_is_tty: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_tty: bool,
    /// Whether to use colour.
    pub color: bool,
    /// Whether to use signs beyond ASCII.
    pub unicode: bool,
    /// The size now; asked before every drawing, so that a resized window is followed.
    pub size: Arc<dyn Fn() -> Size + Send + Sync>,
}

impl Terminal {
    /// No terminal at all: files, pipes, tests.
    pub fn none() -> Self {
        Self {
            stderr_is_tty: false,
            stdout_is_tty: false,
            color: false,
            unicode: false,
            size: Arc::new(|| Size { width: 100, height: 24 }),
        }
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("stderr_is_tty", &self.stderr_is_tty)
            .field("stdout_is_tty", &self.stdout_is_tty)
            .field("color", &self.color)
            .field("unicode", &self.unicode)
            .field("size", &(self.size)())
            .finish()
    }
}
