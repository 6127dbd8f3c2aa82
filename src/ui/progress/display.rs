//! What every display of a build takes in.

use std::time::Duration;

use crate::timing::judge::Judgement;
use crate::timing::{BuildEnd, BuildStart, Change, Forecast, Tracker};

/// How often to call [`Progress::tick`].
pub const TICK: Duration = Duration::from_millis(80);

/// Shows one build. Dropped before [`finished`](Self::finished), it takes back what it did to the
/// terminal and says nothing.
///
/// Nothing here returns an error: a reader that closed its pipe is no reason to stop a build.
pub trait Progress: Send {
    /// What earlier builds say about this one; before the start, where anything is known.
    fn expect(&mut self, _forecast: Forecast) {}

    /// The build is about to start.
    fn started(&mut self, start: &BuildStart);

    /// Bytes of the context sent so far, and in all. The engine does not report this.
    fn uploaded(&mut self, bytes: u64, total: u64);

    /// The tracker took a message in.
    fn changed(&mut self, tracker: &Tracker, changes: &[Change]);

    /// Time passed; call every [`TICK`].
    fn tick(&mut self, tracker: &Tracker);

    /// The build has ended.
    fn finished(&mut self, tracker: &Tracker, end: &BuildEnd);

    /// The build was judged, after its end: an event for programs. What a person reads of it is a
    /// report, not progress.
    fn judged(&mut self, _judgement: &Judgement) {}
}
