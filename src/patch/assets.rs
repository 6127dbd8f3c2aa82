//! A series with its texts: what a verification and a build work with.

use std::collections::BTreeMap;

use super::{Matrix, Series};
use crate::project::{AssetError, Project};
use hash::sha256;
use npm::Version;
use patch_engine::{Fault, FaultKind, Operation, PatchFile, lint};

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
    /// Reads the text of a patch of a series: it changes lines of its target, and nothing else. What
    /// else it did would be neither probed nor recorded, and the image would have it.
    pub fn read(text: &str, target: &str) -> Self {
        let patch = lint(text.as_bytes()).and_then(|patch| of_target(patch, target));
        Self { text: text.to_owned(), patch }
    }

    /// Of the text.
    pub fn sha256(&self) -> String {
        sha256(&self.text)
    }
}

/// The patch, if it is one of lines of this file alone.
///
/// # Errors
///
/// Every file that it makes, deletes, renames, gives another mode, or that is not the target.
pub fn of_target(patch: PatchFile, target: &str) -> Result<PatchFile, Vec<Fault>> {
    let faults = patch.files.iter().filter_map(|file| {
        let found = match &file.operation {
            Operation::Modify { path } if path != target => format!("a change of `{path}`"),
            Operation::Modify { path } if file.new_mode.is_some() => {
                format!("another mode of `{path}`")
            }
            Operation::Modify { .. } => return None,
            Operation::Create { path } => format!("a new file `{path}`"),
            Operation::Delete { path } => format!("the end of `{path}`"),
            Operation::Rename { from, to } => format!("`{from}` renamed to `{to}`"),
        };
        let (line, kind) = (file.line, FaultKind::NotTheTarget);
        let expected = format!("changed lines of `{target}` alone");
        Some(Fault { line, kind, found, expected })
    });
    let faults: Vec<Fault> = faults.collect();
    if faults.is_empty() { Ok(patch) } else { Err(faults) }
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
                let series = file.split('/').nth(1).unwrap_or_default();
                Some(format!("derive it again: `mad patch verify --series {series} --update`"))
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

    /// SHA-256 over the probe of a patch and all that the probes share.
    pub fn program(&self, id: &str) -> Option<String> {
        let own = &self.series.patches.iter().find(|patch| patch.id == id)?.probe;
        let is_other = |path: &String| {
            path != own && self.series.patches.iter().any(|patch| patch.probe == *path)
        };
        let read = self.probes.iter().filter(|(path, _)| !is_other(path));
        let lines = read.map(|(path, bytes)| format!("{}  {path}\n", sha256(bytes)));
        self.probes.contains_key(own).then(|| sha256(lines.collect::<String>()))
    }

    /// Whether a build of this version leaves the patch out, as far as is on record.
    pub fn leaves_out(&self, version: &Version, id: &str) -> bool {
        let matrix = self.matrix.as_ref();
        let proven = matrix.and_then(|matrix| matrix.of_version(&version.to_string()));
        let entry = proven.and_then(|proven| proven.entry(id));
        entry.is_some_and(|entry| ["superseded", "not-needed"].contains(&entry.verdict.as_str()))
    }

    /// A series of a package that has no patch yet; nothing is written.
    #[must_use]
    pub fn begin(name: &str, package: &str) -> Self {
        Self {
            name: name.to_owned(),
            series: Series::begin(package),
            patches: BTreeMap::new(),
            probes: BTreeMap::new(),
            matrix: None,
        }
    }

    /// Loads `patches/NAME`.
    ///
    /// # Errors
    ///
    /// A file that is missing, or that is not what it should be.
    pub fn load(project: &Project, name: &str) -> Result<Self, SeriesFilesError> {
        Self::read(project, name, false)
    }

    /// Loads `patches/NAME` to write its matrix anew: one that cannot be read, or is of another
    /// schema, is as good as none.
    ///
    /// # Errors
    ///
    /// Any other file that is missing, or that is not what it should be.
    pub fn load_anew(project: &Project, name: &str) -> Result<Self, SeriesFilesError> {
        Self::read(project, name, true)
    }

    fn read(project: &Project, name: &str, anew: bool) -> Result<Self, SeriesFilesError> {
        let folder = format!("patches/{name}");
        let data = |file: String| move |message: String| SeriesFilesError::Data { file, message };
        let path = format!("{folder}/series.yaml");
        let series = Series::parse(project.asset(&path)?.text()?)
            .map_err(|error| data(path)(error.to_string()))?;
        let mut patches = BTreeMap::new();
        for patch in &series.patches {
            for variant in &patch.variants {
                let asset = project.asset(&format!("{folder}/{}", variant.file))?;
                let text = PatchText::read(asset.text()?, &patch.target);
                patches.insert(variant.file.clone(), text);
            }
        }
        let mut probes = BTreeMap::new();
        let mut matrix = None;
        for asset in project.assets(&folder)? {
            let below = asset.path[folder.len() + 1..].to_owned();
            if below == "matrix.lock" {
                matrix = match Matrix::parse(asset.text()?) {
                    Ok(matrix) => Some(matrix),
                    Err(_) if anew => None,
                    Err(error) => return Err(data(asset.path.clone())(error.to_string())),
                };
            } else if below.starts_with("probes/") {
                probes.insert(below, asset.bytes.into_owned());
            }
        }
        Ok(Self { name: name.to_owned(), series, patches, probes, matrix })
    }
}
