//! The build context: the files that the plan copies, as an archive or as a folder.
//!
//! Deterministic: entries are sorted, owners are root, times are zero, modes are 0644 or 0755.
//! BuildKit's cache looks at content and mode only, so the archive and the folder hit the same
//! cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::folder::Folder;
use crate::project::Inside;
use crate::timing::record::InputFile;
use hash;

/// One file of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextEntry {
    /// A regular file, in memory.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Whether its mode is 0755 rather than 0644.
        executable: bool,
    },
    /// A regular file of the project. It may be large, so it is read when it is needed.
    OnDisk {
        /// Where it is.
        at: Inside,
        /// Whether its mode is 0755 rather than 0644.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// What it points to.
        target: String,
    },
}

/// The files of a build context by path (relative, `/` between parts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    entries: BTreeMap<String, ContextEntry>,
}

impl Context {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, entry: ContextEntry) {
        self.entries.insert(path.into(), entry);
    }

    /// Adds or replaces a text file that is not executable.
    pub fn insert_text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.insert(
            path,
            ContextEntry::File { bytes: text.into().into_bytes(), executable: false },
        );
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &BTreeMap<String, ContextEntry> {
        &self.entries
    }

    /// Keeps the entries that `wanted` names: a file by its path, a folder by any of its parents.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.entries.retain(|path, _| {
            wanted(path) || path.match_indices('/').any(|(at, _)| wanted(&path[..at]))
        });
    }

    /// Every entry with its mode and the SHA-256 of its content, sorted by path. All of them are
    /// read for it.
    pub fn files(&self) -> io::Result<Vec<Arc<InputFile>>> {
        let files = self.entries.iter().map(|(path, entry)| {
            let (mode, sha256) = match entry {
                ContextEntry::Link { target } => ("link", hash::sha256(target)),
                ContextEntry::File { bytes, executable } => {
                    (octal(*executable), hash::sha256(bytes))
                }
                ContextEntry::OnDisk { at, executable } => {
                    let hash = hash::sha256_of(&mut open(path, at)?);
                    (octal(*executable), hash.map_err(|error| named(path, error))?)
                }
            };
            Ok(Arc::new(InputFile { path: path.clone(), mode: mode.to_owned(), sha256 }))
        });
        files.collect()
    }

    /// How many files it has, and how many bytes.
    pub fn size(&self) -> io::Result<(usize, u64)> {
        let mut bytes = 0;
        for (path, entry) in &self.entries {
            bytes += match entry {
                ContextEntry::File { bytes, .. } => bytes.len() as u64,
                ContextEntry::OnDisk { at, .. } => open(path, at)?.metadata()?.len(),
                ContextEntry::Link { .. } => 0,
            };
        }
        Ok((self.entries.len(), bytes))
    }

    /// What keeps a path from being an entry beside the others: a link cannot be a folder as well.
    pub fn is_apart(&self, path: &str) -> Result<(), String> {
        let is_link =
            |path: &str| matches!(self.entries.get(path), Some(ContextEntry::Link { .. }));
        let below = format!("{path}/");
        let above = path.match_indices('/').map(|(at, _)| &path[..at]).find(|path| is_link(path));
        let under = self.entries.range(below.clone()..).next().map(|(path, _)| path.as_str());
        match above.or(under.filter(|under| under.starts_with(&below) && is_link(path))) {
            Some(other) => Err(format!("`{path}` is a link and `{other}` is below it")),
            None => Ok(()),
        }
    }

    /// Writes the context as a tar archive. With `files`, as [`Context::files`] told them, a file that
    /// is not what it was then is an error.
    pub fn tar<W: io::Write>(&self, out: W, files: &[Arc<InputFile>]) -> io::Result<W> {
        let expected: BTreeMap<&str, &str> =
            files.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
        let mut archive = tar::Builder::new(out);
        for folder in self.folders() {
            let mut header = header(tar::EntryType::Directory, 0o755, 0);
            archive.append_data(&mut header, format!("{folder}/"), io::empty())?;
        }
        for (path, entry) in &self.entries {
            match entry {
                ContextEntry::File { bytes, executable } => {
                    let size = bytes.len() as u64;
                    let mut header = header(tar::EntryType::Regular, mode(*executable), size);
                    archive.append_data(&mut header, path, bytes.as_slice())?;
                }
                ContextEntry::OnDisk { at, executable } => {
                    let file = open(path, at)?;
                    let size = file.metadata()?.len();
                    let mut header = header(tar::EntryType::Regular, mode(*executable), size);
                    let mut content = Measured { file, left: size, hasher: Sha256::new() };
                    let packed = archive.append_data(&mut header, path, &mut content);
                    packed.map_err(|error| named(path, error))?;
                    let hash = hex::encode(content.hasher.finalize());
                    if expected.get(path.as_str()).is_some_and(|expected| *expected != hash) {
                        return Err(named(path, changed()));
                    }
                }
                ContextEntry::Link { target } => {
                    let mut header = header(tar::EntryType::Symlink, 0o777, 0);
                    archive.append_link(&mut header, path, target)?;
                }
            }
        }
        archive.into_inner()
    }

    /// Writes the context into `dir`, with the same modes whatever the umask. Files of the same
    /// name are replaced; others are left alone; no link inside `dir` is followed.
    pub fn write_to(&self, dir: &Path) -> io::Result<()> {
        let out = Folder::open(dir)?;
        for folder in self.folders() {
            out.make_folder(&folder)?;
        }
        for (name, entry) in &self.entries {
            match entry {
                ContextEntry::File { bytes, executable } => {
                    out.write(name, mode(*executable), &mut bytes.as_slice())?;
                }
                ContextEntry::OnDisk { at, executable } => {
                    out.write(name, mode(*executable), &mut open(name, at)?)?;
                }
                ContextEntry::Link { target } => out.link(name, target)?,
            }
        }
        Ok(())
    }

    fn folders(&self) -> BTreeSet<String> {
        self.entries
            .keys()
            .flat_map(|path| path.match_indices('/').map(|(at, _)| path[..at].to_owned()))
            .collect()
    }
}

