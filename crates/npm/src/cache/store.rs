//! The folder: which file is where, reading and writing.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{CacheError, entry};
use crate::{Integrity, PackageFile};
use hash::sha256;

/// A temporary file older than this was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A cache folder. Nothing is created before the first write.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// What the cache has.
#[derive(Debug)]
pub(crate) enum CacheLookup<T> {
    Absent,
    Present(T),
    /// Something, of which not all bytes are as they were.
    Damaged(CacheError),
}

/// A registry's answer for a package.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) json: Vec<u8>,
    pub(crate) etag: Option<String>,
    /// Since the registry last confirmed it.
    pub(crate) age: Duration,
}

#[derive(Serialize, Deserialize)]
struct FileHeader {
    integrity: String,
    path: String,
    /// `None`: the package has no such file.
    mode: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct DocumentHeader {
    url: String,
    etag: Option<String>,
}

impl Cache {
    /// In `folder`, which only mad uses: `$XDG_CACHE_HOME/mad` for example.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { root: folder.into().join("npm-1") }
    }

    /// A file of the tarball with this integrity; `Present(None)`: known to be missing there.
    pub(crate) fn file(
        &self,
        integrity: &Integrity,
        path: &str,
    ) -> Result<CacheLookup<Option<PackageFile>>, CacheError> {
        let integrity = integrity.to_string();
        let at = self.file_at(&integrity, path);
        self.read(&at, |header: FileHeader, bytes| {
            let file = header.mode.map(|mode| PackageFile::new(bytes, mode));
            (header.integrity == integrity && header.path == path).then_some(file)
        })
    }

    /// Keeps a file, or that there is none. Only for bytes whose integrity is proven.
    pub(crate) fn put_file(
        &self,
        integrity: &Integrity,
        path: &str,
        file: Option<&PackageFile>,
    ) -> Result<(), CacheError> {
        let integrity = integrity.to_string();
        let at = self.file_at(&integrity, path);
        let mode = file.map(|file| file.mode);
        let header = FileHeader { integrity, path: path.to_owned(), mode };
        self.write(&at, &header, file.map_or(&[], |file| &file.bytes))
    }

    /// What a registry answered at `url`.
    pub(crate) fn document(&self, url: &str) -> Result<CacheLookup<Document>, CacheError> {
        let at = self.document_at(url);
        let modified = std::fs::metadata(&at).and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        // A file from the future is as old as one of unknown age.
        let age = age.unwrap_or(Duration::MAX);
        self.read(&at, |header: DocumentHeader, bytes| {
            let document = Document { json: bytes.to_vec(), etag: header.etag, age };
            (header.url == url).then_some(document)
        })
    }

    /// Keeps an answer, as of now.
    pub(crate) fn put_document(&self, url: &str, document: &Document) -> Result<(), CacheError> {
        let header = DocumentHeader { url: url.to_owned(), etag: document.etag.clone() };
        self.write(&self.document_at(url), &header, &document.json)
    }

    fn file_at(&self, integrity: &str, path: &str) -> PathBuf {
        self.at("files", &format!("{integrity}\n{path}"))
    }

    fn document_at(&self, url: &str) -> PathBuf {
        self.at("documents", url)
    }

    fn at(&self, kind: &str, key: &str) -> PathBuf {
        let name = sha256(key);
        self.root.join(kind).join(&name[..2]).join(&name[2..])
    }

    fn read<H: DeserializeOwned, T>(
        &self,
        at: &Path,
        make: impl FnOnce(H, &[u8]) -> Option<T>,
    ) -> Result<CacheLookup<T>, CacheError> {
        let content = match std::fs::read(at) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(CacheLookup::Absent);
            }
            Err(error) => {
                return Err(CacheError::Read { path: at.to_owned(), why: error.to_string() });
            }
        };
        let made = entry::decode(&content).and_then(|(header, bytes)| {
            make(header, bytes).ok_or_else(|| "it belongs to another key".to_owned())
        });
        Ok(match made {
            Ok(value) => CacheLookup::Present(value),
            Err(why) => CacheLookup::Damaged(CacheError::Damaged { path: at.to_owned(), why }),
        })
    }

    fn write(&self, at: &Path, header: &impl Serialize, bytes: &[u8]) -> Result<(), CacheError> {
        let fault = |error: std::io::Error| CacheError::Write {
            path: at.to_owned(),
            why: error.to_string(),
        };
        let content = entry::encode(header, bytes).map_err(|error| fault(error.into()))?;
        let temporary = self.root.join("tmp");
        for folder in [temporary.as_path(), at.parent().unwrap_or(&self.root)] {
            create(folder).map_err(fault)?;
        }
        sweep(&temporary);
        let mut file = tempfile::NamedTempFile::new_in(&temporary).map_err(fault)?;
        file.write_all(&content).map_err(fault)?;
        file.persist(at).map_err(|error| fault(error.error))?;
        Ok(())
    }
}

/// Answers of private registries lie here: for the user alone.
fn create(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Removes what killed processes left. A failure here harms nothing.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > ABANDONED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
