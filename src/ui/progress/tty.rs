//! `--progress tty`: the tree that changes in place, then the table.
//!
//! The frame is computed by [`frame`](mod@super::frame); this file decides when to draw it, and sees to
//! it that the terminal is left as it was found, also when the display is only dropped.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Progress;
use super::clock::EngineClock;
use super::frame::{Upload, View, frame};
use super::open::Out;
use super::screen::Screen;
use super::summary::{SummaryOptions, summary};
use crate::timing::{BuildEnd, BuildStart, Change, Forecast, Tracker};
use crate::ui::{Glyphs, Line, Paint, Role, Terminal, human_bytes};

/// At most 13 frames a second: faster says no more, and costs over slow lines. A little less than
/// [`TICK`](super::TICK), so that a tick that comes early draws still.
const FRAME_TIME: Duration = Duration::from_millis(75);

pub(super) struct Tty {
    screen: Screen,
    /// One bar whose message is the whole frame; `None` before the start and after the end.
    live: Option<ProgressBar>,
    paint: Paint,
    glyphs: Glyphs,
    clock: EngineClock,
    upload: Option<Upload>,
    forecast: Forecast,
    shown: String,
    drawn: Option<Instant>,
}

impl Tty {
    pub(super) fn new(out: Out, terminal: &Terminal) -> Self {
        Self {
            screen: Screen::new(out, terminal),
            live: None,
            paint: Paint { color: terminal.color },
            glyphs: Glyphs::new(terminal.unicode),
            clock: EngineClock::default(),
            upload: None,
            forecast: Forecast::default(),
            shown: String::new(),
            drawn: None,
        }
    }

    fn draw(&mut self, tracker: &Tracker) {
        let Some(live) = &self.live else { return };
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < FRAME_TIME) {
            return;
        }
        let view = View {
            now: self.clock.now(),
            size: self.screen.size(),
            upload: self.upload,
            forecast: &self.forecast,
            glyphs: &self.glyphs,
        };
        let lines = frame(tracker, &view);
        let lines: Vec<String> = lines.iter().map(|line| line.paint(self.paint)).collect();
        let frame = lines.join("\n");
        if frame != self.shown {
            live.set_message(frame.clone());
            self.shown = frame;
            self.drawn = Some(Instant::now());
        }
    }

    fn print(&self, lines: &[Line]) {
        let lines: Vec<String> = lines.iter().map(|line| line.paint(self.paint)).collect();
        self.screen.print(&format!("{}\n", lines.join("\n")));
    }

    /// Takes the live area away; what was printed above it stays.
    fn clear(&mut self) {
        if let Some(live) = self.live.take() {
            live.finish_and_clear();
            self.screen.show_cursor();
        }
    }
}

impl Progress for Tty {
    fn expect(&mut self, forecast: Forecast) {
        self.forecast = forecast;
    }

    fn started(&mut self, start: &BuildStart) {
        let dot = format!(" {} ", self.glyphs.dot);
        let dim = |line: Line, text: &str| line.with(Role::Dim, &dot).with(Role::Dim, text);
        let line = Line::new().plain("building ").with(Role::Strong, &start.profile);
        let line = dim(line, &start.engine);
        let line = dim(line, &format!("context {}", human_bytes(start.context_bytes)));
        let width = usize::from(self.screen.size().width);
        self.print(&[line.fit(width, self.glyphs.ellipsis)]);
        self.screen.hide_cursor();
        let target = ProgressDrawTarget::term_like(Box::new(self.screen.clone()));
        let style = ProgressStyle::with_template("{msg}").expect("a constant, tested below");
        self.live = Some(ProgressBar::with_draw_target(None, target).with_style(style));
    }

    fn uploaded(&mut self, bytes: u64, total: u64) {
        self.upload = (bytes < total).then_some(Upload { bytes, total });
    }

    fn changed(&mut self, tracker: &Tracker, _: &[Change]) {
        self.clock.observe(tracker.latest());
        self.draw(tracker);
    }

    fn tick(&mut self, tracker: &Tracker) {
        self.draw(tracker);
    }

    fn finished(&mut self, tracker: &Tracker, end: &BuildEnd) {
        self.clear();
        let width = usize::from(self.screen.size().width);
        let options = SummaryOptions { was_all_printed: false, width };
        self.print(&summary(tracker, end, options, &self.glyphs));
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests;
