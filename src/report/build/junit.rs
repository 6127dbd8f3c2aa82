//! JUnit: a suite a build, a case a step that was compared.

use super::BuildReport;
use super::story::{Change, StepStatus, StepStory, Story, time};
use crate::report::junit::{self, Outcome, Suite, TestCase};
use crate::report::verify::check_case;
use crate::timing::record::Ending;
use crate::ui::{human_change, human_spread};

/// A step that is slower is a failure; one that cannot be judged is skipped.
///
/// The whole build is the first case: it holds what no single step is guilty of.
pub fn junit(report: &BuildReport) -> String {
    let story = Story::of(report);
    let mut cases = vec![whole(&story)];
    if report.record.ending == Ending::Built {
        cases.extend(
            story.steps.iter().filter(|step| step.verdict.is_some()).map(|it| step(it, &story)),
        );
    }
    let checks = report.record.trial.iter().flat_map(|trial| &trial.checks);
    cases.extend(checks.map(|check| check_case("the image's trial", check)));
    junit::junit(&Suite {
        name: format!("mad build {}", story.about.profile),
        ran: Some((
            story.about.wall_ms,
            report.record.started.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        )),
        cases,
    })
}

fn whole(story: &Story) -> TestCase {
    let told = format!("{}: {}", story.word, story.reason);
    let outcome = match (story.word, &story.failure) {
        ("failed", Some(failure)) => {
            Outcome::Error(format!("{} {}", failure.stage, failure.label), failure.message.clone())
        }
        ("failed", None) => Outcome::Error(told, String::new()),
        ("regressed", _) => Outcome::Failed(vec![(told, story.surroundings.join("\n"))]),
        ("inconclusive" | "interrupted", _) => Outcome::Skipped(told),
        _ => Outcome::Passed,
    };
    let class = story.about.profile.clone();
    TestCase { class, name: "the whole build".to_owned(), ms: Some(story.about.wall_ms), outcome }
}

fn step(step: &StepStory, story: &Story) -> TestCase {
    let numbers = step.usual.map_or_else(
        || "nothing to compare with".to_owned(),
        |usual| {
            format!(
                "{} now, usually {} ({}, compared to {})",
                time(step.now_ms),
                human_spread(usual.median_ms, usual.spread_ms),
                human_change(step.now_ms, usual.median_ms),
                crate::ui::count(usual.n, "earlier build")
            )
        },
    );
    let changes = story.changes_of(&step.id).iter().map(Change::sentence);
    let more: Vec<String> = step.at.iter().chain(&step.notes).cloned().chain(changes).collect();
    let more = more.join("\n");
    TestCase {
        class: step.stage.clone(),
        name: super::story::cut(&step.label, 200),
        ms: Some(step.now_ms),
        outcome: match step.tone() {
            StepStatus::Good | StepStatus::Better => Outcome::Passed,
            StepStatus::Unsure => Outcome::Skipped(numbers),
            StepStatus::Bad => Outcome::Failed(vec![(numbers, more)]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::report;

    #[test]
    fn every_verdict_as_cases() {
        for name in ["regressed", "thin", "failed"] {
            insta::assert_snapshot!(name, junit(&report(name)));
        }
    }
}
