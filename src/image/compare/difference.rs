//! What a comparison finds.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::image::{ConfigDifference, Sha256, TreePath};

/// How two images differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// How many paths either image has. Times are never compared.
    pub paths: usize,
    /// Paths that differ, sorted.
    pub differences: Vec<Difference>,
    /// Values of the configuration that differ.
    pub config: Vec<ConfigDifference>,
    /// What differs and is known to mean nothing, by rule, in the order of the table.
    pub noise: Vec<NoiseFound>,
}

impl Comparison {
    /// Whether the images are the same, but for known noise.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty() && self.config.is_empty()
    }

    /// How many paths differ by known noise.
    pub fn noisy_paths(&self) -> usize {
        self.noise.iter().map(|noise| noise.paths.len()).sum()
    }
}

/// What one rule took out of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoiseFound {
    /// The rule's name.
    pub rule: &'static str,
    /// Why it means nothing.
    pub reason: &'static str,
    /// The paths that differ, sorted.
    pub paths: Vec<TreePath>,
}

/// How one path differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where.
    pub path: TreePath,
    /// In which ways; never empty.
    pub aspects: BTreeSet<Aspect>,
    /// The layer of the first image that wrote it, an index into its layers.
    pub before: Option<usize>,
    /// The layer of the second image that wrote it.
    pub after: Option<usize>,
}

/// One way in which a path differs: the first image's value, then the second's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Aspect {
    /// Only the first image has it.
    OnlyBefore {
        /// What it is there.
        kind: &'static str,
    },
    /// Only the second image has it.
    OnlyAfter {
        /// What it is there.
        kind: &'static str,
    },
    /// A file here, a link there. Nothing else is compared then.
    Type {
        /// In the first image.
        before: &'static str,
        /// In the second.
        after: &'static str,
    },
    /// Permissions.
    Mode {
        /// In the first image.
        before: u32,
        /// In the second.
        after: u32,
    },
    /// Owner and group.
    Owner {
        /// In the first image.
        before: (u64, u64),
        /// In the second.
        after: (u64, u64),
    },
    /// What a file holds.
    Content {
        /// Its bytes in the first image.
        before_bytes: u64,
        /// In the second.
        after_bytes: u64,
        /// Hash in the first image.
        before_sha256: Sha256,
        /// In the second.
        after_sha256: Sha256,
    },
    /// Where a link points to.
    Target {
        /// In the first image.
        before: String,
        /// In the second.
        after: String,
    },
    /// A device's numbers.
    Device {
        /// In the first image.
        before: (u32, u32),
        /// In the second.
        after: (u32, u32),
    },
    /// An extended attribute, for example the capabilities of a program.
    Attribute {
        /// Its name.
        name: String,
        /// In the first image, in hexadecimal.
        before: Option<String>,
        /// In the second.
        after: Option<String>,
    },
    /// The other names of the same file.
    HardLinks {
        /// In the first image.
        before: Vec<TreePath>,
        /// In the second.
        after: Vec<TreePath>,
    },
}

impl Aspect {
    /// A word for it, the same for every value.
    pub fn word(&self) -> &'static str {
        match self {
            Self::OnlyBefore { .. } => "only before",
            Self::OnlyAfter { .. } => "only after",
            Self::Type { .. } => "type",
            Self::Mode { .. } => "mode",
            Self::Owner { .. } => "owner",
            Self::Content { .. } => "content",
            Self::Target { .. } => "target",
            Self::Device { .. } => "device",
            Self::Attribute { .. } => "attribute",
            Self::HardLinks { .. } => "hard links",
        }
    }
}
