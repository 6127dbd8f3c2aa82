//! What a build's judgement says about lines of the project: for annotations and code scanning.

use super::{Change, MissStory, Story, difference, time};
use crate::report::build::BuildReport;
use crate::timing::judge::{Action, AlertState, Circumstance, Verdict};
use crate::timing::record::Ending;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report::build) enum Gravity {
    /// The build is not accepted for it.
    Error,
    /// Somebody should look.
    Warning,
    /// An explanation.
    Note,
}

/// The kinds of findings, with what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::build) enum Rule {
    /// The build failed.
    BuildFailed,
    /// A step is slower.
    StepRegressed,
    /// The whole is slower, and no single step is.
    BuildRegressed,
    /// An alert of the profile fired.
    AlertFired,
    /// A step could not be taken from the cache.
    CacheMiss,
    /// The environment differs.
    Environment,
}

impl Rule {
    /// All of them.
    pub(in crate::report::build) const ALL: [Self; 6] = [
        Self::BuildFailed,
        Self::StepRegressed,
        Self::BuildRegressed,
        Self::AlertFired,
        Self::CacheMiss,
        Self::Environment,
    ];

    /// Its stable name.
    pub(in crate::report::build) fn id(self) -> &'static str {
        match self {
            Self::BuildFailed => "mad/build-failed",
            Self::StepRegressed => "mad/step-regressed",
            Self::BuildRegressed => "mad/build-regressed",
            Self::AlertFired => "mad/alert-fired",
            Self::CacheMiss => "mad/cache-miss",
            Self::Environment => "mad/environment",
        }
    }

    /// Its name for people.
    pub(in crate::report::build) fn title(self) -> &'static str {
        match self {
            Self::BuildFailed => "build failed",
            Self::StepRegressed => "build step slower",
            Self::BuildRegressed => "build slower",
            Self::AlertFired => "alert fired",
            Self::CacheMiss => "step could not be taken from the cache",
            Self::Environment => "environment differs",
        }
    }

    /// What it means and what to do.
    pub(in crate::report::build) fn help(self) -> &'static str {
        match self {
            Self::BuildFailed => {
                "A step of the image's build ended with an error. The line is the template line \
                 that wrote the step."
            }
            Self::StepRegressed => {
                "A step took longer than in comparable builds, by more than noise explains. If it \
                 is meant to: `mad baseline accept --reason … --until …`."
            }
            Self::BuildRegressed => {
                "The build took longer than the same steps took before, and no single step \
                 accounts for it. `mad report` shows where the time went."
            }
            Self::AlertFired => {
                "The condition of an alert in the profile holds, with enough evidence. The line \
                 is the alert's."
            }
            Self::CacheMiss => {
                "An input of this step changed, so that it and all that builds on it ran again. \
                 Where that happens often, move what changes below what does not."
            }
            Self::Environment => {
                "Something outside the project differs from earlier builds and may explain the \
                 time."
            }
        }
    }
}

/// A line of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report::build) struct SourceLine {
    /// Path in the project.
    pub file: String,
    /// From 1.
    pub line: u64,
    /// From 1.
    pub column: Option<u64>,
}

impl SourceLine {
    /// Reads `profiles/cpu.yaml:12:3` and `templates/stages/base.j2:4`.
    pub(in crate::report::build) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<u64>().ok().filter(|&number| number > 0);
        let (rest, last) = text.rsplit_once(':')?;
        let last = number(last)?;
        let with_column = rest.rsplit_once(':').and_then(|(file, line)| {
            Some(Self { file: file.to_owned(), line: number(line)?, column: Some(last) })
        });
        let found = with_column.unwrap_or(Self { file: rest.to_owned(), line: last, column: None });
        (!found.file.is_empty()).then_some(found)
    }
}

/// Something to be said about a line of the project.
#[derive(Debug, Clone)]
pub(in crate::report::build) struct Finding {
    /// What kind it is.
    pub rule: Rule,
    /// How grave it is.
    pub gravity: Gravity,
    /// What it is about: a step's id, an alert's name. Stable between builds.
    pub subject: String,
    /// In a few words.
    pub title: String,
    /// In sentences.
    pub message: String,
    /// The line at fault.
    pub at: Option<SourceLine>,
}

/// The gravest first: GitHub shows ten annotations of a kind and drops the rest.
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
    all.extend(environment.filter(|(it, _)| !matches!(it, Circumstance::NothingChanged)).map(
        |(_, message)| Finding {
            rule: Rule::Environment,
            gravity: Gravity::Note,
            subject: message.clone(),
            title: "the environment differs".to_owned(),
            message: message.clone(),
            at: None,
        },
    ));
    all.sort_by_key(|finding| finding.gravity);
    all
}

fn failed(story: &Story) -> Option<Finding> {
    let failure = story.failure.as_ref()?;
    Some(Finding {
        rule: Rule::BuildFailed,
        gravity: Gravity::Error,
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
    let gravity = match report.judgement.action {
        Some(Action::Warn) => Gravity::Warning,
        _ => Gravity::Error,
    };
    let of_step = |step: &super::StepStory| {
        let usual = step.usual?;
        let changes = story.changes_of(&step.id);
        let mut message = format!(
            "{}: {} now, usually {} ({}, against {})",
            step.label,
            time(step.now_ms),
            time(usual.median_ms),
            difference(usual.delta_ms),
            crate::ui::count(usual.n, "earlier build"),
        );
        for change in changes {
            message += &format!("\n{}", change.sentence());
        }
        if let Some(miss) = story.misses.iter().find(|miss| miss.step == step.id) {
            message += &format!("\n{}", miss.cost);
        }
        Some(Finding {
            rule: Rule::StepRegressed,
            gravity,
            subject: step.id.clone(),
            title: format!("{} is {} slower", step.stage, time(usual.delta_ms.unsigned_abs())),
            message,
            at: at_fault(changes, step.at.as_deref()),
        })
    };
    let steps: Vec<Finding> = story.slower().filter_map(of_step).collect();
    if !steps.is_empty() {
        return steps;
    }
    vec![Finding {
        rule: Rule::BuildRegressed,
        gravity,
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
            rule: Rule::AlertFired,
            gravity: match outcome.action {
                Action::Warn => Gravity::Warning,
                Action::Fail | Action::Rollback => Gravity::Error,
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
        rule: Rule::CacheMiss,
        gravity: Gravity::Note,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_and_without_a_column() {
        let line = |file: &str, line, column| Some(SourceLine { file: file.into(), line, column });
        assert_eq!(
            SourceLine::parse("profiles/cpu.yaml:12:3"),
            line("profiles/cpu.yaml", 12, Some(3))
        );
        assert_eq!(SourceLine::parse("a.j2:4"), line("a.j2", 4, None));
        assert_eq!(SourceLine::parse("a:b:4"), line("a:b", 4, None));
        for text in ["", "a.j2", "a.j2:0", "a.j2:x", ":4", ":4:4"] {
            assert_eq!(SourceLine::parse(text), None, "{text}");
        }
    }
}
