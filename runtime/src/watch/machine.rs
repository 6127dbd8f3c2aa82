//! What is to be done, from what is seen: no clock, no socket, no process.
//!
//! ```text
//!            needs there          ready probe passes
//!   waiting ───────────▶ starting ───────────────────▶ ready
//!      ▲                    │  │ too many wrong answers  │
//!      │ (operator: stopped)│  └───────▶ killing ◀───────┘
//!      │                    ▼               │ gone
//!    down ◀───────────── ended ◀────────────┘
//!      │  after the delay, within the budget: started again
//! ```
//!
//! What supervisord says is taken as it is now, not as a series of changes: an event only says when to look,
//! so that a lost one does no harm.

use std::collections::BTreeMap;
use std::time::Duration;

use runtime_config::services::{Probe, Services, in_order};

use super::event::{Act, Event, Kind};
use super::restarts::Time;
use super::unit::{Answer, Phase, State, Unit};

/// For a start or a kill to be seen in supervisord's list.
const UNSEEN: Duration = Duration::from_secs(5);
/// A process that is there longer when it is first seen was started before this watch was.
const LATE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Start {
        service: String,
    },
    Stop {
        service: String,
    },
    Kill {
        service: String,
        pid: u32,
    },
    /// Say when this process has ended.
    Await {
        pid: u32,
    },
    /// End what a program that has ended left behind in its process group.
    Clear {
        pid: u32,
    },
    Probe {
        service: String,
        pid: u32,
    },
    Record {
        at: Time,
        event: Event,
    },
}

/// One program in supervisord's list.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub service: String,
    pub state: State,
    pub pid: u32,
    /// How long the process has been there, in whole seconds.
    pub up: Duration,
    /// It has been started at some time.
    pub was_started: bool,
    /// How it ended, or why it did not start.
    pub end: String,
}

pub struct Machine {
    pub(super) units: BTreeMap<String, Unit>,
    order: Vec<String>,
    next_incident: u64,
    /// Wrong answers to questions from before do not count: nobody was there to hear the answer.
    stalled_at: Time,
    random: Box<dyn FnMut() -> f64>,
    actions: Vec<Action>,
}

impl Machine {
    pub fn new(services: Services, random: Box<dyn FnMut() -> f64>) -> Self {
        let order = in_order(&services).unwrap_or_default().into_iter().map(String::from).collect();
        let mut units = BTreeMap::new();
        units.extend(services.into_iter().map(|(name, service)| (name, Unit::new(service))));
        Self { units, order, next_incident: 1, stalled_at: Time::ZERO, random, actions: Vec::new() }
    }

    /// The number of the next incident.
    pub fn count_from(&mut self, number: u64) {
        self.next_incident = number;
    }

    /// What this program is asked now.
    pub fn probe(&self, service: &str) -> Option<&Probe> {
        self.units.get(service).and_then(Unit::probe)
    }

    /// Goes on with what a former watch had begun.
    pub fn adopt(&mut self, service: &str, incident: u64, kind: Kind) {
        if let Some(unit) = self.units.get_mut(service) {
            unit.incident = Some(incident);
            if kind == Kind::Dependency {
                unit.phase = Phase::Held;
            }
        }
    }

    /// Counts a start of a former watch against the budget.
    pub fn adopt_restart(&mut self, service: &str, at: Time) {
        if let Some(unit) = self.units.get_mut(service) {
            unit.restarts.adopt(at);
        }
    }

    pub fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    pub fn seen(&mut self, now: Time, all: &[Seen]) {
        for seen in all {
            if self.units.contains_key(&seen.service) {
                self.one(now, seen);
            }
        }
    }

    fn one(&mut self, now: Time, seen: &Seen) {
        let unit = self.units.get_mut(&seen.service).expect("checked by the caller");
        let before = std::mem::replace(&mut unit.state, seen.state);
        match seen.state {
            State::Starting | State::Running if seen.pid != unit.pid => {
                // One that a former watch has seen start; of a new one the moment is known better.
                let since = if seen.up > LATE { now.saturating_sub(seen.up) } else { now };
                unit.begin(now, since, seen.pid);
                self.actions.push(Action::Await { pid: seen.pid });
                self.without_probe(now, seen);
            }
            State::Starting | State::Running => self.without_probe(now, seen),
            // supervisord will call it fatal at its next look: the process is gone already.
            State::Backoff | State::Exited | State::Fatal => {
                let never_seen = unit.phase == Phase::Waiting && before == State::Unknown;
                let start_failed = unit.phase == Phase::Asked && unit.start_answered;
                if unit.pid != 0 || never_seen || start_failed {
                    let ran = seen.state == State::Exited || unit.ready_since.is_some();
                    let kind = if ran { Kind::Crash } else { Kind::Start };
                    self.ended(now, &seen.service, kind, &seen.end);
                }
            }
            State::Stopped => self.stopped(now, seen),
            State::Stopping | State::Unknown => {}
        }
    }

