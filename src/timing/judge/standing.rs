//! What a build counts for once it is judged: whether others are measured by it, and whether a tag may
//! move to its image.
//!
//! ```text
//!                          measures others   its image may have the tag
//! good, accepted                 yes          yes
//! accident, suspect              no           yes
//! regressed                      no           the action decides: `warn` and `fail` let it pass
//! held                           no           not before it is accepted, or shown to be fast
//! ```
//!
//! Builds that failed or were interrupted have no standing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Judgement, Verdict};

/// What a build counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineRole {
    /// It measures others.
    Good,
    /// It was slow once, and fast when it was run again.
    Accident,
    /// It was slower than all before it, and that was not shown to be more than noise.
    Suspect,
    /// It was slower.
    Regressed,
    /// It was held back: no tag moved to its image.
    Held,
    /// It was slower or held back, and a person has accepted it.
    Accepted,
}

impl BaselineRole {
    /// Of a build that was judged, before it is decided whether its tag moves.
    pub fn of(judgement: &Judgement) -> Self {
        let comparisons = || {
            let steps = judgement.steps.iter().map(|step| &step.comparison);
            steps.chain([&judgement.build])
        };
        let is_inherited = judgement.steps.iter().any(|step| step.ran_in.is_some());
        match judgement.verdict {
            Verdict::Regressed => Self::Regressed,
            _ if comparisons().any(super::Comparison::is_suspect) => Self::Suspect,
            // Its own times are those of the accident.
            _ if !judgement.repeated.is_empty() && !comparisons().any(|one| one.is_slower) => {
                Self::Accident
            }
            // Times of steps that came from the cache are those of another build.
            _ if is_inherited && judgement.verdict != Verdict::Ok => Self::Suspect,
            Verdict::Ok | Verdict::Improved | Verdict::Inconclusive => Self::Good,
        }
    }

    /// Whether builds are measured by it.
    pub fn measures_others(self) -> bool {
        matches!(self, Self::Good | Self::Accepted)
    }

    /// Whether what it left in the cache is on record as slow.
    pub fn taints(self) -> bool {
        matches!(self, Self::Suspect | Self::Regressed | Self::Held)
    }

    /// One word, as in the JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Accident => "accident",
            Self::Suspect => "suspect",
            Self::Regressed => "regressed",
            Self::Held => "held",
            Self::Accepted => "accepted",
        }
    }
}
