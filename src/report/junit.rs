//! JUnit: suites of cases, as Jenkins' schema has them.
//!
//! Not by `quick-junit`: it writes a `message` into `<skipped>`, which that schema refuses.

use super::escape::xml;

/// What was checked together.
pub(in crate::report) struct Suite {
    /// Its name.
    pub name: String,
    /// How long it took, in milliseconds, and when it began, as `2026-01-31T12:00:00`.
    pub ran: Option<(u64, String)>,
    /// Its cases, in order.
    pub cases: Vec<TestCase>,
}

/// One thing that was checked.
pub(in crate::report) struct TestCase {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// How long it took, in milliseconds.
    pub ms: Option<u64>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a case.
pub(in crate::report) enum Outcome {
    /// It holds.
    Passed,
    /// It could not be judged, and why.
    Skipped(String),
    /// It does not hold: each failure with a message and more words.
    Failed(Vec<(String, String)>),
    /// It could not be finished: a message and more words.
    Error(String, String),
}

impl Outcome {
    fn kind(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failure",
            Self::Error(..) => "error",
        }
    }
}

/// A document of one suite.
pub(in crate::report) fn junit(suite: &Suite) -> String {
    let count = |kind| suite.cases.iter().filter(|case| case.outcome.kind() == kind).count();
    let mut attributes = format!(
        "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
        xml(&suite.name),
        suite.cases.len(),
        count("failure"),
        count("error"),
        count("skipped")
    );
    if let Some((ms, started)) = &suite.ran {
        attributes += &format!(" time=\"{}\" timestamp=\"{started}\"", seconds(*ms));
    }
    let cases: String = suite.cases.iter().map(case).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite {attributes}>\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

fn case(case: &TestCase) -> String {
    let mut head =
        format!("    <testcase classname=\"{}\" name=\"{}\"", xml(&case.class), xml(&case.name));
    if let Some(ms) = case.ms {
        head += &format!(" time=\"{}\"", seconds(ms));
    }
    let element = |kind: &str, message: &str, more: &str| {
        format!("      <{kind} message=\"{}\">{}</{kind}>\n", xml(message), xml(more))
    };
    let inside = match &case.outcome {
        Outcome::Passed => return format!("{head}/>\n"),
        // Jenkins' schema gives `skipped` a text and no message.
        Outcome::Skipped(why) => format!("      <skipped>{}</skipped>\n", xml(why)),
        Outcome::Failed(failures) => {
            failures.iter().map(|(message, more)| element("failure", message, more)).collect()
        }
        Outcome::Error(message, more) => element("error", message, more),
    };
    format!("{head}>\n{inside}    </testcase>\n")
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
