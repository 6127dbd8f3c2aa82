//! How many lines of its output each running step may show: the rows that are free, shared evenly.

use std::collections::BTreeMap;

use crate::timing::{Tracker, Work, WorkState};

/// Lines by work; one where nothing is said.
#[derive(Debug, Default)]
pub(super) struct Tails {
    lines: BTreeMap<usize, usize>,
}

impl Tails {
    /// Shares `free` rows, on top of the one that each step with output has.
    pub(super) fn in_rows(tracker: &Tracker, free: usize) -> Self {
        let is_open = |work: &Work| matches!(work.state, WorkState::Running | WorkState::Failed);
        let works = tracker.works().iter().enumerate().filter(|(_, work)| is_open(work));
        let more: BTreeMap<usize, usize> = works
            .map(|(index, work)| (index, output(work).len().saturating_sub(1)))
            .filter(|(_, more)| *more > 0)
            .collect();
        let mut lines: BTreeMap<usize, usize> = more.keys().map(|&index| (index, 1)).collect();
        let mut free = free;
        // A row for each of them in turn, as long as there are rows and lines.
        while free > 0 {
            let before = free;
            for (index, more) in &more {
                let shown = lines.entry(*index).or_insert(1);
                if free > 0 && *shown <= *more {
                    *shown += 1;
                    free -= 1;
                }
            }
            if free == before {
                break;
            }
        }
        Self { lines }
    }

    /// The lines to show of a work, the oldest first.
    pub(super) fn of<'a>(&self, index: usize, work: &'a Work) -> Vec<&'a str> {
        let most = self.lines.get(&index).copied().unwrap_or(1);
        let lines = output(work);
        lines[lines.len().saturating_sub(most)..].to_vec()
    }
}

/// What a work printed last, without empty lines; the line that it has not ended comes last.
fn output(work: &Work) -> Vec<&str> {
    let whole = work.log_tail.iter().map(String::as_str).filter(|line| !line.trim().is_empty());
    let mut lines: Vec<&str> = whole.collect();
    let last = work.last_log.as_deref().filter(|last| !last.trim().is_empty());
    lines.extend(last.filter(|last| lines.last() != Some(last)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::testing::Recorded;

    #[test]
    fn free_rows_are_shared_and_never_exceeded() {
        let tracker = Recorded::named("cold").tracker_at(16);
        let running = |(_, work): &(usize, &Work)| work.state == WorkState::Running;
        for free in 0..60 {
            let tails = Tails::in_rows(&tracker, free);
            let works = tracker.works().iter().enumerate().filter(running);
            let shown: Vec<usize> =
                works.map(|(index, work)| tails.of(index, work).len()).collect();
            let more: usize = shown.iter().map(|lines| lines.saturating_sub(1)).sum();
            assert!(more <= free, "{shown:?} in {free}");
        }
    }
}
