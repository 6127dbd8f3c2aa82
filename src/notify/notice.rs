//! What is told: `mad.alert/1`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Version of the format.
pub const NOTICE_SCHEMA: &str = "mad.alert/1";

/// An alert that fired. docs/verdicts.md describes the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// Always [`NOTICE_SCHEMA`].
    pub schema: String,
    /// When.
    pub at: Timestamp,
    /// The alert's name.
    pub alert: String,
    /// Its condition, as it was written.
    pub condition: String,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The values that it names.
    pub values: BTreeMap<String, f64>,
    /// The project.
    pub project: String,
    /// The profile.
    pub profile: String,
    /// The build's id; `mad report ID` shows it.
    pub build: String,
    /// The commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The job of a CI service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci_run: Option<String>,
    /// `ok`, `regressed`, …
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// The image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The tags that it got; none where it was held back.
    pub tags: Vec<String>,
    /// What the gates say, where one does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<String>,
    /// Files of this machine that have the whole of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incident_reports: Vec<String>,
}

impl Notice {
    /// As it is sent: one line.
    pub fn json(&self) -> String {
        format!("{}\n", serde_json::to_string(self).expect("facts are plain data"))
    }
}
