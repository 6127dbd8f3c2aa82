//! Files below a folder, opened so that no link leads elsewhere, whenever it was made.
//!
//! A path that was looked at may be another thing when it is opened: between the two somebody can put
//! a link in its place. So what counts is checked on what was opened. `openat2` refuses every link on
//! the way (Linux 5.6); where a kernel or a sandbox has none, the path is walked name by name.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

/// A file below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Shared: there may be a hundred thousand files below it.
    root: Arc<Path>,
    /// Below the root, with no link in it when it was found.
    path: PathBuf,
}

impl Inside {
    /// The file `path` below `root`, which is where nobody but the user can put links.
    pub fn new(root: impl Into<Arc<Path>>, path: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), path: path.into() }
    }

    /// Opens it for reading. An error where it is no regular file, or where a link is in its path.
    pub fn open(&self) -> io::Result<File> {
        // A fifo that took the file's place must not hold the opening up.
        let file = File::from(below(&self.root, &self.path, OFlags::RDONLY | OFlags::NONBLOCK)?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        Ok(file)
    }

    /// Opens it as a folder, whose entries are then read from what was opened.
    pub fn open_folder(&self) -> io::Result<OwnedFd> {
        folder(&self.root, &self.path)
    }
}

/// Opens a folder below `root`; `.` is the root itself.
pub(super) fn folder(root: &Path, path: &Path) -> io::Result<OwnedFd> {
    below(root, path, OFlags::RDONLY | OFlags::DIRECTORY)
}

fn below(root: &Path, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = openat(CWD, root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match openat2(&root, path, flags, Mode::empty(), resolve) {
        // Older sandboxes refuse calls that they do not know.
        Err(Errno::NOSYS | Errno::PERM) => step_by_step(root, path, flags),
        opened => opened.map_err(explained),
    }
}

fn step_by_step(root: OwnedFd, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let names: Vec<_> = path.iter().filter(|name| *name != ".").collect();
    if names.iter().any(|name| *name == ".." || *name == "/") {
        return Err(explained(Errno::XDEV));
    }
    let folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = root;
    for (index, name) in names.iter().enumerate() {
        let flags = if index + 1 == names.len() { flags } else { folder };
        at = openat(at.as_fd(), *name, flags, Mode::empty()).map_err(explained)?;
    }
    Ok(at)
}

/// `ELOOP` is what the system says of a link that is not to be followed.
pub(super) fn explained(error: Errno) -> io::Error {
    match error {
        Errno::LOOP | Errno::XDEV => {
            io::Error::other("a symbolic link took its place while it was read")
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    fn read(root: &Path, path: &str) -> io::Result<String> {
        let mut text = String::new();
        Inside::new(root, path).open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn no_link_is_followed_wherever_it_is() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("f"), "outside").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/f"), "inside").unwrap();
        symlink(outside.path(), root.join("folder")).unwrap();
        symlink(outside.path().join("f"), root.join("file")).unwrap();
        symlink("a", root.join("near")).unwrap();
        assert_eq!(read(root, "a/f").unwrap(), "inside");
        let walked = |path: &str| {
            let root = openat(CWD, root, OFlags::DIRECTORY, Mode::empty()).unwrap();
            step_by_step(root, Path::new(path), OFlags::RDONLY | OFlags::NOFOLLOW)
        };
        assert!(walked("a/f").is_ok() && walked(".").is_ok());
        let up = format!("../{}/f", outside.path().file_name().unwrap().to_str().unwrap());
        for path in ["folder/f", "file", "near/f", up.as_str(), "/etc/passwd"] {
            assert!(read(root, path).is_err(), "{path}");
            assert!(walked(path).is_err(), "{path}");
        }
    }

    #[test]
    fn only_regular_files_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        rustix::fs::mkfifoat(CWD, &fifo, Mode::from_raw_mode(0o600)).unwrap();
        assert!(read(dir.path(), "fifo").is_err());
        std::fs::create_dir(dir.path().join("d")).unwrap();
        assert!(read(dir.path(), "d").is_err());
    }
}