/// Opens a file; the error names it.
fn open(path: &str, at: &Inside) -> io::Result<File> {
    at.open().map_err(|error| named(path, error))
}

fn named(path: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{path}`: {error}"))
}

fn changed() -> io::Error {
    io::Error::other("it changed while the build was being prepared")
}

/// A file of a size that is known: one that is shorter by now would break the archive, and of one
/// that has grown the rest is left out.
struct Measured {
    file: File,
    left: u64,
    hasher: Sha256,
}

impl Read for Measured {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&mut self.file).take(self.left).read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(changed());
        }
        self.left -= count as u64;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

fn mode(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

fn octal(executable: bool) -> &'static str {
    if executable { "0755" } else { "0644" }
}

fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Context {
        let mut context = Context::default();
        context.insert_text("b/c/file", "text");
        context
            .insert("a", ContextEntry::File { bytes: b"#!/bin/sh\n".to_vec(), executable: true });
        context.insert("b/link", ContextEntry::Link { target: "c/file".to_owned() });
        context
    }

    #[test]
    fn archive_and_folder_hold_the_same() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        sample().write_to(dir.path()).unwrap();
        sample().write_to(dir.path()).unwrap();
        let bytes = sample().tar(Vec::new(), &[]).unwrap();
        assert_eq!(bytes, sample().tar(Vec::new(), &[]).unwrap());
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let path = entry.path().unwrap().into_owned();
            let on_disk = std::fs::symlink_metadata(dir.path().join(&path)).unwrap();
            let mode = on_disk.permissions().mode() & 0o777;
            assert_eq!(entry.header().mode().unwrap(), mode, "{}", path.display());
            assert_eq!(entry.header().mtime().unwrap(), 0);
            names.push(path.display().to_string());
        }
        assert_eq!(names, ["b/", "b/c/", "a", "b/c/file", "b/link"]);
    }

    #[test]
    fn files_on_disk_and_in_memory_are_the_same_context() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "text").unwrap();
        let mut on_disk = sample();
        let on = |name: &str| ContextEntry::OnDisk {
            at: Inside::new(dir.path(), name),
            executable: false,
        };
        on_disk.insert("b/c/file", on("file"));
        assert_eq!(on_disk.files().unwrap(), sample().files().unwrap());
        assert_eq!(on_disk.tar(Vec::new(), &[]).unwrap(), sample().tar(Vec::new(), &[]).unwrap());
        on_disk.write_to(&dir.path().join("out")).unwrap();
        assert_eq!(std::fs::read(dir.path().join("out/b/c/file")).unwrap(), b"text");
        let files = on_disk.files().unwrap();
        std::fs::write(dir.path().join("file"), "best").unwrap();
        let error = on_disk.tar(Vec::new(), &files).unwrap_err().to_string();
        assert_eq!(error, "`b/c/file`: it changed while the build was being prepared");
        on_disk.insert("gone", on("gone"));
        assert!(on_disk.files().unwrap_err().to_string().contains("gone`"));
    }

    #[test]
    fn a_link_in_the_folder_is_not_written_through() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("a"), "precious").unwrap();
        for (name, target) in
            [("b", ""), ("b/c", ""), ("a", "a"), ("b/link", "a"), ("b/c/file", "a")]
        {
            let dir = tempfile::tempdir().unwrap();
            let at = dir.path().join(name);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(outside.path().join(target), at).unwrap();
            let written = sample().write_to(dir.path());
            // In place of a file a link is replaced; in place of a folder it is refused.
            assert_eq!(written.is_err(), target.is_empty(), "{name}");
            assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "{name}");
            assert_eq!(std::fs::read(outside.path().join("a")).unwrap(), b"precious", "{name}");
        }
    }

    #[test]
    fn nothing_lies_below_a_link() {
        let context = sample();
        assert!(context.is_apart("b/link2").is_ok() && context.is_apart("b/link").is_ok());
        assert!(context.is_apart("b/link/x").is_err());
    }

    #[test]
    fn only_wanted_files_stay() {
        let mut context = sample();
        context.retain(|path| path == "b/c");
        assert_eq!(context.entries().keys().collect::<Vec<_>>(), ["b/c/file"]);
    }
}
