//! Chooses the display.

use std::io::Write;

use super::Progress;
use super::json::Json;
use super::plain::Plain;
use super::quiet::Quiet;
use super::tty::Tty;
use crate::ui::Terminal;

/// A display.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// A tree that changes in place.
    Tty,
    /// One event a line, for people and logs.
    #[default]
    Plain,
    /// One event a line, for programs.
    Json,
    /// The image id, nothing else.
    Quiet,
}

/// A stream to write to.
pub type Out = Box<dyn Write + Send>;

/// Opens the display of a build. What programs read (JSON events, the image id) goes to `stdout`,
/// what people read to `stderr`.
pub fn open(mode: Mode, terminal: &Terminal, stdout: Out, stderr: Out) -> Box<dyn Progress> {
    match mode {
        Mode::Json => Box::new(Json::new(stdout)),
        Mode::Quiet => Box::new(Quiet::new(stdout, stderr)),
        Mode::Plain => Box::new(Plain::new(stderr)),
        Mode::Tty => Box::new(Tty::new(stderr, terminal)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Sink, start};
    use super::*;

    #[test]
    fn each_mode_writes_to_its_stream() {
        let tty = Terminal { stderr_is_tty: true, ..Terminal::none() };
        for (mode, terminal, stdout, stderr) in [
            (Mode::Tty, &tty, "", "building cpu"),
            (Mode::Tty, &Terminal::none(), "", "building cpu"),
            (Mode::Plain, &tty, "", "mad: "),
            (Mode::Json, &tty, "{\"schema\":\"mad.build-event/1\"", ""),
            (Mode::Quiet, &tty, "", ""),
        ] {
            let (out, err) = (Sink::default(), Sink::default());
            open(mode, terminal, out.out(), err.out()).started(&start());
            for (sink, begin) in [(out, stdout), (err, stderr)] {
                let text = sink.text();
                assert!(text.starts_with(begin), "{mode:?}: {text:?}");
                assert_eq!(text.is_empty(), begin.is_empty(), "{mode:?}: {text:?}");
            }
        }
    }
}
