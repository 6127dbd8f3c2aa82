//! What one status message changed, for the outputs that print a line an event.

use jiff::Timestamp;

/// One change; `work` is an index into [`Tracker::works`](super::Tracker::works).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A unit of work began, or began again. Work found in the cache at once only ends.
    Started {
        /// Which one.
        work: usize,
        /// When, by the engine's clock.
        at: Timestamp,
    },
    /// A complete line of output, free of control characters.
    Log {
        /// Who wrote it.
        work: usize,
        /// 1 standard output, 2 standard error.
        stream: i64,
        /// When, by the engine's clock.
        at: Option<Timestamp>,
        /// The line.
        line: String,
    },
    /// A transfer began, moved or ended.
    Transfer {
        /// Whose.
        work: usize,
        /// Index into the work's transfers.
        transfer: usize,
    },
    /// A unit of work reached `Done`, `Cached`, `Failed`, `Canceled` or `Shared`.
    Ended {
        /// Which one.
        work: usize,
    },
    /// The frontend warns.
    Warning {
        /// One line.
        text: String,
        /// Where to read more; may be empty.
        url: String,
    },
}
