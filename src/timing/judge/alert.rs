//! The profile's alerts, evaluated.
//!
//! What a condition says of speed (`build_time > baseline * 1.2`) is the ratio gate of every
//! comparison, with `build_time` the time of the build or of a step and `baseline` what that took
//! before; so the ratio stands in one place, the profile. The other terms of the condition have no
//! part in it: `… and cache_hit_rate < 10%` makes an alert rarer, not a slower build ok.
//!
//! A term on speed holds where a comparison passes all gates. The other terms are counts without
//! noise, and hold by their values.

use std::collections::BTreeMap;

use super::{Action, AlertOutcome, AlertState, Comparison, StepComparison, Verdict};
use crate::profile::{Alert, AlertAction, Condition};

/// Mad's own alert on speed, for profiles that have none.
const OWN_NAME: &str = "build time";
const OWN_CONDITION: &str = "build_time > baseline * 1.2";

/// Alerts that are ready to be evaluated.
#[derive(Debug)]
pub(super) struct Alerts(Vec<Ready>);

#[derive(Debug)]
struct Ready {
    name: String,
    text: String,
    condition: Condition,
    /// What it says of speed.
    speed: Option<Condition>,
    action: Action,
    origin: Option<String>,
}

/// What a build measured, by the names that conditions use; without `build_time` and `baseline`.
pub(super) type Values = BTreeMap<&'static str, f64>;

impl Alerts {
    /// The profile's, and mad's own where none of them is on speed. What is no condition was refused
    /// when the profile was loaded, and is left out here.
    pub(super) fn of(alerts: &[Alert], locate: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut ready: Vec<Ready> = alerts
            .iter()
            .filter_map(|alert| {
                let condition = Condition::parse(&alert.condition).ok()?;
                Some(Ready {
                    name: alert.name.clone(),
                    text: alert.condition.clone(),
                    speed: condition.speed(),
                    condition,
                    action: alert.action.into(),
                    origin: locate(&format!("alerts.\"{}\".condition", alert.name)),
                })
            })
            .collect();
        if !ready.iter().any(|alert| alert.speed.is_some()) {
            ready.extend(Condition::parse(OWN_CONDITION).ok().map(|condition| Ready {
                name: OWN_NAME.to_owned(),
                text: OWN_CONDITION.to_owned(),
                speed: condition.speed(),
                condition,
                action: Action::Fail,
                origin: None,
            }));
        }
        Self(ready)
    }

    /// Whether an alert takes a time for too slow, by what it says of speed alone; in milliseconds.
    pub(super) fn is_beyond(&self, values: &Values, time_ms: u64, baseline_ms: u64) -> bool {
        self.0.iter().any(|alert| alert.is_beyond(values, time_ms, baseline_ms))
    }

    /// How all of them stand.
    pub(super) fn outcomes(
        &self,
        values: &Values,
        build: &Comparison,
        steps: &[StepComparison],
        floor_ms: u64,
    ) -> Vec<AlertOutcome> {
        self.0
            .iter()
            .map(|alert| {
                let (state, values) = match alert.speed {
                    Some(_) => alert.on_speed(values, build, steps, floor_ms),
                    None => alert.plain(values, build),
                };
                AlertOutcome {
                    name: alert.name.clone(),
                    condition: alert.text.clone(),
                    action: alert.action,
                    origin: alert.origin.clone(),
                    state,
                    values: values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
                }
            })
            .collect()
    }
}

/// The most severe action of the alerts that fired.
pub(super) fn most_severe(outcomes: &[AlertOutcome]) -> Option<Action> {
    let fired = outcomes.iter().filter(|alert| alert.state == AlertState::Fired);
    fired.map(|alert| alert.action).max()
}

impl Ready {
    fn is_beyond(&self, values: &Values, time_ms: u64, baseline_ms: u64) -> bool {
        let values = with_times(values, time_ms, Some(baseline_ms));
        self.speed.as_ref().is_some_and(|speed| speed.holds(&values) == Some(true))
    }

    /// It fires where it holds for the build or for a step, by that one's times. Of several, the
    /// one that lost the most time is shown.
    fn on_speed(
        &self,
        values: &Values,
        build: &Comparison,
        steps: &[StepComparison],
        floor_ms: u64,
    ) -> (AlertState, Values) {
        let times = |comparison: &Comparison| {
            let baseline = (comparison.n > 0).then_some(comparison.median_ms);
            with_times(values, comparison.actual_ms, baseline)
        };
        let more_ms =
            |comparison: &&Comparison| comparison.actual_ms.saturating_sub(comparison.median_ms);
        let all = || std::iter::once(build).chain(steps.iter().map(|step| &step.comparison));
        let holds = |comparison: &Comparison| self.condition.holds(&times(comparison));
        let is_regressed = |comparison: &&Comparison| {
            comparison.verdict == Verdict::Regressed && holds(comparison) == Some(true)
        };
        // By the other terms alone it holds whatever the evidence on speed is.
        let is_plain = self.condition.holds_but_for_speed(&times(build)) == Some(true);
        let held = || {
            all()
                .filter(|comparison| more_ms(comparison) >= floor_ms && comparison.n > 0)
                .filter(|comparison| holds(comparison) == Some(true))
                .max_by_key(more_ms)
        };
        let (state, shown) = match all().filter(is_regressed).max_by_key(more_ms) {
            Some(comparison) => (AlertState::Fired, comparison),
            None if is_plain => (AlertState::Fired, build),
            None => match held() {
                Some(comparison) => (AlertState::Held, comparison),
                None if build.n == 0 && holds(build).is_none() => (AlertState::Held, build),
                None if holds(build).is_none() => (AlertState::NotMeasured, build),
                None => (AlertState::Quiet, build),
            },
        };
        let mut values = self.own(&times(shown));
        values.entry("baseline").and_modify(|baseline| *baseline = shown.median_ms as f64 / 1000.0);
        (state, values)
    }

    fn plain(&self, values: &Values, build: &Comparison) -> (AlertState, Values) {
        let baseline = (build.n > 0).then_some(build.median_ms);
        let values = with_times(values, build.actual_ms, baseline);
        let lacks_baseline = || {
            let mut names = self.condition.names().iter();
            names.any(|name| name.contains("baseline") && !values.contains_key(name))
        };
        let state = match self.condition.holds(&values) {
            Some(true) => AlertState::Fired,
            Some(false) => AlertState::Quiet,
            None if lacks_baseline() => AlertState::Held,
            None => AlertState::NotMeasured,
        };
        (state, self.own(&values))
    }

    fn own(&self, values: &Values) -> Values {
        let names = self.condition.names();
        values.iter().filter(|(name, _)| names.contains(name)).map(|(k, v)| (*k, *v)).collect()
    }
}

fn with_times(values: &Values, time_ms: u64, baseline_ms: Option<u64>) -> Values {
    let mut values = values.clone();
    values.insert("build_time", time_ms as f64 / 1000.0);
    if let Some(baseline_ms) = baseline_ms {
        // Something new took no time before, and ratios are taken of it all the same.
        values.insert("baseline", baseline_ms.max(1) as f64 / 1000.0);
    }
    values
}

impl From<AlertAction> for Action {
    fn from(action: AlertAction) -> Self {
        match action {
            AlertAction::Warn => Self::Warn,
            AlertAction::Investigate => Self::Investigate,
            AlertAction::AlertTeam => Self::AlertTeam,
            AlertAction::Fail => Self::Fail,
            AlertAction::Rollback => Self::Rollback,
        }
    }
}
