//! The folder of a series in the project, for the commands that change it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::patch::SeriesFiles;
use crate::project::Project;

/// Which series.
#[derive(Debug, clap::Args)]
pub struct SeriesArgs {
    /// The series, a folder of patches/
    #[arg(long, value_name = "NAME", default_value = "claude-flow")]
    series: String,
}

impl SeriesArgs {
    /// Reads it, from the project or else from mad itself.
    pub fn load(&self, project: &Project) -> Result<SeriesFiles> {
        Ok(SeriesFiles::load(project, &self.series)?)
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

/// Writes a file as a whole or not at all; its folder is made.
pub fn write(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    let write = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mode = std::fs::metadata(path).map_or(0o644, |old| old.permissions().mode() & 0o777);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}
