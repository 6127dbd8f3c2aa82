//! Which step of one build is which of the other; the same for layers.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::build::minus;
use crate::timing::WorkState;
use crate::timing::record::Origin;
use crate::timing::record::{Record, StepRecord};

/// A step in both builds, or in one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepPair {
    /// Its id; where it was edited, that in `b`.
    pub step: String,
    /// Its id in `a`, where it was edited since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Its stage.
    pub stage: String,
    /// What it does, on one line.
    pub label: String,
    /// The template line that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What became of it in `a`; `None` where `a` does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a_state: Option<WorkState>,
    /// What became of it in `b`; `None` where `b` does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b_state: Option<WorkState>,
    /// Time that it ran in `a`, in milliseconds; `None` where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a_ms: Option<u64>,
    /// Time that it ran in `b`, in milliseconds; `None` where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b_ms: Option<u64>,
    /// `b_ms - a_ms`, where it ran in both: a hit against a miss is no slowdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta_ms: Option<i64>,
}

impl StepPair {
    fn of(a: Option<&StepRecord>, b: Option<&StepRecord>) -> Option<Self> {
        let told = b.or(a)?;
        let ran = |step: Option<&StepRecord>| {
            step.filter(|step| step.state == WorkState::Done).map(StepRecord::duration_ms)
        };
        let (a_ms, b_ms) = (ran(a), ran(b));
        Some(Self {
            step: told.id.clone(),
            was: a.map(|a| a.id.clone()).filter(|id| *id != told.id),
            stage: told.stage.clone(),
            label: told.label.clone(),
            origin: told.origin.clone(),
            a_state: a.map(|step| step.state),
            b_state: b.map(|step| step.state),
            a_ms,
            b_ms,
            delta_ms: a_ms.zip(b_ms).map(|(a, b)| minus(b, a)),
        })
    }
}

/// A layer in both images, or in one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayerPair {
    /// The instruction that made it.
    pub made_by: String,
    /// Bytes in `a`; `None` where `a` does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a_bytes: Option<u64>,
    /// Bytes in `b`; `None` where `b` does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b_bytes: Option<u64>,
}

/// The steps of `b` in its order, then those that only `a` has.
pub(super) fn pair_steps(a: &Record, b: &Record, edited: &[(String, String)]) -> Vec<StepPair> {
    let earlier: HashMap<&str, &StepRecord> =
        a.steps.iter().map(|step| (step.id.as_str(), step)).collect();
    let was: BTreeMap<&str, &str> =
        edited.iter().map(|(now, then)| (now.as_str(), then.as_str())).collect();
    let mut taken = HashSet::new();
    let mut pairs: Vec<StepPair> = Vec::new();
    for step in &b.steps {
        let id = step.id.as_str();
        let partner = earlier.get(id).or_else(|| earlier.get(was.get(id)?)).copied();
        taken.extend(partner.map(|partner| partner.id.as_str()));
        pairs.extend(StepPair::of(partner, Some(step)));
    }
    let gone = a.steps.iter().filter(|step| !taken.contains(step.id.as_str()));
    pairs.extend(gone.filter_map(|step| StepPair::of(Some(step), None)));
    pairs
}

/// By the instruction that made them: of equal ones, the first with the first.
pub(super) fn pair_layers(a: &Record, b: &Record) -> Vec<LayerPair> {
    let layers = |record: &Record| {
        record.image.as_ref().map(|image| image.layers.clone()).unwrap_or_default()
    };
    let mut earlier = layers(a);
    let mut pairs: Vec<LayerPair> = layers(b)
        .into_iter()
        .map(|layer| {
            let at = earlier.iter().position(|other| other.made_by == layer.made_by);
            let a_bytes = at.map(|at| earlier.remove(at).size_bytes);
            LayerPair { made_by: layer.made_by, a_bytes, b_bytes: Some(layer.size_bytes) }
        })
        .collect();
    pairs.extend(earlier.into_iter().map(|layer| LayerPair {
        made_by: layer.made_by,
        a_bytes: Some(layer.size_bytes),
        b_bytes: None,
    }));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::testing::compare;

    #[test]
    fn edited_steps_are_pairs_and_hits_are_no_slowdowns() {
        let compare = compare();
        let of = |stage: &str, start: &str| {
            compare.steps.iter().find(|pair| pair.stage == stage && pair.label.starts_with(start))
        };
        let edited = of("python-deps", "RUN").unwrap();
        assert!(edited.was.is_some());
        assert_eq!((edited.a_ms, edited.b_ms), (Some(14_000), Some(34_120)));
        assert_eq!(edited.delta_ms, Some(20_120));
        let cached = of("toolchain", "RUN").unwrap();
        assert_eq!(
            (cached.a_state, cached.b_state),
            (Some(WorkState::Done), Some(WorkState::Cached))
        );
        assert_eq!((cached.b_ms, cached.delta_ms), (None, None));
        let gone = compare.steps.last().unwrap();
        assert_eq!((gone.label.as_str(), gone.b_state), ("RUN only in a", None));
        assert_eq!(compare.steps.len(), 12, "each step once");
    }

    #[test]
    fn layers_are_pairs_by_what_made_them() {
        let compare = compare();
        let added: Vec<&LayerPair> =
            compare.layers.iter().filter(|l| l.a_bytes.is_none()).collect();
        assert_eq!(added.len(), 1);
        assert_eq!(added[0].made_by, "RUN added");
        assert!(compare.layers.iter().filter(|layer| layer.b_bytes.is_none()).count() == 1);
    }
}
