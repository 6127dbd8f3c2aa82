//! The committed baseline of a profile: `baselines/PROFILE.yaml`.
//!
//! ```yaml
//! schema: mad.baseline/1
//! profile: cpu
//! places:
//!   - builder: docker 20.10.24 overlay2 1.2
//!     machine: linux/amd64 4x Xeon 16 GiB
//!     cache: ignore
//!     builds: 7
//!     overhead_ms: [2104, 2213, …]
//!     image_bytes: 812345678
//!     steps:
//!       - id: python-deps:3f2a91c04d11
//!         stage: python-deps
//!         label: RUN uv pip sync …
//!         samples_ms: [20871, 20934, …]
//!     accepted: []
//! ```
//!
//! Times are raw samples, not their median: the spread is in them, and a reviewer sees what was
//! measured. The oldest comes first, so that another build adds one number at the end of a line.

mod read;
mod take;
mod write;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Accepted;
use super::path::StepPath;
use crate::timing::record::{CacheMode, SeriesKey};

pub use read::BaselineFileError;

/// Version of the format.
pub const BASELINE_SCHEMA: &str = "mad.baseline/1";

/// How many times of a step the file keeps at most.
pub const MOST_SAMPLES: usize = 20;

/// The committed baseline of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineFile {
    /// Always [`BASELINE_SCHEMA`].
    pub schema: String,
    /// The profile that was built.
    pub profile: String,
    /// Where it was built, sorted; what was built elsewhere is not comparable.
    pub places: Vec<BaselinePlace>,
}

/// The builds of one place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselinePlace {
    /// The stage that was asked for; absent for the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// See [`SeriesKey::builder`].
    pub builder: String,
    /// See [`SeriesKey::machine`].
    pub machine: String,
    /// How the cache was used.
    pub cache: CacheMode,
    /// How many builds the samples are from.
    #[serde(default)]
    pub builds: usize,
    /// When the oldest of them began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
    /// When the newest of them began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// What the builds took beside their steps, in milliseconds, the oldest first.
    #[serde(default)]
    pub overhead_ms: Vec<u64>,
    /// The median size of the images, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_bytes: Option<u64>,
    /// The steps of the newest build, in the order of the Dockerfile.
    #[serde(default)]
    pub steps: Vec<BaselineStep>,
    /// Slowdowns that are accepted.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
}

/// A step of the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineStep {
    /// The step's id.
    pub id: String,
    /// Its stage.
    pub stage: String,
    /// What it does, on one line.
    pub label: String,
    /// The ids of the steps that it waits for, where that is not just the one above it in its stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<String>>,
    /// The times that it ran, in milliseconds, the oldest first; none where it was always cached.
    #[serde(default)]
    pub samples_ms: Vec<u64>,
}

impl BaselineFile {
    /// A file without places.
    pub fn new(profile: &str) -> Self {
        Self { schema: BASELINE_SCHEMA.to_owned(), profile: profile.to_owned(), places: Vec::new() }
    }

    /// Where a project keeps the baseline of a profile, relative to its folder.
    pub fn path(profile: &str) -> String {
        format!("baselines/{profile}.yaml")
    }

    /// The builds at that place.
    pub fn place(&self, place: &SeriesKey) -> Option<&BaselinePlace> {
        self.places.iter().find(|own| own.is_at(place))
    }

    /// The entry of that place, made where there is none; the places stay sorted.
    pub fn place_mut(&mut self, place: &SeriesKey) -> &mut BaselinePlace {
        if self.place(place).is_none() {
            self.places.push(BaselinePlace {
                target: place.target.clone(),
                builder: place.builder.clone(),
                machine: place.machine.clone(),
                cache: place.cache,
                ..BaselinePlace::default()
            });
            self.places.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        let index = self.places.iter().position(|own| own.is_at(place));
        &mut self.places[index.expect("an entry was made above")]
    }

    /// The slowdowns that are accepted at that place.
    pub fn accepted(&self, place: &SeriesKey) -> &[Accepted] {
        self.place(place).map_or(&[], |place| &place.accepted)
    }
}

impl BaselinePlace {
    /// Whether builds of `place` are comparable with these; project and profile are the file's.
    pub fn is_at(&self, place: &SeriesKey) -> bool {
        self.key() == (&place.target, &place.builder, &place.machine, place.cache)
    }

    /// Which step waits for which; `None` in a file of an older mad, which does not tell.
    pub(super) fn path(&self) -> Option<StepPath> {
        let above = self.above();
        let is_told = self.steps.iter().any(|step| step.needs.is_some());
        is_told.then(|| {
            StepPath::new(self.steps.iter().zip(&above).map(|(step, above)| {
                let told = step.needs.as_ref().map(|ids| ids.iter().map(String::as_str).collect());
                (step.id.as_str(), told.unwrap_or_else(|| above.iter().copied().collect()))
            }))
        })
    }

    /// For each step the one above it in its stage.
    pub(super) fn above(&self) -> Vec<Option<&str>> {
        let mut last: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
        self.steps.iter().map(|step| last.insert(&step.stage, &step.id)).collect()
    }

    /// This place as one of the same project and profile as `place`.
    pub fn in_project_of(&self, place: &SeriesKey) -> SeriesKey {
        SeriesKey {
            project: place.project.clone(),
            profile: place.profile.clone(),
            target: self.target.clone(),
            builder: self.builder.clone(),
            machine: self.machine.clone(),
            cache: self.cache,
        }
    }

    fn key(&self) -> (&Option<String>, &String, &String, CacheMode) {
        (&self.target, &self.builder, &self.machine, self.cache)
    }
}

#[cfg(test)]
mod tests;
