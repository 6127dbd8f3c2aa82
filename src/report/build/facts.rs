//! What a report is made from: one build, what was found in it, and the builds around it.
//!
//! The caller gathers them (history, judge, graph); every format here is a pure function of them.

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::timing::graph::Breakdown;
use crate::timing::judge::{Judgement, Verdict};
use crate::timing::record::{Ending, Record};

/// Version of the format.
pub const REPORT_SCHEMA: &str = "mad.report/1";

/// One build, what was found in it, and the builds around it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BuildReport {
    /// Always [`REPORT_SCHEMA`].
    pub schema: String,
    /// The build.
    pub record: Record,
    /// What it is, beside comparable ones.
    pub judgement: Judgement,
    /// Where its time went.
    pub breakdown: Breakdown,
    /// Builds of the same place, the oldest first; the last one is this build.
    pub history: Vec<HistoryPoint>,
    /// What became of the tag; `None` where no image came out or none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<PromotionFacts>,
}

/// A build among others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryPoint {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// Its wall time in milliseconds.
    pub wall_ms: u64,
    /// What its steps used to take, replayed through the step graph, in milliseconds; `None` where
    /// it was not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_ms: Option<u64>,
    /// Beyond this it would have counted as slower, in milliseconds: the upper gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_beyond_ms: Option<u64>,
    /// How it ended.
    pub ending: Ending,
    /// What it was judged to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Size of its image in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_bytes: Option<u64>,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// What became of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionFacts {
    /// The tag: `mad/cpu:latest`.
    pub tag: String,
    /// The image that it names now: `sha256:…`.
    pub image: String,
    /// Whether the tag stayed with the image that it named before this build.
    pub kept: bool,
    /// What it named before; `None` where it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

impl BuildReport {
    /// The report of one build.
    pub fn new(record: Record, judgement: Judgement, breakdown: Breakdown) -> Self {
        Self {
            schema: REPORT_SCHEMA.to_owned(),
            record,
            judgement,
            breakdown,
            history: Vec::new(),
            promotion: None,
        }
    }
}

impl HistoryPoint {
    /// A build of the history, with what it was judged to be.
    pub fn of(record: &Record, judgement: Option<&Judgement>) -> Self {
        let is_judged =
            |judgement: &&Judgement| record.ending == Ending::Built && judgement.build.n > 0;
        Self {
            id: record.id.clone(),
            started: record.started,
            wall_ms: record.wall_ms,
            expected_ms: judgement.filter(is_judged).map(|judgement| judgement.build.median_ms),
            slow_beyond_ms: judgement.and_then(|judgement| judgement.build.slow_beyond_ms),
            ending: record.ending,
            verdict: judgement.map(|judgement| judgement.verdict),
            image_bytes: record.image.as_ref().map(|image| image.size_bytes),
            commit: record.environment.commit.clone(),
        }
    }
}

/// The JSON Schema of a report.
pub fn json_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<BuildReport>().to_value();
    schema["$id"] = "urn:mad:schema:report:1".into();
    schema["title"] = "mad report".into();
    schema["properties"]["schema"]["const"] = REPORT_SCHEMA.into();
    schema
}
