//! How downloads are shown: a bar on a terminal, a line for each elsewhere, nothing from the cache.

use std::collections::BTreeMap;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::globals::Globals;
use npm::{Progress, Version};

/// The downloads of one command.
pub(super) struct DownloadProgress<'a> {
    globals: &'a Globals,
    package: &'a str,
    versions: usize,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    done: usize,
    /// Bytes and total of those that are or were fetched.
    fetched: BTreeMap<Version, (u64, Option<u64>)>,
}

impl<'a> DownloadProgress<'a> {
    pub(super) fn new(globals: &'a Globals, package: &'a str, versions: usize) -> Self {
        let draw = globals.terminal().stderr_is_tty && !globals.quiet;
        let bar = draw.then(|| {
            // Twice a second is enough, and nothing is drawn before something is fetched.
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(4));
            let template = "{msg} [{bar:24}] {bytes} of {total_bytes}, {bytes_per_sec}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar
        });
        Self { globals, package, versions, bar, state: Mutex::default() }
    }

    /// One step of one version; from several threads.
    pub(super) fn tell(&self, progress: Progress<'_>) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.done += usize::from(progress.done);
        // What comes from the cache tells nothing but its end, without a byte.
        if progress.done && progress.bytes == 0 {
            return;
        }
        let news = (progress.bytes, progress.total);
        let first = state.fetched.insert(progress.version.clone(), news).is_none();
        let Some(bar) = &self.bar else {
            if first {
                let size = progress.total.map(|total| format!(" ({:.1} MB)", total as f64 / 1e6));
                let size = size.unwrap_or_default();
                self.globals.note(&format!("fetching {} {}{size}", self.package, progress.version));
            }
            return;
        };
        let (bytes, total) = state
            .fetched
            .values()
            .fold((0, 0), |(bytes, total), one| (bytes + one.0, total + one.1.unwrap_or(one.0)));
        bar.set_length(total);
        bar.set_position(bytes);
        bar.set_message(format!("{} {}/{} versions", self.package, state.done, self.versions));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A count of done work: a line that changes in place on a terminal, nothing elsewhere.
pub struct CountProgress {
    bar: ProgressBar,
}

impl CountProgress {
    /// Of `total` pieces of work, for example `probes`.
    pub fn new(globals: &Globals, what: &'static str, total: usize) -> Self {
        let draw = globals.terminal().stderr_is_tty && !globals.quiet;
        let target =
            if draw { ProgressDrawTarget::stderr_with_hz(8) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:24}] {pos} of {len}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        Self { bar }
    }

    /// One more is done.
    pub fn one_more(&self) {
        self.bar.inc(1);
    }
}

impl Drop for CountProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
