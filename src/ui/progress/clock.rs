//! The engine's time now.
//!
//! Timers run between messages, but begin at times that the engine's clock gave, and that clock may
//! differ from ours (a remote engine, a recording). Messages only ever arrive late, so the largest
//! difference seen between its time and ours is the nearest to the truth.

use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Default)]
pub(super) struct EngineClock {
    ahead: Option<SignedDuration>,
}

impl EngineClock {
    /// Takes in the last moment that the engine spoke of.
    pub(super) fn observe(&mut self, latest: Option<Timestamp>) {
        self.observe_at(latest, Timestamp::now());
    }

    /// The engine's time now; ours until it has spoken.
    pub(super) fn now(&self) -> Timestamp {
        self.at(Timestamp::now())
    }

    fn observe_at(&mut self, latest: Option<Timestamp>, ours: Timestamp) {
        let ahead = latest.map(|latest| latest.duration_since(ours));
        self.ahead = self.ahead.max(ahead);
    }

    fn at(&self, ours: Timestamp) -> Timestamp {
        ours.saturating_add(self.ahead.unwrap_or_default()).unwrap_or(ours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_messages_do_not_set_the_clock_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut clock = EngineClock::default();
        assert_eq!(clock.at(at(1000)), at(1000));
        clock.observe_at(Some(at(500)), at(1000));
        clock.observe_at(Some(at(502)), at(1005)); // three seconds late
        clock.observe_at(None, at(1006));
        assert_eq!(clock.at(at(1010)), at(510));
    }
}
