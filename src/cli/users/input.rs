//! A Dockerfile as it is named on the command line.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};

use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use dockerfile::{File, MAX_BYTES};

/// A file that was read, and how it is called.
pub struct Input {
    /// The file.
    pub file: File,
    /// As it was typed.
    pub name: String,
    /// Where it is; `Dockerfile` for standard input.
    pub path: PathBuf,
}

impl Input {
    /// Reads `-` (standard input), a file, or the `Dockerfile` of a folder: of the project's where
    /// nothing was typed.
    pub fn read(globals: &Globals, typed: Option<&Path>) -> Result<Self> {
        let (path, bytes) = match typed {
            Some(path) if path == Path::new("-") => {
                (PathBuf::from("Dockerfile"), bytes(std::io::stdin().lock()))
            }
            typed => {
                let path = typed.unwrap_or(globals.folder());
                let path = if path.is_dir() { path.join("Dockerfile") } else { path.to_owned() };
                let bytes = std::fs::File::open(&path).and_then(bytes);
                (path, bytes)
            }
        };
        // As it was typed; `.` in front says nothing.
        let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
        let bytes = bytes.map_err(|error| UsageError {
            message: format!("cannot read `{name}`: {error}"),
            hint: None,
        })?;
        let file = File::parse(&bytes)
            .with_context(|| format!("`{name}` is no Dockerfile that can be read"))?;
        Ok(Self { file, name, path })
    }
}

/// All bytes, or enough of them to see that they are too many.
fn bytes(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
