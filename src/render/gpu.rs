//! `profiles/cuda-versions.yaml`: whole versions that are known to work together.

use serde::Deserialize;

use super::RenderError;
use crate::project::Project;

const TABLE: &str = "profiles/cuda-versions.yaml";
const SCHEMA: &str = "mad.cuda-versions/1";

#[derive(Debug, Clone, Deserialize)]
struct Table {
    schema: String,
    versions: Vec<Row>,
}

/// One row: a CUDA version and what goes with it. Keys that only people read are passed over.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    /// For example `12.8`.
    pub cuda: String,
    /// Lowest NVIDIA driver for Linux.
    pub min_driver: String,
    /// Requirements with hashes, a file in `profiles/locks/`.
    pub lock: String,
}

impl Row {
    /// The requirements, as a path in the project.
    pub fn lock_path(&self) -> String {
        format!("profiles/locks/{}", self.lock)
    }
}

/// The row of a CUDA version.
pub(super) fn row(project: &Project, cuda: &str) -> Result<Row, RenderError> {
    let asset = project.asset(TABLE)?;
    let data = |message| RenderError::Data { file: TABLE.to_owned(), message };
    let table: Table =
        serde_yaml::from_str(asset.text()?).map_err(|error| data(error.to_string()))?;
    if table.schema != SCHEMA {
        return Err(data(format!("found schema `{}`, expected `{SCHEMA}`", table.schema)));
    }
    let known: Vec<String> = table.versions.iter().map(|row| format!("`{}`", row.cuda)).collect();
    table.versions.into_iter().find(|row| row.cuda == cuda).ok_or_else(|| {
        RenderError::UnknownCuda {
            found: cuda.to_owned(),
            table: TABLE.to_owned(),
            known: known.join(", "),
        }
    })
}
