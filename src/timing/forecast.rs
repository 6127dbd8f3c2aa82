//! How long a running build may still take, by what its steps took in earlier builds.
//!
//! An estimate and nothing else: the longest path through the steps that are running or bound to run,
//! each with the median of its earlier times. A step that waits for one that ran is bound to run; of
//! the others nobody knows before the engine has looked into its cache, and they count for nothing. A
//! step that no earlier build has makes the estimate a lower bound.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::record::{Record, StepRecord};
use super::{Tracker, Work, WorkKind, WorkState};

/// What earlier builds say about the steps of this one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forecast {
    steps: BTreeMap<String, StepForecast>,
    /// Writing the image.
    export: Option<Duration>,
}

/// A step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct StepForecast {
    usual: Option<Duration>,
    /// Whether earlier builds only ever found it in the cache: what it copies seldom changes.
    is_always_cached: bool,
    needs: Vec<String>,
}

/// How long a build may still take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLeft {
    /// The time.
    pub time: Duration,
    /// Whether a step whose time nobody knows comes on top.
    pub is_least: bool,
}

impl Forecast {
    /// Of the steps by id with those that each waits for, and earlier builds on the same machine.
    pub fn new(needs: impl IntoIterator<Item = (String, Vec<String>)>, earlier: &[Record]) -> Self {
        let times = |id: &str| {
            let ran = |record: &Record| {
                let step = record.step(id)?;
                let carrier = step.same_as.as_deref().and_then(|same| record.step(same));
                Some(carrier.unwrap_or(step))
                    .filter(|step| step.state == WorkState::Done)
                    .map(StepRecord::duration_ms)
            };
            median(earlier.iter().filter_map(ran).collect())
        };
        let export = |record: &Record| {
            let exports = record.works.iter().filter(|work| work.kind == WorkKind::Export);
            let ms: u64 = exports.map(|work| work.duration_ms()).sum();
            (ms > 0).then_some(ms)
        };
        Self {
            steps: needs
                .into_iter()
                .map(|(id, needs)| {
                    let usual = times(&id);
                    let is_cached = |record: &Record| {
                        record.step(&id).is_some_and(|step| step.state == WorkState::Cached)
                    };
                    let is_always_cached = usual.is_none() && earlier.iter().any(is_cached);
                    (id, StepForecast { usual, is_always_cached, needs })
                })
                .collect(),
            export: median(earlier.iter().filter_map(export).collect()),
        }
    }

    /// Usual seconds of steps, and what each waits for.
    #[cfg(test)]
    pub(crate) fn of_seconds(steps: Vec<(&str, u64, &[&str])>) -> Self {
        let known = |(id, seconds, needs): (&str, u64, &[&str])| {
            let usual = Some(Duration::from_secs(seconds)).filter(|usual| !usual.is_zero());
            let needs = needs.iter().map(|need| (*need).to_owned()).collect();
            (id.to_owned(), StepForecast { usual, is_always_cached: false, needs })
        };
        Self { steps: steps.into_iter().map(known).collect(), export: None }
    }

    /// How long this step usually takes.
    pub fn usual(&self, step: &str) -> Option<Duration> {
        self.steps.get(step)?.usual
    }

    /// How long the build may still take; `None` where nothing runs that could be compared.
    pub fn left(&self, tracker: &Tracker, now: Timestamp) -> Option<TimeLeft> {
        let works: BTreeMap<&str, &Work> =
            tracker.steps().map(|work| (work.id.as_str(), work)).collect();
        let mut walk = Walk { forecast: self, tracker, now, works, ends: BTreeMap::new() };
        let ids: Vec<&str> = walk.works.keys().copied().collect();
        let ends: Vec<End> = ids.into_iter().map(|id| walk.end(id, 0)).collect();
        if !ends.iter().any(|end| end.is_known) {
            return None;
        }
        let steps = ends.iter().map(|end| end.after).max().unwrap_or_default();
        let is_least = ends.iter().any(|end| end.is_least);
        let exported: Duration = tracker
            .engine_works()
            .filter(|work| work.kind == WorkKind::Export)
            .map(|work| tracker.duration(work, now))
            .sum();
        let export = self.export.unwrap_or_default().saturating_sub(exported);
        Some(TimeLeft { time: steps + export, is_least })
    }
}

/// When a step will have ended, from now.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    after: Duration,
    /// Whether it ran, runs, or will because of one that did.
    runs: bool,
    /// Whether time that is still to come is known from earlier builds.
    is_known: bool,
    is_least: bool,
}

struct Walk<'a> {
    forecast: &'a Forecast,
    tracker: &'a Tracker,
    now: Timestamp,
    works: BTreeMap<&'a str, &'a Work>,
    ends: BTreeMap<&'a str, End>,
}

impl<'a> Walk<'a> {
    fn end(&mut self, id: &'a str, depth: usize) -> End {
        if let Some(end) = self.ends.get(id) {
            return *end;
        }
        // Plans have no cycles; a chain as long as all steps is one.
        let Some(&work) = self.works.get(id).filter(|_| depth <= self.works.len()) else {
            return End::default();
        };
        let forecast = self.forecast;
        let known = forecast.steps.get(id);
        let usual = known.and_then(|known| known.usual);
        let end = match work.state {
            WorkState::Done | WorkState::Failed => End { runs: true, ..End::default() },
            WorkState::Cached | WorkState::Shared | WorkState::Canceled => End::default(),
            WorkState::Running => {
                let ran = self.tracker.duration(work, self.now);
                let after = usual.unwrap_or_default().saturating_sub(ran);
                End { after, runs: true, is_known: usual.is_some(), is_least: usual.is_none() }
            }
            WorkState::Waiting => {
                let needs = known.map_or(&[][..], |known| &known.needs);
                let mut end = End::default();
                for need in needs {
                    let before = self.end(need, depth + 1);
                    end.after = end.after.max(before.after);
                    end.runs |= before.runs;
                    end.is_least |= before.is_least;
                }
                if end.runs {
                    end.after += usual.unwrap_or_default();
                    end.is_known = usual.is_some();
                    let is_cached = known.is_some_and(|known| known.is_always_cached);
                    end.is_least |= usual.is_none() && !is_cached;
                }
                end
            }
        };
        self.ends.insert(id, end);
        end
    }
}

fn median(mut ms: Vec<u64>) -> Option<Duration> {
    ms.sort_unstable();
    let middle = ms.len().checked_sub(1)? / 2;
    Some(Duration::from_millis(ms[middle]))
}

#[cfg(test)]
mod tests;
