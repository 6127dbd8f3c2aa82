//! What a proof says.

use std::time::Duration;

use serde::Serialize;

use super::StepTime;
use crate::image::{ConfigDifference, Difference, NoiseFound, TreePath};

/// The comparison of two images, with the steps that wrote what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Whether it is the same image.
    pub verdict: Proven,
    /// How many paths were compared.
    pub paths: usize,
    /// Paths that differ, less those below.
    pub differences: Vec<Blame>,
    /// Values of the configuration that differ.
    pub config: Vec<ConfigDifference>,
    /// What differs and is known to mean nothing.
    pub noise: Vec<NoiseFound>,
    /// What differs between two builds of the first file as well, in the same ways.
    pub unstable: Vec<Blame>,
    /// Names that are random: other ones in two builds of the first file as well.
    pub random_names: Vec<RandomName>,
    /// The Dockerfile itself, where the image has a copy of it.
    pub itself: Vec<TreePath>,
    /// How long the first file took.
    pub before: Timing,
    /// How long the second file took.
    pub after: Timing,
}

/// Whether it is the same image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proven {
    /// It is, but for noise.
    Same,
    /// It is, but for noise and for what differs between two builds of the first file as well.
    SameButUnstable,
    /// It is not.
    Different,
}

impl Proven {
    /// Whether the rewritten file may take the place of the other.
    pub fn holds(self) -> bool {
        self != Self::Different
    }
}

/// A name that is another one in every build. What is at it and below it was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RandomName {
    /// In the first file's image.
    pub before: TreePath,
    /// In the second file's image.
    pub after: TreePath,
}

/// A difference and who caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blame {
    /// What differs.
    #[serde(flatten)]
    pub difference: Difference,
    /// The instruction of the first file that wrote the path last; `None` where the file has none
    /// there, or the base image wrote it.
    pub wrote_before: Option<super::StepRef>,
    /// The same of the second file.
    pub wrote_after: Option<super::StepRef>,
}

/// How long a build took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Timing {
    /// From the first step's start to the last moment heard of, by the engine's clock.
    #[serde(rename = "wall_ms", serialize_with = "milliseconds")]
    pub wall: Duration,
    /// Whether the cache was left aside, so that every step ran.
    pub no_cache: bool,
    /// The steps, in the order of the file.
    pub steps: Vec<StepTime>,
}

pub(super) fn milliseconds<S: serde::Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
