//! `profiles/cuda-versions.yaml`: whole versions that are known to work together.

use serde::Deserialize;

use super::RenderError;
use crate::project::Project;

const TABLE: &str = "profiles/cuda-versions.yaml";

#[derive(Debug, Clone, Deserialize)]
struct Table {
    versions: Vec<Row>,
}

/// One row: a CUDA version and what goes with it. Keys that only people read are passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    /// For example `12.8`.
    pub cuda: String,
    /// Lowest NVIDIA driver for Linux.
    pub driver: String,
    /// Requirements with hashes, as a path in the project.
    pub lock: String,
}

/// The row of a CUDA version.
pub(super) fn row(project: &Project, cuda: &str) -> Result<Row, RenderError> {
    let asset = project.asset(TABLE)?;
    let table: Table = serde_yaml::from_str(asset.text()?)
        .map_err(|error| RenderError::Data { file: TABLE.to_owned(), message: error.to_string() })?;
    let known: Vec<String> = table.versions.iter().map(|row| format!("`{}`", row.cuda)).collect();
    table.versions.into_iter().find(|row| row.cuda == cuda).ok_or_else(|| RenderError::UnknownCuda {
        found: cuda.to_owned(),
        table: TABLE.to_owned(),
        known: known.join(", "),
    })
}
