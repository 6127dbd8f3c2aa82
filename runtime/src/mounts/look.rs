//! Looks at every target, each in a thread: one that hangs keeps none of the others. It is run in a process
//! of its own, which is left behind when it does not end.

use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc;
use std::time::Instant;

use runtime_config::Mount;
use runtime_config::mounts::Kind;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::facts::{Facts, What};

/// Entries of a folder in which links are looked for, and links that are told.
const MOST_ENTRIES: usize = 4096;
const MOST_LINKS: usize = 5;

/// Bytes that are written to see whether there is room.
const PROBE_BYTES: usize = 4096;

/// Prints what is seen of each as a line of JSON, as soon as it is.
pub fn look(mounts: &[Mount]) -> std::io::Result<()> {
    let (sender, seen) = mpsc::channel();
    for (index, mount) in mounts.iter().enumerate() {
        let (mount, sender) = (mount.clone(), sender.clone());
        std::thread::Builder::new().stack_size(128 << 10).spawn(move || {
            sender.send(one(index, &mount)).ok();
        })?;
    }
    drop(sender);
    let mut out = std::io::stdout().lock();
    for facts in seen {
        let line = serde_json::to_string(&facts).expect("numbers and texts are JSON");
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    Ok(())
}

fn one(index: usize, mount: &Mount) -> Facts {
    let begin = Instant::now();
    let path = Path::new(mount.path());
    let mut facts = Facts { index, ..Facts::default() };
    if path.symlink_metadata().is_ok_and(|own| own.is_symlink()) {
        facts.link = path.read_link().ok().map(|to| to.display().to_string());
    }
    match path.metadata() {
        Err(error) => facts.error = Some(error.raw_os_error().unwrap_or(0)),
        Ok(own) => {
            facts.what = Some(match own.file_type() {
                kind if kind.is_dir() => What::Folder,
                kind if kind.is_file() => What::File,
                kind => {
                    debug_assert!(kind.is_char_device() || kind.is_fifo() || !kind.is_dir());
                    What::Other
                }
            });
            (facts.uid, facts.gid, facts.mode) = (own.uid(), own.gid(), own.mode() & 0o7777);
            facts.is_deleted = own.nlink() == 0;
            facts.is_empty = own.is_file() && own.len() == 0;
            content(mount, path, &mut facts);
        }
    }
    facts.millis = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    facts
}

fn content(mount: &Mount, path: &Path, facts: &mut Facts) {
    if let Ok(room) = rustix::fs::statvfs(path) {
        facts.total_bytes = room.f_blocks.saturating_mul(room.f_frsize);
        facts.free_bytes = room.f_bavail.saturating_mul(room.f_frsize);
        (facts.total_inodes, facts.free_inodes) = (room.f_files, room.f_favail);
    }
    match facts.what {
        Some(What::Folder) => {
            match std::fs::read_dir(path) {
                Err(error) => facts.read_error = error.raw_os_error(),
                Ok(entries) => {
                    let names: Vec<PathBuf> =
                        entries.flatten().take(MOST_ENTRIES).map(|entry| entry.path()).collect();
                    facts.is_empty = names.is_empty();
                    facts.links = names
                        .iter()
                        .filter_map(|name| lost(mount, path, name))
                        .take(MOST_LINKS)
                        .collect();
                    // A config folder that is read by nobody is no use; one file stands for the others.
                    let unread = names.iter().filter(|name| name.is_file());
                    facts.read_error = (!mount.kind.is_writable())
                        .then(|| unread.clone().find_map(|name| read_error(name)))
                        .flatten();
                }
            }
            if mount.is_writable() {
                facts.write_error = write(path).err().map(Errno::raw_os_error);
            }
        }
        Some(What::File) => facts.read_error = read_error(path),
        _ => {}
    }
}

fn read_error(path: &Path) -> Option<i32> {
    // Without waiting: a fifo has nobody at its other end.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    rustix::fs::openat(CWD, path, flags, Mode::empty()).err().map(Errno::raw_os_error)
}

/// A link that finds nothing here: one that leaves the mount, or any of what is only read.
fn lost(mount: &Mount, folder: &Path, name: &Path) -> Option<(String, String)> {
    let to = name.read_link().ok()?;
    if name.metadata().is_ok() {
        return None;
    }
    let leaves = !normal(&folder.join(&to)).starts_with(folder);
    let is_told = leaves || matches!(mount.kind, Kind::Config | Kind::Secret);
    let name = name.file_name()?.to_string_lossy().into_owned();
    is_told.then(|| (name, to.display().to_string()))
}

/// Without `.` and `..`, by the text alone.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// Writes a few bytes to a file without a name; where a file system has no such, to one that is removed.
fn write(folder: &Path) -> Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o600);
    let name = folder.join(format!(".mad-probe-{}", std::process::id()));
    let (file, named) = match rustix::fs::openat(CWD, folder, flags | OFlags::TMPFILE, mode) {
        Ok(file) => (file, false),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => {
            let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
            (rustix::fs::openat(CWD, &name, flags, mode)?, true)
        }
        Err(error) => return Err(error),
    };
    let written = rustix::io::write(&file, &[0; PROBE_BYTES]);
    if named {
        rustix::fs::unlinkat(CWD, &name, AtFlags::empty()).ok();
    }
    match written {
        Ok(PROBE_BYTES) => Ok(()),
        Ok(_) => Err(Errno::NOSPC),
        Err(error) => Err(error),
    }
}
