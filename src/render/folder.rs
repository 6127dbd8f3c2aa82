//! A folder to write into, in which no link is followed.
//!
//! `mad render -o DIR` may be run again and again in a folder that others write to as well. Every name
//! is opened from the folder that was opened before it, so that what is written stays below DIR.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

pub(super) struct Folder {
    root: OwnedFd,
}

impl Folder {
    /// Makes the folder where there is none. DIR itself may be a link: the user named it.
    pub fn open(dir: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let root =
            rustix::fs::openat(CWD, dir, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { root })
    }

    /// Makes a folder and those above it, all with mode 0755.
    pub fn make_folder(&self, path: &str) -> io::Result<()> {
        let folder = self.folder(path, true)?;
        Ok(rustix::fs::fchmod(&folder, Mode::from_raw_mode(0o755))?)
    }

    /// Writes a file beside its place, then renames it: whole or not at all.
    pub fn write(&self, path: &str, mode: u32, content: &mut dyn io::Read) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        self.put(path, |folder, name| {
            let mode = Mode::from_raw_mode(mode);
            let opened = rustix::fs::openat(folder, name, flags | OFlags::CLOEXEC, mode)?;
            let mut file = File::from(opened);
            io::copy(content, &mut file)?;
            // The umask took its part when the file was made.
            Ok(rustix::fs::fchmod(&file, mode)?)
        })
    }

    /// Makes a symbolic link.
    pub fn link(&self, path: &str, target: &str) -> io::Result<()> {
        self.put(path, |folder, name| Ok(rustix::fs::symlinkat(target, folder, name)?))
    }

    fn put(
        &self,
        path: &str,
        make: impl FnOnce(&OwnedFd, &str) -> io::Result<()>,
    ) -> io::Result<()> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = self.folder(above, false)?;
        let temporary = format!(".mad-{}", uuid::Uuid::new_v4().simple());
        let put = make(&folder, &temporary)
            .and_then(|()| Ok(rustix::fs::renameat(&folder, temporary.as_str(), &folder, name)?));
        put.map_err(|error| {
            // What cannot be put in its place must not stay beside it.
            let _ = rustix::fs::unlinkat(&folder, temporary.as_str(), AtFlags::empty());
            io::Error::new(error.kind(), format!("`{path}`: {error}"))
        })
    }

    fn folder(&self, path: &str, make: bool) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at = self.root.as_fd().try_clone_to_owned()?;
        let names = path.split('/').filter(|name| !name.is_empty());
        for name in names {
            if make {
                match rustix::fs::mkdirat(&at, name, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            at = rustix::fs::openat(&at, name, flags, Mode::empty()).map_err(|error| {
                let facts = rustix::fs::statat(&at, name, AtFlags::SYMLINK_NOFOLLOW);
                let is_link = facts
                    .is_ok_and(|facts| FileType::from_raw_mode(facts.st_mode) == FileType::Symlink);
                if is_link {
                    io::Error::other(format!(
                        "found a symbolic link at `{name}` of `{path}`, expected a folder; remove it"
                    ))
                } else {
                    io::Error::new(error.kind(), format!("`{path}`: {error}"))
                }
            })?;
        }
        Ok(at)
    }
}
