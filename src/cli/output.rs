//! A file that a command writes where it was told to: as a whole or not at all where that can be.
//!
//! A rename takes the place of whatever has the name. So only a regular file, or nothing, is replaced;
//! a link is followed to what it names, as a shell's `>` does; a device, a pipe and `/dev/stdout` are
//! written as they are.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};
use tempfile::NamedTempFile;

use super::streams;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// Prints a result to standard output.
pub fn print(text: &str) -> crate::cli::error::Result<()> {
    Ok(streams::print(text)?)
}

/// A file on its way; nothing has its name before [`Output::finish`].
pub(super) struct Output {
    way: WriteMode,
}

enum WriteMode {
    Replace { file: NamedTempFile, at: PathBuf },
    InPlace(File),
}

impl Output {
    /// Makes the folder where there is none.
    pub fn create(path: &Path) -> io::Result<Self> {
        let old = match fs::metadata(path) {
            Ok(facts) => Some(facts),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let at = followed(path)?;
        match old {
            Some(facts) if facts.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Some(facts) if !facts.is_file() || is_descriptor(&at) => {
                OpenOptions::new().append(true).open(path).map(Self::in_place)
            }
            // Another name of the same file would keep the old text.
            Some(facts) if facts.nlink() > 1 => overwrite(&at).map(Self::in_place),
            old => Self::replace(at, old.as_ref()),
        }
    }

    fn in_place(out: File) -> Self {
        Self { way: WriteMode::InPlace(out) }
    }

    fn replace(at: PathBuf, old: Option<&Metadata>) -> io::Result<Self> {
        let folder = folder_of(&at);
        fs::create_dir_all(folder)?;
        let file = match NamedTempFile::new_in(folder) {
            Ok(file) => file,
            // A file that may be written in a folder that may not.
            Err(error) => match old.and_then(|_| overwrite(&at).ok()) {
                Some(file) => return Ok(Self::in_place(file)),
                None => return Err(error),
            },
        };
        let mode = old.map_or(0o644, |old| old.permissions().mode() & 0o7777);
        if let Some(old) = old {
            // Only root may; and who may not, owns the file that takes its place.
            let _ = fchown(file.as_file(), Some(old.uid()), Some(old.gid()));
        }
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        Ok(Self { way: WriteMode::Replace { file, at } })
    }

    /// Gives the file its name.
    pub fn finish(self) -> io::Result<()> {
        match self.way {
            WriteMode::InPlace(mut out) => out.flush(),
            WriteMode::Replace { file, at } => match file.persist(&at) {
                Ok(_) => Ok(()),
                // A file that is mounted by itself, as containers get theirs, cannot be replaced.
                Err(refused) if refused.error.kind() == ErrorKind::ResourceBusy => {
                    io::copy(&mut refused.file.reopen()?, &mut overwrite(&at)?).map(drop)
                }
                Err(refused) => Err(refused.error),
            },
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.way {
            WriteMode::Replace { file, .. } => file.write(bytes),
            WriteMode::InPlace(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.way {
            WriteMode::Replace { file, .. } => file.flush(),
            WriteMode::InPlace(out) => out.flush(),
        }
    }
}

/// Writes a whole file; `-` is standard output.
pub(super) fn write_file(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    if path == Path::new("-") {
        return Ok(streams::print_bytes(text.as_ref())?);
    }
    let write = || {
        let mut output = Output::create(path)?;
        output.write_all(text.as_ref())?;
        output.finish()
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}

fn overwrite(at: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(at)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// What the links at the end of `path` name, there or not. A link of `/proc` names an open file, and
/// is not followed.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&at) {
            Ok(target) if !is_descriptor(&at) => at = folder_of(&at).join(target),
            _ => return Ok(at),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Whether the path is one of `/proc/self/fd` and the like, which `/dev/stdout` and `/dev/fd` lead to.
fn is_descriptor(path: &Path) -> bool {
    fs::canonicalize(folder_of(path)).is_ok_and(|folder| folder.starts_with("/proc"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{FileTypeExt, symlink};
    use std::process::Command;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn files_are_replaced_and_keep_their_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/file");
        write_file(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let reader = File::open(&path).unwrap();
        write_file(&path, "two").unwrap();
        assert_eq!(
            (read(&path).as_str(), io::read_to_string(reader).unwrap().as_str()),
            ("two", "one")
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert!(write_file(dir.path(), "x").is_err());
        assert!(write_file(&path.join("below"), "x").is_err());
    }

    #[test]
    fn links_are_followed_to_what_they_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        write_file(&at("folder/real"), "old").unwrap();
        symlink("folder/real", at("link")).unwrap();
        symlink(at("link"), at("link-to-link")).unwrap();
        symlink("folder/new", at("dangling")).unwrap();
        symlink("self", at("self")).unwrap();
        for (link, real) in [("link", "real"), ("link-to-link", "real"), ("dangling", "new")] {
            write_file(&at(link), link).unwrap();
            assert!(at(link).symlink_metadata().unwrap().is_symlink(), "{link}");
            assert_eq!(read(&at("folder").join(real)), link);
        }
        assert!(write_file(&at("self"), "x").is_err());
        // A hard link is another name of the same file.
        fs::hard_link(at("folder/real"), at("hard")).unwrap();
        write_file(&at("hard"), "both").unwrap();
        assert_eq!(read(&at("folder/real")), "both");
    }

    #[test]
    fn pipes_and_devices_stay_what_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reads = std::thread::spawn({
            let pipe = pipe.clone();
            move || read(&pipe)
        });
        write_file(&pipe, "through").unwrap();
        assert_eq!(reads.join().unwrap(), "through");
        assert!(pipe.metadata().unwrap().file_type().is_fifo());
        // Only root can make a device; it is never tried on a real one.
        let null = dir.path().join("null");
        let made = Command::new("mknod").arg(&null).args(["c", "1", "3"]).output().unwrap();
        if made.status.success() {
            write_file(&null, "gone").unwrap();
            assert!(null.metadata().unwrap().file_type().is_char_device());
        }
    }

    #[test]
    fn descriptors_are_written_and_not_replaced() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = format!("/proc/self/fd/{}", file.as_file().as_raw_fd());
        write_file(Path::new(&path), "one ").unwrap();
        write_file(Path::new(&path.replace("/proc/self", "/dev")), "two").unwrap();
        // The file that was open is the one that has the text.
        assert_eq!(read(file.path()), "one two");
        let (reader, writer) = io::pipe().unwrap();
        write_file(Path::new(&format!("/dev/fd/{}", writer.as_raw_fd())), "text").unwrap();
        drop(writer);
        assert_eq!(io::read_to_string(reader).unwrap(), "text");
    }
}
