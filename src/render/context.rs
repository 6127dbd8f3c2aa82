//! The build context: the files that the plan copies, as an archive or as a folder.
//!
//! Deterministic: entries are sorted, owners are root, times are zero, modes are 0644 or 0755.
//! BuildKit's cache looks at content and mode only, so the archive and the folder hit the same
//! cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::timing::record::InputFile;
use hash;

/// One file of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
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
        path: PathBuf,
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

    /// Every entry with its mode and the SHA-256 of its content, sorted by path. All of them are
    /// read for it.
    pub fn files(&self) -> io::Result<Vec<InputFile>> {
        let files = self.entries.iter().map(|(path, entry)| {
            let (mode, sha256) = match entry {
                Entry::Link { target } => ("link", hash::sha256(target)),
                Entry::File { bytes, executable } => (octal(*executable), hash::sha256(bytes)),
                Entry::OnDisk { path, executable } => {
                    (octal(*executable), hash::sha256_of(&mut open(path)?)?)
                }
            };
            Ok(InputFile { path: path.clone(), mode: mode.to_owned(), sha256 })
        });
        files.collect()
    }

    /// Writes the context as a tar archive.
    pub fn tar<W: io::Write>(&self, out: W) -> io::Result<W> {
        let mut archive = tar::Builder::new(out);
        for folder in self.folders() {
            let mut header = header(tar::EntryType::Directory, 0o755, 0);
            archive.append_data(&mut header, format!("{folder}/"), io::empty())?;
        }
        for (path, entry) in &self.entries {
            match entry {
                Entry::File { bytes, executable } => {
                    let size = bytes.len() as u64;
                    let mut header = header(tar::EntryType::Regular, mode(*executable), size);
                    archive.append_data(&mut header, path, bytes.as_slice())?;
                }
                Entry::OnDisk { path: at, executable } => {
                    let file = open(at)?;
                    let size = file.metadata()?.len();
                    let mut header = header(tar::EntryType::Regular, mode(*executable), size);
                    // Never more than the header says, should the file grow meanwhile.
                    archive.append_data(&mut header, path, io::Read::take(file, size))?;
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
        use std::os::unix::fs::symlink;
        std::fs::create_dir_all(dir)?;
        for folder in self.folders() {
            let path = dir.join(&folder);
            std::fs::create_dir_all(&path)?;
            set_mode(&path, 0o755)?;
        }
        for (name, entry) in &self.entries {
            let path = dir.join(name);
            match entry {
                Entry::File { bytes, executable } => {
                    replace(&path, mode(*executable), &mut bytes.as_slice())?;
                }
                Entry::OnDisk { path: at, executable } => {
                    replace(&path, mode(*executable), &mut open(at)?)?;
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

/// Opens a file; the error names it.
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
        .map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

fn mode(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

fn octal(executable: bool) -> &'static str {
    if executable { "0755" } else { "0644" }
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// Writes beside `path`, then renames.
fn replace(path: &Path, mode: u32, content: &mut dyn io::Read) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    io::copy(content, &mut file)?;
    set_mode(file.path(), mode)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
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
        let bytes = sample().tar(Vec::new()).unwrap();
        assert_eq!(bytes, sample().tar(Vec::new()).unwrap());
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
        let path = dir.path().join("file");
        std::fs::write(&path, "text").unwrap();
        let mut on_disk = sample();
        on_disk.insert("b/c/file", Entry::OnDisk { path, executable: false });
        assert_eq!(on_disk.files().unwrap(), sample().files().unwrap());
        assert_eq!(on_disk.tar(Vec::new()).unwrap(), sample().tar(Vec::new()).unwrap());
        on_disk.write_to(&dir.path().join("out")).unwrap();
        assert_eq!(std::fs::read(dir.path().join("out/b/c/file")).unwrap(), b"text");
        let gone = Entry::OnDisk { path: dir.path().join("gone"), executable: false };
        on_disk.insert("gone", gone);
        assert!(on_disk.files().unwrap_err().to_string().contains("gone`"));
    }

    #[test]
    fn only_wanted_files_stay() {
        let mut context = sample();
        context.retain(|path| path == "b/c");
        assert_eq!(context.entries().keys().collect::<Vec<_>>(), ["b/c/file"]);
    }
}
