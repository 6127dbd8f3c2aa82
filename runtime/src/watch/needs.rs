//! What one program's state means for those that need it.

use std::time::Duration;

use runtime_config::services::Need;

use super::machine::Machine;
use super::restarts::Time;
use super::unit::Phase;

/// After a program that others need is ready again, until their own wrong answers count.
const SETTLE: Duration = Duration::from_secs(5);

impl Machine {
    /// Whether something that this program needs is not ready, or only just.
    pub(super) fn need_fails(&self, now: Time, service: &str) -> bool {
        let needs = &self.units[service].service.needs;
        needs.iter().filter(|(_, need)| need.is_readiness()).any(|(name, _)| {
            let unit = &self.units[name];
            unit.failures > 0
                || unit.busy_since.is_some()
                || unit
                    .ready_since
                    .is_none_or(|since| unit.restarts.total > 0 && now < since + SETTLE)
                || self.need_fails(now, name)
        })
    }

    /// The need that keeps this program from being started.
    pub(super) fn lacking(&self, service: &str) -> Option<&str> {
        let unit = &self.units[service];
        let lacks = |(name, need): &(&String, &Need)| {
            let other = &self.units[*name];
            match need {
                Need::Started => !matches!(other.phase, Phase::Starting | Phase::Ready),
                Need::Ready | Need::Bound => other.phase != Phase::Ready || other.failures > 0,
            }
        };
        unit.service.needs.iter().find(lacks).map(|(name, _)| name.as_str())
    }

    pub(super) fn bound_fails(&self, service: &str) -> bool {
        let needs = &self.units[service].service.needs;
        needs
            .iter()
            .any(|(name, need)| *need == Need::Bound && self.units[name].phase != Phase::Ready)
    }
}
