//! The order in which the changes of one message are told: the order of the engine's clock, not
//! that of the message, which lists vertices first and output after.

use jiff::Timestamp;

use super::Tracker;
use crate::timing::Change;

impl Tracker {
    /// When a change happened and, at one moment, what comes first: what went on before has its
    /// last words and ends, then others begin, speak and end.
    pub(super) fn place_in_time(&self, change: &Change, began: &[bool]) -> (Option<Timestamp>, u8) {
        let end = |work: usize| self.works[work].intervals.completed().or(self.latest);
        let later = |work: usize, rank: u8| if began[work] { rank + 3 } else { rank };
        match change {
            Change::Started { at, .. } => (Some(*at), 2),
            Change::Log { work, at, .. } => (at.or(self.latest), later(*work, 0)),
            Change::Transfer { work, .. } => (end(*work), later(*work, 0)),
            // Told after the step that did the work.
            Change::Ended { work } if self.works[*work].same_as.is_some() => (self.latest, 6),
            Change::Ended { work } => (end(*work), later(*work, 1)),
            Change::Warning { .. } => (self.latest, 0),
        }
    }
}
