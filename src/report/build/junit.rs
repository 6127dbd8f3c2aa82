//! JUnit: a suite a build, a case a step that was compared.

use super::BuildReport;
use super::story::{Change, StepStory, Story, Tone, difference, time};
use crate::report::escape::xml;
use crate::timing::record::Ending;

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
    let count = |kind| cases.iter().filter(|case| case.outcome_kind() == kind).count();
    let attributes = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        cases.len(),
        count("failure"),
        count("error"),
        count("skipped")
    );
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" {attributes} time=\"{}\" timestamp=\"{}\">\n",
        xml(&format!("mad build {}", story.about.profile)),
        seconds(story.about.wall_ms),
        report.record.started.strftime("%Y-%m-%dT%H:%M:%S"),
    );
    out.extend(cases.iter().map(Case::write));
    out + "  </testsuite>\n</testsuites>\n"
}

/// A test case.
struct Case {
    class: String,
    name: String,
    ms: u64,
    outcome: Outcome,
}

/// What came of a case, with a message and more words.
enum Outcome {
    Passed,
    Skipped(String),
    Failed(String, String),
    Error(String, String),
}

impl Case {
    fn outcome_kind(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Skipped(_) => "skipped",
            Outcome::Failed(..) => "failure",
            Outcome::Error(..) => "error",
        }
    }

    fn write(&self) -> String {
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
            xml(&self.class),
            xml(&self.name),
            seconds(self.ms)
        );
        let kind = self.outcome_kind();
        match &self.outcome {
            Outcome::Passed => format!("{head}/>\n"),
            // Jenkins' schema gives `skipped` a text and no message.
            Outcome::Skipped(why) => {
                format!("{head}>\n      <skipped>{}</skipped>\n    </testcase>\n", xml(why))
            }
            Outcome::Failed(message, more) | Outcome::Error(message, more) => format!(
                "{head}>\n      <{kind} message=\"{}\">{}</{kind}>\n    </testcase>\n",
                xml(message),
                xml(more)
            ),
        }
    }
}

fn whole(story: &Story) -> Case {
    let told = format!("{}: {}", story.word, story.reason);
    let outcome = match (story.word, &story.failure) {
        ("failed", Some(failure)) => {
            Outcome::Error(format!("{} {}", failure.stage, failure.label), failure.message.clone())
        }
        ("failed", None) => Outcome::Error(told, String::new()),
        ("regressed", _) => Outcome::Failed(told, story.surroundings.join("\n")),
        ("inconclusive" | "interrupted", _) => Outcome::Skipped(told),
        _ => Outcome::Passed,
    };
    let class = story.about.profile.clone();
    Case { class, name: "the whole build".to_owned(), ms: story.about.wall_ms, outcome }
}

fn step(step: &StepStory, story: &Story) -> Case {
    let numbers = step.usual.map_or_else(
        || "nothing to compare with".to_owned(),
        |usual| {
            format!(
                "{} now, usually {} ±{} ({}, against {})",
                time(step.now_ms),
                time(usual.median_ms),
                time(usual.spread_ms),
                difference(usual.delta_ms),
                crate::ui::count(usual.n, "earlier build")
            )
        },
    );
    let changes = story.changes_of(&step.id).iter().map(Change::sentence);
    let more: Vec<String> = step.at.iter().chain(&step.notes).cloned().chain(changes).collect();
    let more = more.join("\n");
    Case {
        class: step.stage.clone(),
        name: super::story::cut(&step.label, 200),
        ms: step.now_ms,
        outcome: match step.tone() {
            Tone::Good | Tone::Better => Outcome::Passed,
            Tone::Unsure => Outcome::Skipped(numbers),
            Tone::Bad => Outcome::Failed(numbers, more),
        },
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::report::build::testing::{every, report};

    #[test]
    fn every_verdict_as_cases() {
        for name in ["regressed", "thin", "failed"] {
            insta::assert_snapshot!(name, junit(&report(name)));
        }
    }

    #[test]
    fn every_report_holds_to_the_schema() {
        let schema =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs/reports/schemas/jenkins-junit.xsd");
        let validate = |text: &str| {
            let mut child = Command::new("xmllint")
                .args(["--noout", "--nonet", "--schema", schema, "-"])
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("xmllint is there: scripts/test installs libxml2-utils");
            child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            child.wait_with_output().unwrap()
        };
        every(|name, report| {
            let output = validate(&junit(report));
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        });
        assert!(!validate("<testsuites><testcase/></testsuites>").status.success());
    }
}
