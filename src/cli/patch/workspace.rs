//! The folder of a series in the project, for the commands that change it.

use std::path::PathBuf;

use crate::cli::error::Result;

use crate::patch::SeriesFiles;
use crate::project::Project;

/// Which series.
#[derive(Debug, clap::Args)]
pub struct SeriesArgs {
    /// The series: a folder of patches/
    #[arg(long, value_name = "NAME", default_value = "claude-flow")]
    series: String,
}

impl SeriesArgs {
    /// Reads it, from the project or else from mad itself.
    pub fn load(&self, project: &Project) -> Result<SeriesFiles> {
        Ok(SeriesFiles::load(project, &self.series)?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.series
    }

    /// Reads it to write its matrix anew.
    pub fn load_anew(&self, project: &Project) -> Result<SeriesFiles> {
        Ok(SeriesFiles::load_anew(project, &self.series)?)
    }

    /// Its folder in the project, which need not be there yet.
    pub fn folder(&self, project: &Project) -> PathBuf {
        project.root().join("patches").join(&self.series)
    }

    /// ` --series NAME` for the commands in hints; nothing for the usual one.
    pub fn option(&self) -> String {
        match self.series.as_str() {
            "claude-flow" => String::new(),
            name => format!(" --series {name}"),
        }
    }
}
