//! One time against earlier ones: the numbers, and the gates that a verdict passes.
//!
//! A time is `regressed` when all of this holds, and `improved` when it holds the other way round:
//!
//! 1. **ratio**: the alert's condition holds for it and the median (`build_time > baseline * 1.2`);
//! 2. **seconds**: it is [`Gate::floor_ms`] or more away from the median, for nobody waits for less;
//! 3. **samples**: there are [`Gate::needed`] or more;
//! 4. **score**: its modified z-score is above 3.5, the line that B. Iglewicz and D. C. Hoaglin draw
//!    in *How to Detect and Handle Outliers* (ASQC Quality Press, 1993), with the spread of `robust`;
//! 5. **reach**: it lies farther from the median than every earlier time, and more than three times
//!    as far as all but one in ten of them.
//!
//! Ratio and seconds without the rest is `inconclusive`: slower, but not shown to be more than the
//! usual ups and downs. The reach is there for what a spread from five values cannot see: that a
//! step has two speeds, or a long tail (a mirror that is sometimes far away). It costs little where
//! times are steady, and in the simulations below it takes nine of ten false alarms away.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Verdict, robust};

/// One time against earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What it is.
    pub verdict: Verdict,
    /// The time now, in milliseconds; the median where the build was repeated.
    pub actual_ms: u64,
    /// How many earlier times there are.
    pub n: usize,
    /// Their median in milliseconds; 0 where there are none.
    pub median_ms: u64,
    /// Their spread in milliseconds: a robust standard deviation.
    pub spread_ms: u64,
    /// `actual / median`; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// How many spreads the time lies from the median; `None` where there are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// What evidence a verdict needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Differences below this, in milliseconds, are nobody's concern. A step of 0.4 s takes 0.5 to
    /// 0.75 s on a shared machine; a second is beyond that, and below what makes people wait.
    pub floor_ms: u64,
    /// How many earlier times are needed.
    pub needed: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self { floor_ms: 1000, needed: 5 }
    }
}

/// Iglewicz and Hoaglin's line.
const SCORE: f64 = 3.5;

/// The least spread, as a share of the median. Five builds can agree to the millisecond by luck;
/// no machine that others use keeps time better than this.
const LEAST_SHARE: f64 = 0.02;

/// The least spread in milliseconds: what starting a container alone varies by.
const LEAST_MS: f64 = 50.0;

/// How many times as far as the earlier ones a time must lie.
const REACH: f64 = 3.0;

/// One in so many of the earlier times does not count for that.
const REACH_LESS_ONE_IN: usize = 10;

/// The comparison of `actual_ms` with `samples`, in milliseconds; `beyond(time, baseline)` is the
/// alert's condition on two times in milliseconds.
pub fn compare(
    actual_ms: u64,
    samples: &[u64],
    gate: Gate,
    beyond: &dyn Fn(u64, u64) -> bool,
) -> Comparison {
    compare_of(actual_ms, samples, samples.len(), gate, beyond)
}

/// The same, where the samples are worth only `n`: some of them are partly from a model.
pub(super) fn compare_of(
    actual_ms: u64,
    samples: &[u64],
    n: usize,
    gate: Gate,
    beyond: &dyn Fn(u64, u64) -> bool,
) -> Comparison {
    let n = n.min(samples.len());
    let values: Vec<f64> = samples.iter().map(|&ms| ms as f64).collect();
    let Some(median) = robust::median(&values) else {
        return Comparison {
            verdict: Verdict::Inconclusive,
            actual_ms,
            n: 0,
            median_ms: 0,
            spread_ms: 0,
            ratio: None,
            score: None,
        };
    };
    let spread = robust::spread(&values).unwrap_or(0.0).max(LEAST_SHARE * median).max(LEAST_MS);
    let median_ms = median.round() as u64;
    let away = actual_ms as f64 - median;
    let score = (n >= 2).then(|| away / spread);
    let differs = |slow: u64, fast: u64| {
        beyond(slow, fast) && slow.saturating_sub(fast) >= gate.floor_ms.max(1)
    };
    let is_slower = differs(actual_ms, median_ms);
    let is_faster = differs(median_ms, actual_ms);
    let is_beyond_noise = score.is_some_and(|score| score.abs() > SCORE)
        && is_out_of_reach(away.abs(), &robust::distances(&values, median));
    let verdict = match () {
        () if n < gate.needed => Verdict::Inconclusive,
        () if !is_slower && !is_faster => Verdict::Ok,
        () if !is_beyond_noise => Verdict::Inconclusive,
        () if is_slower => Verdict::Regressed,
        () => Verdict::Improved,
    };
    Comparison {
        verdict,
        actual_ms,
        n,
        median_ms,
        spread_ms: spread.round() as u64,
        ratio: (median_ms > 0).then(|| actual_ms as f64 / median),
        score,
    }
}

/// Whether no earlier time was as far away, and most were nowhere near. `earlier` has the farthest
/// first.
fn is_out_of_reach(away: f64, earlier: &[f64]) -> bool {
    let Some(&farthest) = earlier.first() else { return false };
    away > farthest && away > REACH * earlier[earlier.len() / REACH_LESS_ONE_IN]
}

#[cfg(test)]
mod tests;
