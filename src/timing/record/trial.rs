//! What a candidate's trial came to, before its tag moved: the gates, and the values that alerts name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::profile::{GateAction, GateName};

/// An image's trial: containers of it were started, and its files looked through. It is no part of the time of
/// the build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// All of it, in milliseconds.
    pub took_ms: u64,
    /// From the request to create a container until it was ready, in milliseconds, the median; `None` where
    /// that could not be asked, or never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_ms: Option<u64>,
    /// Share of the time in which its programs were up, of the worst container; `None` without programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_uptime: Option<f64>,
    /// Lines of its logs that tell of a denied permission.
    #[serde(default)]
    pub permission_errors: u64,
    /// The gates that were tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

impl Trial {
    /// Why the image is not accepted, in one sentence that names the gates; `None` where it is.
    pub fn refusal(&self) -> Option<String> {
        self.told(Check::refuses)
    }

    /// What is only said of it, likewise.
    pub fn warning(&self) -> Option<String> {
        self.told(Check::warns)
    }

    fn told(&self, is_meant: impl Fn(&Check) -> bool) -> Option<String> {
        let told: Vec<String> =
            self.checks.iter().filter(|check| is_meant(check)).map(Check::told).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Which.
    pub name: GateName,
    /// What follows where it does not hold.
    pub action: GateAction,
    /// Whether it holds.
    pub state: CheckState,
    /// In one sentence, with its numbers.
    pub summary: String,
    /// What does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<ImageFinding>,
}

/// Whether a check holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// There is nothing to judge it by; the summary says why.
    Skipped,
}

impl CheckState {
    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageFinding {
    /// In one sentence.
    pub message: String,
    /// Lines of logs that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<LogLine>,
}

impl ImageFinding {
    /// One without lines.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { message: message.into(), log: Vec::new() }
    }
}

impl Check {
    /// The gate and its first finding: `the gate `ready`: as 1000:1000: not ready after 10.0s`.
    fn told(&self) -> String {
        let more = match self.findings.len() {
            0 | 1 => String::new(),
            many => format!(" (and {} more)", many - 1),
        };
        let first = self.findings.first().map_or(&self.summary, |finding| &finding.message);
        format!("the gate `{}`: {first}{more}", self.name.as_str())
    }

    /// Whether the image is not accepted for it.
    pub fn refuses(&self) -> bool {
        self.state == CheckState::Failed && self.action == GateAction::Fail
    }

    /// Whether it is only said.
    pub fn warns(&self) -> bool {
        self.state == CheckState::Failed && self.action == GateAction::Warn
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// Whose: `container`, or a program's.
    pub source: String,
    /// What it says.
    pub line: String,
}
