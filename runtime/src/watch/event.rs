//! What happened to the programs, as the ledger keeps it.

use serde::{Deserialize, Serialize};

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format; a reader skips what it does not know.
    pub v: u32,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    #[serde(flatten)]
    pub event: Event,
}

pub const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    WatchStarted {
        version: String,
    },
    /// Written by the next watch, with the time at which the former one was last alive.
    WatchEnded,
    /// A program is ready, without an incident before it.
    Ready {
        service: String,
        after_ms: u64,
    },
    Detected {
        incident: u64,
        service: String,
        kind: Kind,
        detail: String,
        /// How long ago it began: the first wrong answer, or the end of the process.
        ago_ms: u64,
        /// Wrong answers in a row, and how many of them count as a failure.
        wrong_answers: u32,
        needed: u32,
    },
    Acted {
        incident: u64,
        service: String,
        action: Act,
    },
    /// The budget is used up: nothing is done for that long.
    Exhausted {
        incident: u64,
        service: String,
        for_ms: u64,
    },
    Recovered {
        incident: u64,
        service: String,
    },
    /// An operator stopped the program.
    Stopped {
        service: String,
    },
}

impl Event {
    /// For the log: what happened, to which program, in which incident, and more about it.
    pub fn fields(&self) -> (&'static str, &str, u64, &str) {
        match self {
            Self::WatchStarted { .. } => ("watch started", "", 0, ""),
            Self::WatchEnded => ("the former watch ended", "", 0, ""),
            Self::Ready { service, .. } => ("ready", service, 0, ""),
            Self::Detected { incident, service, kind, detail, .. } => {
                (kind.name(), service, *incident, detail)
            }
            Self::Acted { incident, service, action, .. } => {
                (action.name(), service, *incident, "")
            }
            Self::Exhausted { incident, service, .. } => {
                ("the budget is used up", service, *incident, "")
            }
            Self::Recovered { incident, service } => ("recovered", service, *incident, ""),
            Self::Stopped { service } => ("stopped by an operator", service, 0, ""),
        }
    }
}

/// What is wrong with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It ended.
    Crash,
    /// It gives no answer.
    Hang,
    /// It gives wrong answers.
    Unhealthy,
    /// It does not start, or ends at once.
    Start,
    /// What it is bound to failed.
    Dependency,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Unhealthy => "unhealthy",
            Self::Start => "start",
            Self::Dependency => "dependency",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Kill,
    Start,
    Stop,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Kill => "killed",
            Self::Start => "started again",
            Self::Stop => "stopped",
        }
    }
}
