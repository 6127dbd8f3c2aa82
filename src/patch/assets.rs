//! A series with its texts: what a verification and a build work with.

use std::collections::BTreeMap;

use super::{Matrix, Series};
use crate::project::{AssetError, Project};
use hash::sha256;
use patch_engine::{Fault, PatchFile, lint};

/// A series, its patch files and its matrix.
#[derive(Debug, Clone)]
pub struct SeriesFiles {
    /// Folder below `patches/`.
    pub name: String,
    /// `series.yaml`.
    pub series: Series,
    /// Patch files by name, with the faults of those that cannot be read.
    pub patches: BTreeMap<String, PatchText>,
    /// Probe programs and what they share, by path below the series' folder.
    pub probes: BTreeMap<String, Vec<u8>>,
    /// `matrix.lock`; absent before the first verification.
    pub matrix: Option<Matrix>,
}

/// One patch file.
#[derive(Debug, Clone)]
pub struct PatchText {
    /// As it is.
    pub text: String,
    /// As it is read.
    pub patch: Result<PatchFile, Vec<Fault>>,
}

impl PatchText {
    /// Of the text.
    pub fn sha256(&self) -> String {
        sha256(&self.text)
    }
}

/// A series that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SeriesFilesError {
    /// A file is missing or no text.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// `series.yaml` or `matrix.lock` is wrong.
    #[error("{file}: {message}")]
    Data {
        /// Its path in the project.
        file: String,
        /// What is wrong.
        message: String,
    },
}

impl SeriesFilesError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Asset(error) => error.hint(),
            Self::Data { file, .. } if file.ends_with("matrix.lock") => {
                Some("derive it anew: `mad patch verify --update`".to_owned())
            }
            Self::Data { .. } => None,
        }
    }
}

impl SeriesFiles {
    /// The same package, nothing done to it.
    #[must_use]
    pub fn without_patches(&self) -> Self {
        let series = Series { patches: Vec::new(), ..self.series.clone() };
        Self { series, ..self.clone() }
    }

    /// Loads `patches/NAME`.
    pub fn load(project: &Project, name: &str) -> Result<Self, SeriesFilesError> {
        let folder = format!("patches/{name}");
        let data = |file: String| move |message: String| SeriesFilesError::Data { file, message };
        let path = format!("{folder}/series.yaml");
        let series = Series::parse(project.asset(&path)?.text()?)
            .map_err(|error| data(path)(error.to_string()))?;
        let mut patches = BTreeMap::new();
        for variant in series.patches.iter().flat_map(|patch| &patch.variants) {
            let asset = project.asset(&format!("{folder}/{}", variant.file))?;
            let text = asset.text()?.to_owned();
            let patch = lint(text.as_bytes());
            patches.insert(variant.file.clone(), PatchText { text, patch });
        }
        let mut probes = BTreeMap::new();
        let mut matrix = None;
        for asset in project.assets(&folder)? {
            let below = asset.path[folder.len() + 1..].to_owned();
            if below == "matrix.lock" {
                let parsed = Matrix::parse(asset.text()?);
                matrix = Some(parsed.map_err(|error| data(asset.path.clone())(error.to_string()))?);
            } else if below.starts_with("probes/") {
                probes.insert(below, asset.bytes.into_owned());
            }
        }
        Ok(Self { name: name.to_owned(), series, patches, probes, matrix })
    }
}
