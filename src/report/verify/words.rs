//! What all formats say in the same words.

use crate::timing::clean_line;
use crate::ui::{count, human_ms};
use crate::verify::GateAction;
use crate::verify::{Check, CheckState, ImageVerification, LogLine, Run, RunEnd, Trial};

/// Lines of logs with a finding; JSON has all that are kept.
pub(super) const MOST_LINES: usize = 8;

/// `passed`, `failed`, `warning`, `skipped`.
pub(super) fn state(check: &Check) -> &'static str {
    match (check.state, check.action) {
        (CheckState::Failed, GateAction::Warn) => "warning",
        (state, _) => state.as_str(),
    }
}

/// What speaks against the image, in one line.
pub(super) fn verdict(verification: &ImageVerification) -> String {
    let named = |checks: Vec<&Check>| {
        checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let all = || verification.checks.iter();
    let failed: Vec<&Check> = all().filter(|check| check.refuses()).collect();
    let warned: Vec<&Check> = all().filter(|check| check.warns()).collect();
    let passed = all().filter(|check| check.state == CheckState::Passed).count();
    let skipped = all().filter(|check| check.state == CheckState::Skipped).count();
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("{} failed: {}", count(failed.len(), "check"), named(failed)));
    }
    if !warned.is_empty() {
        parts.push(format!("{}: {}", count(warned.len(), "warning"), named(warned)));
    }
    parts.push(format!(
        "{} passed",
        if parts.is_empty() { count(passed, "check") } else { passed.to_string() }
    ));
    if skipped > 0 {
        parts.push(format!("{skipped} could not be judged"));
    }
    parts.join("; ")
}

/// What became of a container.
pub(super) fn run(run: &Run) -> String {
    match (&run.end, run.ready_ms) {
        (RunEnd::Ready, Some(ms)) => format!("ready after {}", human_ms(ms)),
        (RunEnd::Ready, None) => "ready".to_owned(),
        (RunEnd::NotReady { after_ms, .. }, _) => {
            format!("not ready after {}", human_ms(*after_ms))
        }
        (RunEnd::Running, _) => "runs; nobody can ask whether it is ready".to_owned(),
        (RunEnd::Ended { status, is_out_of_memory }, ready) => {
            let memory = if *is_out_of_memory { ", out of memory" } else { "" };
            let when = ready.map_or(String::new(), |ms| format!(", ready after {}", human_ms(ms)));
            format!("ended with status {status}{memory}{when}")
        }
        (RunEnd::Refused { .. }, _) => "not started".to_owned(),
    }
}

/// The values of a trial that alerts name, and what it took.
pub(in crate::report) fn trial_facts(trial: &Trial) -> Vec<(&'static str, String)> {
    let ready = trial.startup_ms.map(human_ms);
    let uptime = trial.service_uptime.map(|share| format!("{:.1} % of the time", share * 100.0));
    let denied = match trial.permission_errors {
        0 => None,
        some => Some(count(usize::try_from(some).unwrap_or(usize::MAX), "line")),
    };
    let facts = [
        ("ready after", ready),
        ("programs up", uptime),
        ("denied", denied),
        ("took", Some(format!("{}, beside the build's time", human_ms(trial.took_ms)))),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// `worker: Permission denied`.
pub(super) fn line(line: &LogLine) -> String {
    clean_line(&format!("{}: {}", line.source, line.line))
}

/// The last lines, and how many came before.
pub(super) fn last(log: &[LogLine]) -> (usize, &[LogLine]) {
    let hidden = log.len().saturating_sub(MOST_LINES);
    (hidden, &log[hidden..])
}
