//! When a program may be started again: growing delays, within a budget.

use std::collections::VecDeque;
use std::time::Duration;

use runtime_config::services::RestartPolicy;

/// A moment, since a begin that is nobody else's business.
pub type Time = Duration;

/// A program that was ready this long has overcome what was wrong.
const STABLE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Restarts {
    /// Those within the budget's span.
    recent: VecDeque<Time>,
    /// Those since the program was last ready for long.
    in_a_row: u32,
    pub total: u64,
}

impl Restarts {
    /// The program was ready for that long when it ended.
    pub fn was_ready(&mut self, length: Duration) {
        if length >= STABLE {
            self.in_a_row = 0;
        }
    }

    pub fn started(&mut self, now: Time) {
        self.recent.push_back(now);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.total += 1;
    }

    /// One that a former watch made; of the delays, the first is due again.
    pub fn adopt(&mut self, at: Time) {
        self.recent.push_back(at);
        self.total += 1;
    }

    /// The delay before the next start; `random` is from 0 to 1, and spreads programs that failed together.
    pub fn delay(&self, policy: &RestartPolicy, random: f64) -> Duration {
        let doubled = policy.delay.0.saturating_mul(1 << self.in_a_row.min(20));
        doubled.min(policy.max_delay.0).mul_f64(0.8 + 0.4 * random.clamp(0.0, 1.0))
    }

    /// When the budget lets the next start through; now or before: at once.
    pub fn allowed_at(&mut self, policy: &RestartPolicy, now: Time) -> Time {
        let budget = policy.budget;
        while self.recent.front().is_some_and(|first| *first + budget.per <= now) {
            self.recent.pop_front();
        }
        match self.recent.len().checked_sub(budget.count as usize) {
            None => now,
            Some(over) => self.recent[over] + budget.per,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn policy() -> RestartPolicy {
        RestartPolicy {
            delay: runtime_config::Duration::from_secs(1),
            max_delay: runtime_config::Duration::from_secs(6),
            budget: "3/m".parse().expect("a budget"),
        }
    }

    #[test]
    fn the_delay_doubles_up_to_the_greatest_and_begins_anew_after_a_good_while() {
        let mut restarts = Restarts::default();
        let mut delays = Vec::new();
        for _ in 0..5 {
            delays.push(restarts.delay(&policy(), 0.5).as_secs());
            restarts.started(seconds(0));
        }
        assert_eq!(delays, [1, 2, 4, 6, 6]);
        restarts.was_ready(seconds(9));
        assert_eq!(restarts.delay(&policy(), 0.5), seconds(6));
        restarts.was_ready(seconds(10));
        assert_eq!(restarts.delay(&policy(), 0.5), seconds(1));
        assert_eq!(restarts.delay(&policy(), 0.0).as_millis(), 800);
        assert_eq!(restarts.delay(&policy(), 1.0).as_millis(), 1200);
    }

    #[test]
    fn no_span_holds_more_than_the_budget() {
        let mut restarts = Restarts::default();
        for at in [100, 110, 120] {
            assert_eq!(restarts.allowed_at(&policy(), seconds(at)), seconds(at));
            restarts.started(seconds(at));
        }
        assert_eq!(restarts.allowed_at(&policy(), seconds(121)), seconds(160));
        assert_eq!(restarts.allowed_at(&policy(), seconds(160)), seconds(160));
        restarts.started(seconds(160));
        assert_eq!(restarts.allowed_at(&policy(), seconds(161)), seconds(170));
    }
}