    /// A program without a question is ready when supervisord says that it runs.
    fn without_probe(&mut self, now: Time, seen: &Seen) {
        let unit = &self.units[&seen.service];
        if unit.phase == Phase::Starting
            && seen.state == State::Running
            && unit.service.readiness().is_none()
        {
            self.ready(now, &seen.service);
        }
    }

    fn stopped(&mut self, now: Time, seen: &Seen) {
        let unit = self.units.get_mut(&seen.service).expect("checked by the caller");
        unit.pid = 0;
        if !seen.was_started || unit.phase == Phase::Held || unit.phase == Phase::Stopped {
            return;
        }
        if unit.phase == Phase::Asked && !unit.start_answered {
            return;
        }
        unit.phase = Phase::Stopped;
        unit.incident = None;
        unit.problem = "stopped by an operator".into();
        self.record(now, Event::Stopped { service: seen.service.clone() });
    }

    /// supervisord has started it: from here on its list tells what became of that.
    pub fn started(&mut self, service: &str) {
        if let Some(unit) = self.units.get_mut(service) {
            unit.start_answered = true;
        }
    }

    /// supervisord refused to start it.
    pub fn refused(&mut self, now: Time, service: &str, reason: &str) {
        if self.units.get(service).is_some_and(|unit| unit.phase == Phase::Asked) {
            self.ended(now, service, Kind::Start, reason);
        }
    }

    fn ended(&mut self, now: Time, service: &str, kind: Kind, detail: &str) {
        let unit = self.units.get_mut(service).expect("checked by the caller");
        if let Some(since) = unit.ready_since.take() {
            unit.restarts.was_ready(now.saturating_sub(since));
        }
        let pid = std::mem::take(&mut unit.pid);
        unit.phase = Phase::Down;
        unit.problem = detail.to_owned();
        let policy = unit.service.restart.clone();
        let delayed = now + unit.restarts.delay(&policy, (self.random)());
        let allowed = unit.restarts.allowed_at(&policy, now);
        unit.until = delayed.max(allowed);
        if pid != 0 {
            self.actions.push(Action::Clear { pid });
        }
        let incident = self.detect(now, service, kind, detail, now);
        if allowed > delayed {
            self.exhausted(now, service, incident, allowed);
        }
    }

    /// The number of the incident that is open; a new one, if none was.
    fn detect(&mut self, now: Time, service: &str, kind: Kind, detail: &str, since: Time) -> u64 {
        let unit = self.units.get_mut(service).expect("known");
        if let Some(incident) = unit.incident {
            return incident;
        }
        let incident = self.next_incident;
        self.next_incident += 1;
        unit.incident = Some(incident);
        let probed = matches!(kind, Kind::Hang | Kind::Unhealthy);
        let event = Event::Detected {
            incident,
            service: service.to_owned(),
            kind,
            detail: detail.to_owned(),
            ago_ms: now.saturating_sub(since).as_millis() as u64,
            wrong_answers: if probed { unit.failures } else { 0 },
            needed: if probed { unit.probe().map_or(0, |probe| probe.failures) } else { 0 },
        };
        self.record(now, event);
        incident
    }

    fn exhausted(&mut self, now: Time, service: &str, incident: u64, until: Time) {
        let unit = self.units.get_mut(service).expect("known");
        if unit.exhausted_until.replace(until) != Some(until) {
            let for_ms = until.saturating_sub(now).as_millis() as u64;
            self.record(now, Event::Exhausted { incident, service: service.to_owned(), for_ms });
        }
    }

    fn record(&mut self, at: Time, event: Event) {
        self.actions.push(Action::Record { at, event });
    }

    fn ready(&mut self, now: Time, service: &str) {
        let unit = self.units.get_mut(service).expect("known");
        unit.phase = Phase::Ready;
        unit.ready_since = Some(now);
        unit.problem.clear();
        let after_ms = now.saturating_sub(unit.since).as_millis() as u64;
        let service = service.to_owned();
        let event = match unit.incident.take() {
            Some(incident) => Event::Recovered { incident, service },
            None => Event::Ready { service, after_ms },
        };
        self.record(now, event);
    }

    /// A probe of the process `pid` was asked at `asked` and has its answer.
    pub fn answered(&mut self, now: Time, service: &str, pid: u32, asked: Time, answer: Answer) {
        let Some(unit) = self.units.get_mut(service) else { return };
        if unit.pid != pid || !matches!(unit.phase, Phase::Starting | Phase::Ready) {
            return;
        }
        unit.probing = false;
        let Some(probe) = unit.probe().cloned() else { return };
        unit.tries += 1;
        unit.probe_at = asked + unit.interval(&probe);
        let (reason, late, busy) = match answer {
            Answer::Wrong { reason, late, busy } => (reason, late, busy),
            Answer::Gone => return,
            Answer::Right => {
                unit.right_answer();
                if unit.phase == Phase::Starting || unit.incident.is_some() {
                    self.ready(now, service);
                }
                return;
            }
        };
        unit.problem = reason;
        let in_grace = unit.phase == Phase::Starting && now < unit.since + probe.grace.0;
        if in_grace || asked < self.stalled_at {
            return;
        }
        if late && busy {
            let since = *unit.busy_since.get_or_insert(asked);
            if now < since + probe.busy.0 {
                return;
            }
        }
        if self.need_fails(now, service) {
            let unit = self.units.get_mut(service).expect("known");
            unit.failures = 0;
            unit.problem += " (held back: what it needs is not ready)";
            return;
        }
        self.wrong_answer(now, service, asked, late, &probe);
    }

