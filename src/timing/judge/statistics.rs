//! Numbers against numbers: the shape of a comparison.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verdict;

/// One time against earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What it is.
    pub verdict: Verdict,
    /// The time now, in milliseconds; the median where the build was repeated.
    pub actual_ms: u64,
    /// How many earlier times there are.
    pub n: usize,
    /// Their median in milliseconds; 0 where there are none.
    pub median_ms: u64,
    /// Their spread in milliseconds: a robust standard deviation.
    pub spread_ms: u64,
    /// `actual / median`; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// How many spreads the time lies from the median; `None` where there are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}
