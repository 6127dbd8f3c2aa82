//! `--progress`, of every command that builds.

use clap::ValueEnum;

use super::globals::Globals;
use super::streams::{Stderr, Stdout};
use crate::ui::Terminal;
use crate::ui::progress::{self, Mode, Progress};

/// How to show a build while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// A live tree on a terminal, plain lines elsewhere
    Auto,
    /// A live tree
    Tty,
    /// One event per line, for logs
    Plain,
    /// One JSON object per line
    Json,
    /// Only the image ID
    Quiet,
}

impl ProgressMode {
    /// What it comes to at this terminal.
    pub fn at(self, globals: &Globals) -> Mode {
        match self {
            Self::Auto if globals.quiet => Mode::Quiet,
            Self::Auto if globals.terminal().stderr_is_tty => Mode::Tty,
            Self::Auto | Self::Plain => Mode::Plain,
            Self::Tty => Mode::Tty,
            Self::Json => Mode::Json,
            Self::Quiet => Mode::Quiet,
        }
    }
}

/// Opens the display.
pub fn open(globals: &Globals, mode: Mode, stdout: Stdout) -> Box<dyn Progress> {
    open_at(&globals.terminal(), mode, stdout)
}

/// Opens the display of a command whose result is not a build: all of it goes to standard error.
pub fn open_aside(globals: &Globals, mode: Mode) -> Box<dyn Progress> {
    progress::open(mode, &globals.terminal(), Box::new(Stderr), Box::new(Stderr))
}

/// [`open`], at a terminal that is known already.
pub fn open_at(terminal: &Terminal, mode: Mode, stdout: Stdout) -> Box<dyn Progress> {
    progress::open(mode, terminal, Box::new(stdout), Box::new(Stderr))
}