    fn wrong_answer(&mut self, now: Time, service: &str, asked: Time, late: bool, probe: &Probe) {
        let unit = self.units.get_mut(service).expect("known");
        if unit.failures == 0 {
            unit.failing_since = asked;
        }
        unit.failures += 1;
        if unit.failures < probe.failures {
            return;
        }
        let kind = if late { Kind::Hang } else { Kind::Unhealthy };
        let (since, detail) = (unit.failing_since, unit.problem.clone());
        let policy = unit.service.restart.clone();
        let allowed = unit.restarts.allowed_at(&policy, now);
        let pid = unit.pid;
        let incident = self.detect(now, service, kind, &detail, since);
        // A program that fails may still do some of its work; one that is killed and not started does none.
        if allowed > now {
            return self.exhausted(now, service, incident, allowed);
        }
        let unit = self.units.get_mut(service).expect("known");
        unit.phase = Phase::Killing;
        unit.until = now + UNSEEN;
        self.kill(now, service, pid, incident);
    }

    fn kill(&mut self, now: Time, service: &str, pid: u32, incident: u64) {
        let service = service.to_owned();
        self.actions.push(Action::Kill { service: service.clone(), pid });
        self.record(now, Event::Acted { incident, service, action: Act::Kill });
    }

    /// The machine, or this program on it, was stopped for a while: what was not answered meanwhile is
    /// nobody's fault.
    pub fn stalled(&mut self, now: Time) {
        self.stalled_at = now;
        for unit in self.units.values_mut() {
            unit.failures = 0;
            unit.busy_since = None;
        }
    }

    /// Does what is due.
    pub fn due(&mut self, now: Time) {
        for service in self.order.clone() {
            self.due_one(now, &service);
        }
    }

    fn due_one(&mut self, now: Time, service: &str) {
        let satisfied = self.lacking(service).is_none();
        let bound_fails = self.bound_fails(service);
        let unit = self.units.get_mut(service).expect("in the order");
        match unit.phase {
            Phase::Waiting if unit.state == State::Unknown => {}
            Phase::Waiting if satisfied => self.start(now, service),
            Phase::Waiting => {}
            Phase::Held if satisfied && unit.state != State::Stopping && unit.pid == 0 => {
                self.start(now, service);
            }
            Phase::Down if now >= unit.until && unit.state != State::Backoff && satisfied => {
                self.start(now, service);
            }
            Phase::Asked if now >= unit.until + UNSEEN => {
                self.ended(now, service, Kind::Start, "nothing is seen of its start");
            }
            Phase::Killing if now >= unit.until => {
                unit.until = now + UNSEEN;
                let pid = unit.pid;
                self.actions.push(Action::Kill { service: service.to_owned(), pid });
            }
            Phase::Starting | Phase::Ready if bound_fails => {
                unit.phase = Phase::Held;
                unit.ready_since = None;
                let incident =
                    self.detect(now, service, Kind::Dependency, "what it is bound to failed", now);
                let service = service.to_owned();
                self.actions.push(Action::Stop { service: service.clone() });
                self.record(now, Event::Acted { incident, service, action: Act::Stop });
            }
            Phase::Starting | Phase::Ready
                if !unit.probing && unit.probe().is_some() && now >= unit.probe_at =>
            {
                unit.probing = true;
                let pid = unit.pid;
                self.actions.push(Action::Probe { service: service.to_owned(), pid });
            }
            _ => {}
        }
    }

    fn start(&mut self, now: Time, service: &str) {
        let unit = self.units.get_mut(service).expect("known");
        let again = matches!(unit.phase, Phase::Down);
        unit.phase = Phase::Asked;
        unit.start_answered = false;
        unit.until = now;
        if again {
            unit.restarts.started(now);
        }
        let incident = unit.incident;
        let service = service.to_owned();
        self.actions.push(Action::Start { service: service.clone() });
        if let Some(incident) = incident {
            self.record(now, Event::Acted { incident, service, action: Act::Start });
        }
    }

    /// When something is due next; what was due already waits for something else to happen.
    pub fn next(&self, now: Time) -> Option<Time> {
        self.units.values().filter_map(Unit::next).filter(|due| *due > now).min()
    }
}

#[cfg(test)]
mod tests;
