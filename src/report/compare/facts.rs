//! Two builds side by side.

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::{LayerPair, StepPair, pair_layers, pair_steps};
use crate::timing::graph::Parts;
use crate::timing::judge::Miss;
use crate::timing::record::{Ending, Record, SeriesKey};

/// Version of the format.
pub const COMPARE_SCHEMA: &str = "mad.compare/1";

/// Two builds side by side: `a` is the earlier one, or the one to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compare {
    /// Always [`COMPARE_SCHEMA`].
    pub schema: String,
    /// What to compare with.
    pub a: BuildHead,
    /// What is compared.
    pub b: BuildHead,
    /// Whether the two may be compared by time: the same place.
    pub is_comparable: bool,
    /// Wall time of `b` less that of `a`, in milliseconds.
    pub delta_ms: i64,
    /// The steps: those of `b` in the order of its Dockerfile, then those that only `a` has.
    pub steps: Vec<StepPair>,
    /// Where the wall time of `a` went.
    pub a_parts: Parts,
    /// Where the wall time of `b` went.
    pub b_parts: Parts,
    /// Why steps of `b` ran, seen from `a`.
    pub causes: Vec<Miss>,
    /// The layers of both images, those of `b` first; empty where a build has no image.
    pub layers: Vec<LayerPair>,
}

/// A build, by what it is named with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BuildHead {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started: Timestamp,
    /// Its wall time in milliseconds.
    pub wall_ms: u64,
    /// How it ended.
    pub ending: Ending,
    /// What it can be compared with.
    #[serde(rename = "place")]
    pub series: SeriesKey,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Size of its image in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_bytes: Option<u64>,
}

impl BuildHead {
    fn of(record: &Record) -> Self {
        Self {
            id: record.id.clone(),
            started: record.started,
            wall_ms: record.wall_ms,
            ending: record.ending,
            series: record.series.clone(),
            commit: record.environment.commit.clone(),
            image_bytes: record.image.as_ref().map(|image| image.size_bytes),
        }
    }
}

/// What the records do not say themselves.
#[derive(Debug, Clone, Default)]
pub struct RecordComparison {
    /// Where the wall time of `a` went.
    pub a_parts: Parts,
    /// Where the wall time of `b` went.
    pub b_parts: Parts,
    /// Of edited steps: id in `b`, and id in `a`.
    pub edited: Vec<(String, String)>,
    /// Why steps of `b` ran, seen from `a`.
    pub causes: Vec<Miss>,
}

impl Compare {
    /// `b` against `a`.
    pub fn of(a: &Record, b: &Record, between: RecordComparison) -> Self {
        let RecordComparison { a_parts, b_parts, edited, causes } = between;
        Self {
            schema: COMPARE_SCHEMA.to_owned(),
            a: BuildHead::of(a),
            b: BuildHead::of(b),
            is_comparable: a.series == b.series,
            delta_ms: crate::report::build::minus(b.wall_ms, a.wall_ms),
            steps: pair_steps(a, b, &edited),
            a_parts,
            b_parts,
            causes,
            layers: pair_layers(a, b),
        }
    }
}

/// The JSON Schema of a comparison.
pub fn json_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<Compare>().to_value();
    schema["$id"] = "urn:mad:schema:compare:1".into();
    schema["title"] = "mad compare".into();
    schema["properties"]["schema"]["const"] = COMPARE_SCHEMA.into();
    schema
}
