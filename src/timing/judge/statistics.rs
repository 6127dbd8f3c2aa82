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
//!    as far as all but one in ten of them. One in ten may be an accident: a time that is itself that
//!    far from all the others. It is left out.
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
    /// The time in milliseconds from which on it would be called slower, the farthest earlier time
    /// aside; `None` where there are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_beyond_ms: Option<u64>,
    /// Whether ratio and seconds say slower, whatever the evidence is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_slower: bool,
    /// The gate that held a verdict back, where it is inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<EvidenceGate>,
    /// The longest earlier time in milliseconds, accidents aside; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_ms: Option<u64>,
    /// Whether the earlier times are those of a model: these steps in earlier builds, which ran
    /// others too. Else they were measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_modelled: bool,
}

/// A gate that evidence has to pass, see the head of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceGate {
    /// There are too few earlier times.
    Samples,
    /// They vary too much.
    Score,
    /// Some of them were as far away.
    Reach,
}

impl Comparison {
    /// Whether it is slower than all that is known, though not shown to be regressed: what may be
    /// a regression, and is no measure for others.
    pub fn is_suspect(&self) -> bool {
        let is_longest = self.longest_ms.is_none_or(|longest| self.actual_ms > longest);
        self.is_slower
            && self.verdict == Verdict::Inconclusive
            && matches!(self.held_by, Some(EvidenceGate::Score | EvidenceGate::Reach))
            && is_longest
    }
}

/// What evidence a verdict needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Differences below this, in milliseconds, are nobody's concern. A step of 0.4 s takes 0.5 to
    /// 0.75 s on a shared machine, and a build of two seconds took three beside a compiler; two
    /// seconds are beyond that, and below what makes people wait.
    pub floor_ms: u64,
    /// How many earlier times are needed.
    pub needed: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self { floor_ms: 2000, needed: 5 }
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

/// One in so many of them may be an accident.
const ACCIDENT_ONE_IN: usize = 10;

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
            slow_beyond_ms: None,
            is_slower: false,
            held_by: Some(EvidenceGate::Samples),
            longest_ms: None,
            is_modelled: false,
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
    let distances = robust::distances(&values, median);
    let accidents = accidents(&distances, values.len() / ACCIDENT_ONE_IN, spread, gate);
    let is_scored = score.is_some_and(|score| score.abs() > SCORE);
    let is_reached = !is_out_of_reach(away.abs(), &distances[accidents..]);
    let (verdict, held_by) = match () {
        () if n < gate.needed => (Verdict::Inconclusive, Some(EvidenceGate::Samples)),
        () if !is_slower && !is_faster => (Verdict::Ok, None),
        () if !is_scored => (Verdict::Inconclusive, Some(EvidenceGate::Score)),
        () if is_reached => (Verdict::Inconclusive, Some(EvidenceGate::Reach)),
        () if is_slower => (Verdict::Regressed, None),
        () => (Verdict::Improved, None),
    };
    Comparison {
        verdict,
        actual_ms,
        n,
        median_ms,
        spread_ms: spread.round() as u64,
        ratio: (median_ms > 0).then(|| actual_ms as f64 / median),
        score,
        slow_beyond_ms: (n >= gate.needed)
            .then(|| {
                first_from(median_ms, |time| {
                    differs(time, median_ms) && time as f64 - median > SCORE * spread
                })
            })
            .flatten(),
        is_slower,
        held_by,
        longest_ms: longest_ms(samples, median, spread, gate),
        is_modelled: false,
    }
}

/// How many of the farthest distances (the farthest first) are accidents, of up to `most`: each
/// lies out of reach of all that are nearer. Enough have to be left without them.
fn accidents(distances: &[f64], most: usize, spread: f64, gate: Gate) -> usize {
    let most = most.min(distances.len().saturating_sub(gate.needed));
    let is_apart = |count: &usize| {
        let nearest = distances[count - 1];
        nearest > SCORE * spread && is_out_of_reach(nearest, &distances[*count..])
    };
    (1..=most).rev().find(is_apart).unwrap_or(0)
}

/// The longest time, where a single accident does not count, however few there are: too little to
/// call a time like it regressed, and too little to call it usual.
fn longest_ms(samples: &[u64], median: f64, spread: f64, gate: Gate) -> Option<u64> {
    let mut far: Vec<u64> = samples.to_vec();
    let away = |ms: &u64| (*ms as f64 - median).abs();
    far.sort_by(|a, b| away(b).total_cmp(&away(a)));
    let distances: Vec<f64> = far.iter().map(away).collect();
    let most = (samples.len() / ACCIDENT_ONE_IN).max(1);
    far[accidents(&distances, most, spread, gate)..].iter().max().copied()
}

/// The first number from `start` on for which `test` holds, where it holds for all that follow;
/// `None` where it does not within a thousand times `start`.
fn first_from(start: u64, test: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut not, mut step) = (start, 1_u64);
    while !test(not.saturating_add(step)) {
        not = not.saturating_add(step);
        step = step.checked_mul(2)?;
        if not > start.saturating_mul(1000).max(1 << 40) {
            return None;
        }
    }
    let mut holds = not + step;
    while holds - not > 1 {
        let middle = not + (holds - not) / 2;
        if test(middle) { holds = middle } else { not = middle }
    }
    Some(holds)
}

/// Whether no earlier time was as far away, and most were nowhere near. `earlier` has the farthest
/// first.
fn is_out_of_reach(away: f64, earlier: &[f64]) -> bool {
    let Some(&farthest) = earlier.first() else { return false };
    away > farthest && away > REACH * earlier[earlier.len() / REACH_LESS_ONE_IN]
}

#[cfg(test)]
mod tests;
