//! The profile's alerts, evaluated.
//!
//! An alert on speed names both `build_time` and `baseline`. Its condition is the ratio gate of
//! every comparison, with `build_time` the time of the build or of a step and `baseline` what that
//! took before; so the ratio stands in one place, the profile. It fires where a comparison passes
//! all gates. Other alerts have no noise to be told apart from, and fire when their condition holds.

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
                Some(Ready {
                    name: alert.name.clone(),
                    text: alert.condition.clone(),
                    condition: Condition::parse(&alert.condition).ok()?,
                    action: alert.action.into(),
                    origin: locate(&format!("alerts.\"{}\".condition", alert.name)),
                })
            })
            .collect();
        if !ready.iter().any(Ready::is_on_speed) {
            ready.extend(Condition::parse(OWN_CONDITION).ok().map(|condition| Ready {
                name: OWN_NAME.to_owned(),
                text: OWN_CONDITION.to_owned(),
                condition,
                action: Action::Fail,
                origin: None,
            }));
        }
        Self(ready)
    }

    /// Whether an alert on speed takes a time for too slow, by its ratio alone; in milliseconds.
    pub(super) fn is_beyond(&self, values: &Values, time_ms: u64, baseline_ms: u64) -> bool {
        let speed = self.0.iter().filter(|alert| alert.is_on_speed());
        speed.into_iter().any(|alert| alert.is_beyond(values, time_ms, baseline_ms))
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
                let (state, values) = if alert.is_on_speed() {
                    alert.speed(values, build, steps, floor_ms)
                } else {
                    alert.plain(values, build)
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

/// The gravest action of the alerts that fired.
pub(super) fn gravest(outcomes: &[AlertOutcome]) -> Option<Action> {
    let fired = outcomes.iter().filter(|alert| alert.state == AlertState::Fired);
    fired.map(|alert| alert.action).max()
}

impl Ready {
    fn is_on_speed(&self) -> bool {
        let names = self.condition.names();
        names.contains(&"build_time") && names.contains(&"baseline")
    }

    fn is_beyond(&self, values: &Values, time_ms: u64, baseline_ms: u64) -> bool {
        self.condition.holds(&with_times(values, time_ms, Some(baseline_ms))).unwrap_or(false)
    }

    /// The comparison that decides is the one that is worst by the alert's own measure: of those
    /// that passed the gates if there are any, else of those that only its ratio speaks against.
    fn speed(
        &self,
        values: &Values,
        build: &Comparison,
        steps: &[StepComparison],
        floor_ms: u64,
    ) -> (AlertState, Values) {
        let slower = |comparison: &Comparison| {
            let more_ms = comparison.actual_ms.saturating_sub(comparison.median_ms);
            more_ms >= floor_ms
                && comparison.n > 0
                && self.is_beyond(values, comparison.actual_ms, comparison.median_ms)
        };
        let all = || std::iter::once(build).chain(steps.iter().map(|step| &step.comparison));
        let more_ms = |comparison: &&Comparison| comparison.actual_ms - comparison.median_ms;
        let fired = all()
            .filter(|comparison| comparison.verdict == Verdict::Regressed && slower(comparison))
            .max_by_key(more_ms);
        let held = || all().filter(|comparison| slower(comparison)).max_by_key(more_ms);
        let (state, shown) = match fired {
            Some(comparison) => (AlertState::Fired, comparison),
            None => match held() {
                Some(comparison) => (AlertState::Held, comparison),
                None if build.n == 0 => (AlertState::Held, build),
                None => (AlertState::Quiet, build),
            },
        };
        let baseline = (shown.n > 0).then_some(shown.median_ms);
        (state, self.own(&with_times(values, shown.actual_ms, baseline)))
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
        values.insert("baseline", baseline_ms as f64 / 1000.0);
    }
    values
}

impl From<AlertAction> for Action {
    fn from(action: AlertAction) -> Self {
        match action {
            AlertAction::Warn => Self::Warn,
            AlertAction::Fail => Self::Fail,
            AlertAction::Rollback => Self::Rollback,
        }
    }
}
