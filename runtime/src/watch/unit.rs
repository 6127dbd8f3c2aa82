//! One program, as the watch knows it.

use std::time::Duration;

use runtime_config::services::{Probe, Service};
use serde::{Deserialize, Serialize};

use super::restarts::{Restarts, Time};

/// What supervisord says of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Stopped,
    Starting,
    Running,
    /// It ended before it counted as running.
    Backoff,
    Stopping,
    Exited,
    Fatal,
    Unknown,
}

impl State {
    pub const fn from_code(code: i64) -> Self {
        match code {
            0 => Self::Stopped,
            10 => Self::Starting,
            20 => Self::Running,
            30 => Self::Backoff,
            40 => Self::Stopping,
            100 => Self::Exited,
            200 => Self::Fatal,
            _ => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For what it needs.
    Waiting,
    /// supervisord was asked to start it.
    Asked,
    /// It runs, and is not ready yet.
    Starting,
    Ready,
    /// It has been killed, and is not gone yet.
    Killing,
    /// It ended, and will be started again.
    Down,
    /// An operator stopped it.
    Stopped,
    /// It was stopped because what it is bound to failed.
    Held,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Asked | Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Killing => "killing",
            Self::Down => "down",
            Self::Stopped => "stopped",
            Self::Held => "held",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Right,
    /// There is no process to answer; supervisord has not said so yet.
    Gone,
    Wrong {
        reason: String,
        /// There was no answer in time.
        late: bool,
        /// The program has worked or written meanwhile.
        busy: bool,
    },
}

pub struct Unit {
    pub service: Service,
    pub state: State,
    pub phase: Phase,
    /// supervisord has answered the request to start it.
    pub start_answered: bool,
    /// 0 when there is no process.
    pub pid: u32,
    /// Since when there is this process.
    pub since: Time,
    pub ready_since: Option<Time>,
    /// When the phase's next step is due: a start, another kill.
    pub until: Time,
    pub exhausted_until: Option<Time>,
    pub restarts: Restarts,
    pub incident: Option<u64>,
    pub probing: bool,
    pub probe_at: Time,
    /// Answers of this process.
    pub tries: u32,
    /// Wrong answers in a row.
    pub failures: u32,
    pub failing_since: Time,
    pub busy_since: Option<Time>,
    /// What was last wrong; empty when nothing is.
    pub problem: String,
}

impl Unit {
    pub fn new(service: Service) -> Self {
        Self {
            service,
            state: State::Unknown,
            phase: Phase::Waiting,
            start_answered: false,
            pid: 0,
            since: Time::ZERO,
            ready_since: None,
            until: Time::ZERO,
            exhausted_until: None,
            restarts: Restarts::default(),
            incident: None,
            probing: false,
            probe_at: Time::ZERO,
            tries: 0,
            failures: 0,
            failing_since: Time::ZERO,
            busy_since: None,
            problem: String::new(),
        }
    }

    /// A new process.
    pub fn begin(&mut self, now: Time, since: Time, pid: u32) {
        self.pid = pid;
        self.phase = Phase::Starting;
        self.since = since;
        self.ready_since = None;
        self.probing = false;
        self.probe_at = now;
        self.tries = 0;
        self.failures = 0;
        self.busy_since = None;
        self.problem.clear();
    }

    /// What it is asked now.
    pub fn probe(&self) -> Option<&Probe> {
        match self.phase {
            Phase::Ready => self.service.liveness(),
            _ => self.service.readiness(),
        }
    }

    pub fn right_answer(&mut self) {
        self.failures = 0;
        self.busy_since = None;
        self.problem.clear();
    }

    /// Until the next question: often at first, so that readiness is seen soon; a command costs more.
    pub fn interval(&self, probe: &Probe) -> Duration {
        if self.phase != Phase::Starting {
            return probe.every.0;
        }
        let greatest =
            if probe.exec.is_empty() { Duration::from_millis(200) } else { probe.every.0 };
        let first = Duration::from_millis(if probe.exec.is_empty() { 25 } else { 100 });
        first.saturating_mul(1 << self.tries.min(10)).min(greatest).min(probe.every.0)
    }

    /// When something is due next.
    pub fn next(&self) -> Option<Time> {
        match self.phase {
            Phase::Starting | Phase::Ready => {
                (!self.probing && self.probe().is_some()).then_some(self.probe_at)
            }
            Phase::Down | Phase::Killing => Some(self.until),
            Phase::Asked => Some(self.until + Duration::from_secs(5)),
            Phase::Waiting | Phase::Stopped | Phase::Held => None,
        }
    }
}
