//! Options that every command takes, and what follows from them.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum};
use jiff::tz::TimeZone;

use super::exit::UsageError;
use super::{environment, log, streams};
use crate::project::{Project, ProjectError};
use crate::report::{TerminalStyle, history};
use crate::ui::{ColorChoice, ColorWishes, Paint, Size, Terminal, render_error};

/// Columns of a report that no terminal shows.
const REPORT_WIDTH: usize = 100;

/// They stand below those of the command.
const GLOBAL: &str = "Global options";

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct Globals {
    /// The project folder; missing files fall back to the built-in ones [default: this folder, or the
    /// nearest one above it with a mad.yaml or with profiles, up to the top of its repository]
    #[arg(short = 'C', long = "project", value_name = "DIR", global = true, help_heading = GLOBAL)]
    project: Option<PathBuf>,
    /// Print only results and errors
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub quiet: bool,
    /// Log decisions to standard error; twice: requests to the engine and to registries, too
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = GLOBAL)]
    verbose: u8,
    /// When to use color
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, help_heading = GLOBAL)]
    color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl Globals {
    /// Opens the project folder.
    pub fn project(&self) -> Result<Project, ProjectError> {
        match &self.project {
            Some(folder) => Project::open(folder),
            None => Project::around(Path::new(".")),
        }
    }

    /// Begins to log what mad does, where that was asked for.
    pub fn begin_log(&self) -> Result<(), UsageError> {
        log::begin(self.verbose)
    }

    /// The folder that was named with `-C`, else the one that mad runs in.
    pub fn folder(&self) -> &Path {
        self.project.as_deref().unwrap_or(Path::new("."))
    }

    /// The terminal that the program was started in.
    pub fn terminal(&self) -> Terminal {
        let stderr_is_tty = std::io::stderr().is_terminal();
        // A terminal that cannot move its cursor gets plain lines; and one that gets a log, which a
        // display that is drawn again and again would write over.
        let has_log = log::is_wanted(self.verbose);
        let is_dumb = environment::set("TERM").is_some_and(|term| term == "dumb");
        Terminal {
            stderr_is_tty: stderr_is_tty && !is_dumb && !has_log,
            stdout_is_tty: std::io::stdout().is_terminal(),
            color: self.color(stderr_is_tty),
            unicode: has_utf8_locale() && !is_dumb,
            size: Arc::new(|| {
                let (height, width) = console::Term::stderr().size();
                Size { width, height }
            }),
        }
    }

    /// How text on standard output looks.
    pub fn paint(&self) -> Paint {
        Paint { color: self.color(std::io::stdout().is_terminal()) }
    }

    /// Prints an error with its causes and its hint to standard error.
    pub fn print_error(&self, error: &anyhow::Error, hint: Option<&str>) {
        let paint = Paint { color: self.color(std::io::stderr().is_terminal()) };
        streams::say(&render_error(error, hint, paint));
    }

    /// Says something to a person, on standard error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            streams::say(&format!("{text}\n"));
        }
    }

    /// Says something of several lines to a person, on standard error.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            streams::say(text);
        }
    }

    /// What a report at the terminal can show.
    pub fn look(&self) -> TerminalStyle {
        let Terminal { stderr_is_tty, stdout_is_tty, color, unicode, size } = self.terminal();
        let is_shown = stderr_is_tty || stdout_is_tty;
        let width = if is_shown { usize::from(size().width) } else { REPORT_WIDTH };
        TerminalStyle { width, color, unicode }
    }

    /// What a table on standard output can show.
    pub fn table_look(&self, with_projects: bool) -> history::TableStyle {
        let terminal = self.terminal();
        history::TableStyle {
            zone: TimeZone::system(),
            paint: self.paint(),
            width: terminal.stdout_is_tty.then(|| usize::from((terminal.size)().width)),
            // A file is read elsewhere.
            unicode: terminal.unicode || !terminal.stdout_is_tty,
            with_projects,
        }
    }

    fn color(&self, is_tty: bool) -> bool {
        let (no_color, force, term) = (
            environment::text("NO_COLOR"),
            environment::text("CLICOLOR_FORCE"),
            environment::text("TERM"),
        );
        let wishes = ColorWishes {
            choice: match self.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
            no_color: no_color.as_deref(),
            clicolor_force: force.as_deref(),
            term: term.as_deref(),
            is_tty,
        };
        wishes.decide()
    }
}

/// Whether the terminal shows more than ASCII, by the rule of `setlocale(3)`.
fn has_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(environment::set);
    locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
