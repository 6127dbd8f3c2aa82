//! A package on this machine: a folder or a `.tgz`, read by the same rules as one of a registry.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::archive::{LimitedReader, scan, size};
use super::{ArchiveError, FileSelection, Limits, PackageFile, PackageFiles};

/// Where a package lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Local {
    /// A folder with a `package.json`.
    Folder(PathBuf),
    /// What `npm pack` writes.
    Tarball(PathBuf),
}

/// Why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LocalError {
    /// The file system does not let us.
    #[error("cannot read `{path}`: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// A link or a folder where a file is wanted.
    #[error("found {what} at `{path}`, expected a plain file")]
    NotAFile {
        /// What is there.
        what: &'static str,
        /// Where.
        path: PathBuf,
    },
    /// More than any file of a package has.
    #[error("`{path}` has more than {}", size(*limit_bytes))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
    /// A tarball that cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Archive {
        /// The tarball.
        path: PathBuf,
        /// What is wrong with it.
        error: ArchiveError,
    },
    /// A `package.json` that is missing or cannot be read.
    #[error("cannot read `package.json` of `{path}`: {why}")]
    Manifest {
        /// The package.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Local {
    /// Looks what is at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Result<Self, LocalError> {
        let path = path.into();
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Ok(Self::Folder(path)),
            Ok(_) => Ok(Self::Tarball(path)),
            Err(error) => Err(LocalError::Read { path, why: error.to_string() }),
        }
    }

    /// The wanted files.
    pub fn files(
        &self,
        wanted: &FileSelection,
        limits: &Limits,
    ) -> Result<PackageFiles, LocalError> {
        let paths = wanted.with_manifest();
        let (place, found) = match self {
            Self::Folder(folder) => (folder, from_folder(folder, &paths, limits)?),
            Self::Tarball(file) => (file, from_tarball(file, &paths, limits)?),
        };
        let fault = |why| LocalError::Manifest { path: place.clone(), why };
        PackageFiles::collect(wanted, found).map_err(fault)
    }
}

fn from_tarball(
    path: &Path,
    wanted: &BTreeSet<&str>,
    limits: &Limits,
) -> Result<BTreeMap<String, PackageFile>, LocalError> {
    let unreadable =
        |error: std::io::Error| LocalError::Read { path: path.to_owned(), why: error.to_string() };
    let file = File::open(path).map_err(unreadable)?;
    let mut capped = LimitedReader::new(file, limits.tarball_bytes);
    let result = scan(&mut capped, wanted, limits);
    if capped.exceeded {
        let limit_bytes = limits.tarball_bytes;
        return Err(LocalError::TooLarge { path: path.to_owned(), limit_bytes });
    }
    result.map_err(|error| LocalError::Archive { path: path.to_owned(), error })
}

fn from_folder(
    folder: &Path,
    wanted: &BTreeSet<&str>,
    limits: &Limits,
) -> Result<BTreeMap<String, PackageFile>, LocalError> {
    let mut found = BTreeMap::new();
    for path in wanted {
        if let Some(file) = from_disk(folder, path, limits)? {
            found.insert((*path).to_owned(), file);
        }
    }
    Ok(found)
}

/// One file; `None` where nothing is. Links are refused on the way down too, as in a tarball: what
/// they point to is not of the package.
fn from_disk(
    folder: &Path,
    path: &str,
    limits: &Limits,
) -> Result<Option<PackageFile>, LocalError> {
    let mut at = folder.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        let unreadable =
            |error: std::io::Error| LocalError::Read { path: at.clone(), why: error.to_string() };
        let metadata = match std::fs::symlink_metadata(&at) {
            Ok(metadata) => metadata,
            Err(error) => match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                    return Ok(None);
                }
                _ => return Err(unreadable(error)),
            },
        };
        let last = parts.peek().is_none();
        if metadata.is_symlink() {
            return Err(LocalError::NotAFile { what: "a symbolic link", path: at });
        }
        if !last {
            continue;
        }
        if !metadata.is_file() {
            // In a tarball a folder of that name is no file of that name either.
            return match metadata.is_dir() {
                true => Ok(None),
                false => Err(LocalError::NotAFile { what: "a special file", path: at }),
            };
        }
        let mut bytes = Vec::new();
        let file = File::open(&at).map_err(unreadable)?;
        file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > limits.file_bytes {
            return Err(LocalError::TooLarge { path: at, limit_bytes: limits.file_bytes });
        }
        return Ok(Some(PackageFile::new(bytes, metadata.permissions().mode())));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
