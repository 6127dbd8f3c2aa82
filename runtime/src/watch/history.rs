//! The ledger's records as incidents and numbers.
//!
//! A program's time counts from its first readiness while a watch is alive, and not while an operator keeps it
//! stopped; of that time it was down from the begin of each incident (the first wrong answer, the end of the
//! process) to its recovery. What a program loses before it counts as failed, and recovers by itself, is no
//! incident and not down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Act, Event, Kind, Record};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    pub incidents: Vec<Incident>,
    pub services: BTreeMap<String, Numbers>,
    pub all: Numbers,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub number: u64,
    pub service: String,
    pub kind: Kind,
    pub detail: String,
    pub began_ms: u64,
    pub detected_ms: u64,
    pub kills: u32,
    pub starts: u32,
    pub outcome: Outcome,
    /// When it was over, if it is.
    pub ended_ms: Option<u64>,
    /// The program was killed before enough wrong answers had come.
    pub false_restart: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Recovered,
    Open,
    /// An operator stopped the program.
    Stopped,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    pub incidents: u64,
    pub recovered: u64,
    pub open: u64,
    pub stopped: u64,
    pub false_restarts: u64,
    /// How long the program should have been ready, and how long of it it was down.
    pub watched_ms: u64,
    pub down_ms: u64,
    /// Of `watched_ms`, in percent; absent before the first readiness.
    pub uptime_percent: Option<f64>,
    /// Of the incidents that no operator ended, in percent; absent where there are none.
    pub recovered_percent: Option<f64>,
    /// From begin to recovery, on average.
    pub mean_time_to_recovery_ms: Option<u64>,
}

/// One program's state while the records are read.
#[derive(Default)]
struct Account {
    /// Since when it should be ready.
    due_since: Option<u64>,
    /// Since when it is down, within that.
    down_since: Option<u64>,
    was_ready: bool,
    recovery_ms: u64,
    numbers: Numbers,
}

impl Account {
    fn down(&mut self, at: u64) {
        if let Some(due) = self.due_since {
            self.down_since.get_or_insert(at.max(due));
        }
    }

    fn up(&mut self, at: u64) {
        if let Some(since) = self.down_since.take() {
            self.numbers.down_ms += at.saturating_sub(since);
        }
    }

    fn end(&mut self, at: u64) {
        self.up(at);
        if let Some(since) = self.due_since.take() {
            self.numbers.watched_ms += at.saturating_sub(since);
        }
    }
}

/// `until_ms`: now, or when the watch was last alive.
pub fn history(records: &[Record], until_ms: u64) -> History {
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    let mut incidents: Vec<Incident> = Vec::new();
    for Record { at_ms: at, event, .. } in records {
        match event {
            Event::WatchStarted { .. } => {
                let open = |name: &str| {
                    incidents.iter().any(|incident| {
                        incident.service == name && incident.outcome == Outcome::Open
                    })
                };
                for (name, account) in &mut accounts {
                    if account.was_ready && open(name) {
                        account.due_since.get_or_insert(*at);
                        account.down(*at);
                    }
                }
            }
            Event::WatchEnded => accounts.values_mut().for_each(|account| account.end(*at)),
            Event::Ready { service, .. } => {
                let account = accounts.entry(service.clone()).or_default();
                account.due_since.get_or_insert(*at);
                account.was_ready = true;
            }
            Event::Detected { incident, service, kind, detail, ago_ms, wrong_answers, needed } => {
                let began_ms = at.saturating_sub(*ago_ms);
                accounts.entry(service.clone()).or_default().down(began_ms);
                incidents.push(Incident {
                    number: *incident,
                    service: service.clone(),
                    kind: *kind,
                    detail: detail.clone(),
                    began_ms,
                    detected_ms: *at,
                    kills: 0,
                    starts: 0,
                    outcome: Outcome::Open,
                    ended_ms: None,
                    false_restart: wrong_answers < needed,
                });
            }
            Event::Acted { incident, action, .. } => {
                if let Some(incident) = by_number(&mut incidents, *incident) {
                    match action {
                        Act::Kill => incident.kills += 1,
                        Act::Start => incident.starts += 1,
                        Act::Stop => {}
                    }
                }
            }
            Event::Exhausted { .. } => {}
            Event::Recovered { incident, service } => {
                let account = accounts.entry(service.clone()).or_default();
                account.up(*at);
                account.due_since.get_or_insert(*at);
                account.was_ready = true;
                if let Some(incident) = by_number(&mut incidents, *incident) {
                    incident.outcome = Outcome::Recovered;
                    incident.ended_ms = Some(*at);
                    account.recovery_ms += at.saturating_sub(incident.began_ms);
                }
            }
            Event::Stopped { service } => {
                let account = accounts.entry(service.clone()).or_default();
                account.end(*at);
                account.was_ready = false;
                for incident in incidents.iter_mut().filter(|incident| {
                    incident.service == *service && incident.outcome == Outcome::Open
                }) {
                    incident.outcome = Outcome::Stopped;
                    incident.ended_ms = Some(*at);
                }
            }
        }
    }
    sums(accounts, incidents, until_ms)
}

