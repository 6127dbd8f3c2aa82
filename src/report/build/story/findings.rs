//! What a build's judgement says about lines of the project: for annotations and code scanning.

use super::{Change, MissStory, Story, time};
use crate::report::build::BuildReport;
use crate::report::finding::{Finding, Rule, Severity, SourceLine};
use crate::timing::judge::{AlertState, EnvironmentChange, Verdict};
use crate::timing::record::Ending;
use crate::ui::human_change;

/// The kinds of findings, with what they mean.
pub(in crate::report) const RULES: [Rule; 6] =
    [BUILD_FAILED, STEP_REGRESSED, BUILD_REGRESSED, ALERT_FIRED, CACHE_MISS, ENVIRONMENT];

const BUILD_FAILED: Rule = Rule {
    id: "mad/build-failed",
    title: "build failed",
    help: "A step of the image's build ended with an error. The line is the template line that wrote \
           the step.",
    severity: None,
};

const STEP_REGRESSED: Rule = Rule {
    id: "mad/step-regressed",
    title: "build step slower",
    help: "A step took longer than in comparable builds, by more than noise explains. If it is meant \
           to: `mad baseline accept last --reason … --until …`.",
    severity: None,
};

const BUILD_REGRESSED: Rule = Rule {
    id: "mad/build-regressed",
    title: "build slower",
    help: "The build took longer than the same steps took before, and no single step accounts for it. \
           `mad report` shows where the time went.",
    severity: None,
};

const ALERT_FIRED: Rule = Rule {
    id: "mad/alert-fired",
    title: "alert fired",
    help: "The condition of an alert in the profile holds, with enough evidence. The line is the \
           alert's.",
    severity: None,
};

const CACHE_MISS: Rule = Rule {
    id: "mad/cache-miss",
    title: "step could not be taken from the cache",
    help: "An input of this step changed, so that it and all that builds on it ran again. Where that \
           happens often, move what changes below what does not.",
    severity: None,
};

const ENVIRONMENT: Rule = Rule {
    id: "mad/environment",
    title: "environment differs",
    help: "Something outside the project differs from earlier builds and may explain the time.",
    severity: None,
};

/// The most severe first: GitHub shows ten annotations of a kind and drops the rest.
pub(in crate::report::build) fn findings(report: &BuildReport, story: &Story) -> Vec<Finding> {
    let mut all: Vec<Finding> = failed(story).into_iter().collect();
    if report.record.ending == Ending::Built {
        all.extend(regressed(report, story));
    }
    all.extend(alerts(report, story));
    // What is said of a slower step says already why it ran.
    let is_told = |miss: &&MissStory| all.iter().any(|finding| finding.subject == miss.step);
    let misses: Vec<Finding> =
        story.misses.iter().filter(|miss| !is_told(miss)).map(missed).collect();
    all.extend(misses);
    let environment = report.judgement.environment.iter().zip(&story.surroundings);
    all.extend(environment.filter(|(it, _)| !matches!(it, EnvironmentChange::NothingChanged)).map(
        |(_, message)| Finding {
            rule: ENVIRONMENT.id,
            severity: Severity::Note,
            subject: message.clone(),
            title: "the environment differs".to_owned(),
            message: message.clone(),
            at: None,
        },
    ));
    all.sort_by_key(|finding| finding.severity);
    all
}

fn failed(story: &Story) -> Option<Finding> {
    let failure = story.failure.as_ref()?;
    Some(Finding {
        rule: BUILD_FAILED.id,
        severity: Severity::Error,
        subject: format!("{} {}", failure.stage, failure.label),
        title: format!("{} failed", failure.stage),
        message: match failure.label.as_str() {
            "" => failure.message.clone(),
            label => format!("{label}\n{}", failure.message),
        },
        at: failure.at.as_deref().and_then(SourceLine::parse),
    })
}

fn regressed(report: &BuildReport, story: &Story) -> Vec<Finding> {
    if report.judgement.verdict != Verdict::Regressed {
        return Vec::new();
    }
    // An alert that only warns asks for no more than that.
    let severity = match report.judgement.action {
        Some(action) if action.only_tells() => Severity::Warning,
        _ => Severity::Error,
    };
    let of_step = |step: &super::StepStory| {
        let usual = step.usual?;
        let changes = story.changes_of(&step.id);
        let change = human_change(step.now_ms, usual.median_ms);
        let mut message = format!(
            "{}: {} now, usually {} ({}, compared to {})",
            step.label,
            time(step.now_ms),
            time(usual.median_ms),
            change,
            crate::ui::count(usual.n, "earlier build"),
        );
        for change in changes {
            message += &format!("\n{}", change.sentence());
        }
        if let Some(miss) = story.misses.iter().find(|miss| miss.step == step.id) {
            message += &format!("\n{}", miss.cost);
        }
        Some(Finding {
            rule: STEP_REGRESSED.id,
            severity,
            subject: step.id.clone(),
            title: format!("{} is {} slower", step.stage, change.trim_start_matches('+')),
            message,
            at: at_fault(changes, step.at.as_deref()),
        })
    };
    let steps: Vec<Finding> = story.slower().filter_map(of_step).collect();
    if !steps.is_empty() {
        return steps;
    }
    vec![Finding {
        rule: BUILD_REGRESSED.id,
        severity,
        subject: story.about.profile.clone(),
        title: "the build is slower".to_owned(),
        message: story.reason.clone(),
        at: None,
    }]
}

fn alerts(report: &BuildReport, story: &Story) -> Vec<Finding> {
    let fired = report.judgement.alerts.iter().zip(&story.alerts);
    fired
        .filter(|(outcome, _)| outcome.state == AlertState::Fired)
        .map(|(outcome, alert)| Finding {
            rule: ALERT_FIRED.id,
            severity: match outcome.action.only_tells() {
                true => Severity::Warning,
                false => Severity::Error,
            },
            subject: alert.name.clone(),
            title: alert.name.clone(),
            message: format!("{} ({})", alert.condition, alert.values),
            at: alert.at.as_deref().and_then(SourceLine::parse),
        })
        .collect()
}

fn missed(miss: &MissStory) -> Finding {
    let mut message = miss.label.clone();
    for change in &miss.changes {
        message += &format!("\n{}", change.sentence());
    }
    message += &format!("\n{}", miss.cost);
    Finding {
        rule: CACHE_MISS.id,
        severity: Severity::Note,
        subject: miss.step.clone(),
        title: format!("why {} ran", miss.stage),
        message,
        at: at_fault(&miss.changes, miss.at.as_deref()),
    }
}

/// The profile's line where a value of it changed, else the template's.
fn at_fault(changes: &[Change], template: Option<&str>) -> Option<SourceLine> {
    let written = changes.iter().find_map(|change| change.at.as_deref());
    written.and_then(SourceLine::parse).or_else(|| template.and_then(SourceLine::parse))
}
