//! Lines that do not end: progress bars that are redrawn, questions that wait.
//!
//! A line is printed once it is whole. One that never is would leave a log silent for as long as a
//! download takes, and a question unseen until it is too late; so it is printed as it stands after a
//! while, and then from time to time as far as it changes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::timing::{Tracker, between};

/// How long a line may stay unfinished before it is printed.
const FIRST: Duration = Duration::from_secs(3);
/// How often one that changes is printed again.
const AGAIN: Duration = Duration::from_secs(10);

/// What was printed of unfinished lines, by work and stream.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    lines: HashMap<(usize, i64), PendingLine>,
}

#[derive(Debug)]
struct PendingLine {
    /// When it was first seen, or last printed.
    since: Timestamp,
    printed: Option<String>,
}

impl Unfinished {
    /// The lines to print now: of which work and stream, as they are.
    pub(super) fn due(&mut self, tracker: &Tracker, now: Timestamp) -> Vec<(usize, i64, String)> {
        self.due_of(tracker.unfinished().collect(), now)
    }

    fn due_of(
        &mut self,
        seen: Vec<(usize, i64, String)>,
        now: Timestamp,
    ) -> Vec<(usize, i64, String)> {
        self.lines.retain(|key, _| seen.iter().any(|(work, stream, _)| (*work, *stream) == *key));
        let is_due = |(work, stream, line): &(usize, i64, String)| {
            let standing = self
                .lines
                .entry((*work, *stream))
                .or_insert(PendingLine { since: now, printed: None });
            let patience = if standing.printed.is_none() { FIRST } else { AGAIN };
            if between(standing.since, now) < patience || standing.printed.as_ref() == Some(line) {
                return false;
            }
            *standing = PendingLine { since: now, printed: Some(line.clone()) };
            true
        };
        seen.into_iter().filter(is_due).collect()
    }

    /// A line has ended; whether it was printed as it is.
    pub(super) fn ended(&mut self, work: usize, stream: i64, line: &str) -> bool {
        let standing = self.lines.remove(&(work, stream));
        standing.and_then(|standing| standing.printed).as_deref() == Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_told_after_a_while_and_again_as_it_changes() {
        let at = |second: i64| Timestamp::from_second(1000 + second).unwrap();
        let mut unfinished = Unfinished::default();
        let mut printed = |second, line: &str| -> Vec<String> {
            let seen = match line {
                "" => vec![],
                line => vec![(0, 1, line.to_owned())],
            };
            unfinished.due_of(seen, at(second)).into_iter().map(|(_, _, line)| line).collect()
        };
        assert_eq!(printed(0, "10%"), [""; 0]);
        assert_eq!(printed(2, "20%"), [""; 0]);
        assert_eq!(printed(3, "30%"), ["30%"]);
        assert_eq!(printed(9, "90%"), [""; 0]);
        assert_eq!(printed(13, "95%"), ["95%"]);
        assert_eq!(printed(40, "95%"), [""; 0], "nothing new");
        assert_eq!(printed(41, "96%"), ["96%"]);
        // The line ended; the next one has its own time.
        assert_eq!(printed(42, ""), [""; 0]);
        assert_eq!(printed(43, "Enter passphrase:"), [""; 0]);
        assert_eq!(printed(46, "Enter passphrase:"), ["Enter passphrase:"]);
        assert!(!unfinished.ended(0, 2, "Enter passphrase:"));
        assert!(unfinished.ended(0, 1, "Enter passphrase:"));
        assert!(!unfinished.ended(0, 1, "Enter passphrase:"));
    }
}
