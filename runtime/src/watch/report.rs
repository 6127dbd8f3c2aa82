//! How the programs are now, for `mad-runtime status` and `ready`.

use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::restarts::Time;
use super::unit::Phase;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub version: String,
    pub services: Vec<ServiceReport>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceReport {
    pub name: String,
    pub group: Option<String>,
    pub phase: Phase,
    pub pid: Option<u32>,
    /// Of the process.
    pub up_ms: Option<u64>,
    /// Starts after failures.
    pub restarts: u64,
    /// Wrong answers in a row.
    pub wrong_answers: u32,
    /// Why it is not well, or waits; empty when neither.
    pub problem: String,
    /// Until it is started again.
    pub next_start_ms: Option<u64>,
}

impl Report {
    /// What is not ready, of the programs that no operator stopped.
    pub fn unready(&self) -> Vec<&ServiceReport> {
        let ready =
            |service: &&ServiceReport| !matches!(service.phase, Phase::Ready | Phase::Stopped);
        self.services.iter().filter(ready).collect()
    }
}

pub fn report(machine: &Machine, now: Time) -> Report {
    let millis = |time: Time| time.as_millis() as u64;
    let services = machine.units.iter().map(|(name, unit)| {
        let waits = matches!(unit.phase, Phase::Waiting | Phase::Down | Phase::Held);
        let lacking = waits.then(|| machine.lacking(name)).flatten();
        ServiceReport {
            name: name.clone(),
            group: unit.service.group.clone(),
            phase: unit.phase,
            pid: (unit.pid != 0).then_some(unit.pid),
            up_ms: (unit.pid != 0).then(|| millis(now.saturating_sub(unit.since))),
            restarts: unit.restarts.total,
            wrong_answers: unit.failures,
            problem: match lacking {
                Some(need) => format!("waits for {need}"),
                None => unit.problem.clone(),
            },
            next_start_ms: (unit.phase == Phase::Down && lacking.is_none())
                .then(|| millis(unit.until.saturating_sub(now))),
        }
    });
    Report { version: env!("CARGO_PKG_VERSION").into(), services: services.collect() }
}