fn by_number(incidents: &mut [Incident], number: u64) -> Option<&mut Incident> {
    incidents.iter_mut().rev().find(|incident| incident.number == number)
}

fn sums(
    mut accounts: BTreeMap<String, Account>,
    incidents: Vec<Incident>,
    until_ms: u64,
) -> History {
    for incident in &incidents {
        let account = accounts.entry(incident.service.clone()).or_default();
        account.numbers.incidents += 1;
        match incident.outcome {
            Outcome::Recovered => account.numbers.recovered += 1,
            Outcome::Open => account.numbers.open += 1,
            Outcome::Stopped => account.numbers.stopped += 1,
        }
        account.numbers.false_restarts += u64::from(incident.false_restart);
    }
    let (mut all, mut recovery_ms) = (Numbers::default(), 0);
    let mut services = BTreeMap::new();
    for (name, mut account) in accounts {
        account.end(until_ms);
        let mut one = account.numbers;
        rates(&mut one, account.recovery_ms);
        all.incidents += one.incidents;
        all.recovered += one.recovered;
        all.open += one.open;
        all.stopped += one.stopped;
        all.false_restarts += one.false_restarts;
        all.watched_ms += one.watched_ms;
        all.down_ms += one.down_ms;
        recovery_ms += account.recovery_ms;
        services.insert(name, one);
    }
    rates(&mut all, recovery_ms);
    History { incidents, services, all }
}

fn rates(numbers: &mut Numbers, recovery_ms: u64) {
    let percent = |part: u64, of: u64| (of > 0).then(|| part as f64 * 100.0 / of as f64);
    numbers.uptime_percent =
        percent(numbers.watched_ms.saturating_sub(numbers.down_ms), numbers.watched_ms);
    numbers.recovered_percent = percent(numbers.recovered, numbers.recovered + numbers.open);
    numbers.mean_time_to_recovery_ms = recovery_ms.checked_div(numbers.recovered);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(records: &[(u64, Event)], until_ms: u64) -> History {
        let records: Vec<_> = records
            .iter()
            .map(|(at_ms, event)| Record { v: 1, at_ms: *at_ms, event: event.clone() })
            .collect();
        history(&records, until_ms)
    }

    fn ready() -> Event {
        Event::Ready { service: "a".into(), after_ms: 0 }
    }

    fn detected(incident: u64, ago_ms: u64, wrong_answers: u32) -> Event {
        Event::Detected {
            incident,
            service: "a".into(),
            kind: Kind::Hang,
            detail: String::new(),
            ago_ms,
            wrong_answers,
            needed: 3,
        }
    }

    fn recovered(incident: u64) -> Event {
        Event::Recovered { incident, service: "a".into() }
    }

    #[test]
    fn a_program_is_down_from_the_first_wrong_answer_to_its_recovery() {
        let of =
            of(&[(1_000, ready()), (5_000, detected(1, 1_000, 3)), (6_000, recovered(1))], 11_000);
        assert_eq!((of.all.watched_ms, of.all.down_ms), (10_000, 2_000));
        assert_eq!(of.all.uptime_percent, Some(80.0));
        assert_eq!(of.all.mean_time_to_recovery_ms, Some(2_000));
        assert_eq!((of.all.recovered_percent, of.all.false_restarts), (Some(100.0), 0));
    }

    #[test]
    fn what_is_not_over_counts_as_down_and_not_as_recovered() {
        let of = of(&[(0, ready()), (9_000, detected(1, 0, 3))], 10_000);
        assert_eq!((of.all.uptime_percent, of.all.recovered_percent), (Some(90.0), Some(0.0)));
        assert_eq!(of.all.mean_time_to_recovery_ms, None);
    }

    #[test]
    fn neither_an_operators_stop_nor_the_time_without_a_watch_counts() {
        let stopped = Event::Stopped { service: "a".into() };
        let started = Event::WatchStarted { version: String::new() };
        let of = of(
            &[
                (0, ready()),
                (1_000, stopped),
                (5_000, ready()),
                (6_000, Event::WatchEnded),
                (9_000, started),
                (9_500, ready()),
            ],
            10_000,
        );
        assert_eq!((of.all.watched_ms, of.all.down_ms), (2_500, 0));
    }

    #[test]
    fn an_incident_that_outlives_its_watch_goes_on_counting_with_the_next() {
        let started = Event::WatchStarted { version: String::new() };
        let of = of(
            &[
                (0, ready()),
                (1_000, detected(1, 0, 3)),
                (2_000, Event::WatchEnded),
                (5_000, started),
                (6_000, recovered(1)),
            ],
            10_000,
        );
        assert_eq!((of.all.watched_ms, of.all.down_ms), (7_000, 2_000));
    }

    #[test]
    fn a_kill_without_enough_wrong_answers_is_a_false_restart() {
        assert_eq!(of(&[(0, ready()), (1, detected(1, 0, 2))], 2).all.false_restarts, 1);
    }
}
