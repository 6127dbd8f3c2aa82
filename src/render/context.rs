//! The build context: the files that the plan copies, as an archive or as a folder.
//!
//! Deterministic: entries are sorted, owners are root, times are zero, modes are 0644 or 0755.
//! BuildKit's cache looks at content and mode only, so the archive and the folder hit the same
//! cache.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// One file of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Its content.
        bytes: Vec<u8>,
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
    entries: BTreeMap<String, Entry>,
}

impl Context {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, entry: Entry) {
        self.entries.insert(path.into(), entry);
    }

    /// Adds or replaces a text file that is not executable.
    pub fn insert_text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.insert(path, Entry::File { bytes: text.into().into_bytes(), executable: false });
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// Keeps the entries that `wanted` names: a file by its path, a folder by any of its parents.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.entries.retain(|path, _| {
            wanted(path) || path.match_indices('/').any(|(at, _)| wanted(&path[..at]))
        });
    }

    /// One line per entry: kind and mode, SHA-256 of the content, path. Hash of a context = hash
    /// of this.
    pub fn manifest(&self) -> String {
        let mut manifest = String::new();
        for (path, entry) in &self.entries {
            let (mode, digest) = match entry {
                Entry::File { bytes, executable } => {
                    (if *executable { "0755" } else { "0644" }, Sha256::digest(bytes))
                }
                Entry::Link { target } => ("link", Sha256::digest(target.as_bytes())),
            };
            manifest.push_str(&format!("{mode} {} {path}\n", hex::encode(digest)));
        }
        manifest
    }

    /// The context as a tar archive.
    pub fn tar(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        archive.mode(tar::HeaderMode::Deterministic);
        for folder in self.folders() {
            let mut header = header(tar::EntryType::Directory, 0o755, 0);
            archive.append_data(&mut header, format!("{folder}/"), io::empty())?;
        }
        for (path, entry) in &self.entries {
            match entry {
                Entry::File { bytes, executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    let mut header = header(tar::EntryType::Regular, mode, bytes.len() as u64);
                    archive.append_data(&mut header, path, bytes.as_slice())?;
                }
                Entry::Link { target } => {
                    let mut header = header(tar::EntryType::Symlink, 0o777, 0);
                    archive.append_link(&mut header, path, target)?;
                }
            }
        }
        archive.into_inner()
    }

    /// Writes the context into `dir`, with the same modes whatever the umask. Files of the same
    /// name are replaced; others are left alone.
    pub fn write_to(&self, dir: &Path) -> io::Result<()> {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let set_mode = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        };
        std::fs::create_dir_all(dir)?;
        for folder in self.folders() {
            let path = dir.join(&folder);
            std::fs::create_dir_all(&path)?;
            set_mode(&path, 0o755)?;
        }
        for (name, entry) in &self.entries {
            let path = dir.join(name);
            let parent = path.parent().unwrap_or(dir);
            match entry {
                Entry::File { bytes, executable } => {
                    let mut file = tempfile::NamedTempFile::new_in(parent)?;
                    io::Write::write_all(&mut file, bytes)?;
                    set_mode(file.path(), if *executable { 0o755 } else { 0o644 })?;
                    file.persist(&path).map_err(|error| error.error)?;
                }
                Entry::Link { target } => match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => symlink(target, &path)?,
                },
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
        context.insert("a", Entry::File { bytes: b"#!/bin/sh\n".to_vec(), executable: true });
        context.insert("b/link", Entry::Link { target: "c/file".to_owned() });
        context
    }

    #[test]
    fn archive_and_folder_hold_the_same() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        sample().write_to(dir.path()).unwrap();
        sample().write_to(dir.path()).unwrap();
        let bytes = sample().tar().unwrap();
        assert_eq!(bytes, sample().tar().unwrap());
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
    fn only_wanted_files_stay() {
        let mut context = sample();
        context.retain(|path| path == "b/c");
        assert_eq!(context.entries().keys().collect::<Vec<_>>(), ["b/c/file"]);
    }
}
