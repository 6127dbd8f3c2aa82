//! How much of the live tree to show, from all of it to what runs.

/// What to show where room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detail {
    /// A line for each finished stage; else one for all of them.
    pub(super) finished: bool,
    /// A line for each stage to come; else one for all of them.
    pub(super) waiting: bool,
    /// A line for each running stage; else its steps name it.
    pub(super) running: bool,
    /// The last line of output of running steps, and more where there is room.
    pub(super) logs: bool,
    /// The folded lines of what does not run.
    pub(super) rest: bool,
}

impl Detail {
    const MOST: Self =
        Self { finished: true, waiting: true, running: true, logs: true, rest: true };
    /// Nothing but what runs.
    pub(super) const LEAST: Self =
        Self { finished: false, waiting: false, running: false, logs: false, rest: false };
    /// From most to least; what is over goes first, what moves goes last.
    pub(super) const LEVELS: [Self; 6] = [
        Self::MOST,
        Self { finished: false, ..Self::MOST },
        Self { finished: false, waiting: false, ..Self::MOST },
        Self { finished: false, waiting: false, running: false, ..Self::MOST },
        Self { rest: true, ..Self::LEAST },
        Self::LEAST,
    ];
}
