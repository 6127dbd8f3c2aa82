//! The build context as Docker sends it: the folder less what the ignore file names, modes and times
//! as they are, owners as root.
//!
//! `render`'s context is another thing: deterministic, with two modes. Here a build must find what
//! it finds under `docker build`: empty folders, set modes, links to anywhere.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};

use super::ProofError;
use crate::project::{DockerIgnore, Inside};
use engine::Archive;

/// Where a Dockerfile goes that is not one of the context's files.
const ELSEWHERE: &str = ".mad-proof.Dockerfile";

/// A folder to build, and the Dockerfile in it or elsewhere.
#[derive(Debug, Clone)]
pub struct BuildFolder {
    folder: PathBuf,
    ignore: DockerIgnore,
    /// The Dockerfile's path in the archive.
    dockerfile: String,
}

impl BuildFolder {
    /// A context folder. As for Docker, `NAME.dockerignore` beside the Dockerfile counts before
    /// `.dockerignore` in the folder.
    pub fn open(folder: &Path, dockerfile: &Path) -> Result<Self, ProofError> {
        let real = |path: &Path| {
            fs::canonicalize(path)
                .map_err(|source| ProofError::Context { path: path.to_owned(), source })
        };
        let folder = real(folder)?;
        let mut beside = dockerfile.as_os_str().to_owned();
        beside.push(".dockerignore");
        let mut ignore = DockerIgnore::default();
        for path in [PathBuf::from(beside), folder.join(".dockerignore")] {
            match fs::read_to_string(&path) {
                Ok(text) => {
                    ignore = DockerIgnore::parse(&text)
                        .map_err(|source| ProofError::Ignore { path, source })?;
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ProofError::Context { path, source }),
            }
        }
        let inside = real(dockerfile).ok().and_then(|path| {
            path.strip_prefix(&folder).ok().and_then(Path::to_str).map(str::to_owned)
        });
        let dockerfile =
            inside.filter(|path| !ignore.ignores(path)).unwrap_or_else(|| ELSEWHERE.to_owned());
        Ok(Self { folder, ignore, dockerfile })
    }

    /// The Dockerfile's path in the archive.
    pub fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// What tells the folder from others, for the engine that keeps its context.
    pub(super) fn key(&self) -> String {
        hash::sha256(format!("mad users\n{}", self.folder.display()))
    }

    /// The archive with `text` as its Dockerfile, in a temporary file without a name.
    pub fn pack(&self, text: &str) -> Result<Archive, ProofError> {
        let fault = |source| self.fault(&self.folder, source);
        let out = io::BufWriter::new(tempfile::tempfile().map_err(fault)?);
        let out = self.write(text, out)?.into_inner();
        out.map_err(io::IntoInnerError::into_error).and_then(Archive::new).map_err(fault)
    }

    fn write<W: io::Write>(&self, text: &str, out: W) -> Result<W, ProofError> {
        let mut archive = tar::Builder::new(out);
        let folder = Inside::new(self.folder.as_path(), ".").open_folder();
        let folder = folder.map_err(|source| self.fault(&self.folder, source))?;
        self.folder(&mut archive, &folder, "")?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        let bytes = dockerfile::to_bytes(text);
        header.set_size(bytes.len() as u64);
        let written = archive.append_data(&mut header, &self.dockerfile, bytes.as_slice());
        let written = written.and_then(|()| archive.into_inner());
        written.map_err(|source| self.fault(&self.folder, source))
    }

    /// Adds what is in `folder`, which is `below` in the archive. All is read from what was opened: a
    /// link that takes a folder's place meanwhile leads nowhere.
    fn folder<W: io::Write>(
        &self,
        archive: &mut tar::Builder<W>,
        folder: &OwnedFd,
        below: &str,
    ) -> Result<(), ProofError> {
        let here = self.folder.join(below);
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(|error| self.fault(&here, error.into()))? {
            let entry = entry.map_err(|error| self.fault(&here, error.into()))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        names.sort();
        for name in names {
            let at = here.join(&name);
            let fail = |source: io::Error| self.fault(&at, source);
            let Some(name) = name.to_str() else {
                let source = io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8");
                return Err(fail(source));
            };
            let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            let facts = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
            let facts = facts.map_err(|error| fail(error.into()))?;
            let is_ignored = self.ignore.ignores(&path);
            if FileType::from_raw_mode(facts.st_mode) == FileType::Directory {
                let prunes = self.ignore.prunes(&path);
                if is_ignored && prunes {
                    continue;
                }
                let opened = open(folder, name, OFlags::DIRECTORY).map_err(fail)?;
                if !is_ignored {
                    let facts = rustix::fs::fstat(&opened).map_err(|error| fail(error.into()))?;
                    let mut header = header(&facts, tar::EntryType::Directory, 0);
                    archive
                        .append_data(&mut header, format!("{path}/"), io::empty())
                        .map_err(fail)?;
                }
                if !prunes {
                    self.folder(archive, &opened, &path)?;
                }
            } else if !is_ignored && path != self.dockerfile {
                entry(archive, folder, name, &path, &facts).map_err(fail)?;
            }
        }
        Ok(())
    }

    fn fault(&self, path: &Path, source: io::Error) -> ProofError {
        ProofError::Context { path: path.to_owned(), source }
    }
}

fn entry<W: io::Write>(
    archive: &mut tar::Builder<W>,
    folder: &OwnedFd,
    name: &str,
    path: &str,
    facts: &Stat,
) -> io::Result<()> {
    match FileType::from_raw_mode(facts.st_mode) {
        FileType::Symlink => {
            let target = rustix::fs::readlinkat(folder, name, Vec::new())?;
            let target = OsStr::from_bytes(target.to_bytes());
            archive.append_link(&mut header(facts, tar::EntryType::Symlink, 0), path, target)
        }
        FileType::RegularFile => {
            // A fifo that took the file's place must not hold the opening up.
            let file = File::from(open(folder, name, OFlags::NONBLOCK)?);
            let facts = rustix::fs::fstat(&file)?;
            if FileType::from_raw_mode(facts.st_mode) != FileType::RegularFile {
                return Err(io::Error::other("it is no regular file any more"));
            }
            let size = u64::try_from(facts.st_size).unwrap_or(0);
            // As many bytes as the header says, should the file change meanwhile.
            let content = file.take(size).chain(io::repeat(0)).take(size);
            let mut header = header(&facts, tar::EntryType::Regular, size);
            archive.append_data(&mut header, path, content)
        }
        // Sockets and devices are nothing that a build copies; Docker leaves them out as well.
        _ => Ok(()),
    }
}

/// Opens an entry of a folder; a link that took its place is an error.
fn open(folder: &OwnedFd, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?)
}

fn header(facts: &Stat, kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(facts.st_mode & 0o7777);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(facts.st_mtime).unwrap_or(0));
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn names(context: &BuildFolder) -> Vec<(String, u32)> {
        let bytes = context.write("new", Vec::new()).unwrap();
        let mut tar = tar::Archive::new(bytes.as_slice());
        tar.entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let mode = entry.header().mode().unwrap();
                (entry.path().unwrap().display().to_string(), mode)
            })
            .collect()
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        dir
    }

    #[test]
    fn a_folder_is_sent_as_it_is() {
        let dir = folder(&[("Dockerfile", "old"), ("b", ""), ("a/x", ""), (".dockerignore", "")]);
        fs::create_dir(dir.path().join("empty")).unwrap();
        for (name, mode) in [("empty", 0o700), ("b", 0o4750)] {
            fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink("/anywhere", dir.path().join("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        let context = BuildFolder::open(dir.path(), &dir.path().join("Dockerfile")).unwrap();
        let expected = [
            (".dockerignore", 0o644),
            ("a/", 0o755),
            ("a/x", 0o644),
            ("b", 0o4750),
            ("empty/", 0o700),
            ("link", 0o777),
            ("Dockerfile", 0o644),
        ];
        let expected = expected.map(|(name, mode)| (name.to_owned(), mode));
        assert_eq!(names(&context), expected);
    }

    #[test]
    fn the_ignore_file_beside_the_dockerfile_counts_first() {
        let dir = folder(&[
            ("docker/dev.Dockerfile", ""),
            ("docker/dev.Dockerfile.dockerignore", "*\n!keep/this\n"),
            (".dockerignore", "keep"),
            ("keep/this", ""),
            ("keep/that", ""),
        ]);
        let file = dir.path().join("docker/dev.Dockerfile");
        let context = BuildFolder::open(dir.path(), &file).unwrap();
        let found: Vec<String> = names(&context).into_iter().map(|(name, _)| name).collect();
        // Ignored, the Dockerfile goes where nothing of the context is.
        assert_eq!(found, ["keep/this", ELSEWHERE]);
        fs::remove_file(dir.path().join("docker/dev.Dockerfile.dockerignore")).unwrap();
        let context = BuildFolder::open(dir.path(), &file).unwrap();
        assert_eq!(context.dockerfile(), "docker/dev.Dockerfile");
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_or_a_file_brings_nothing_in() {
        let outside = folder(&[("secret", "outside"), ("in/secret", "outside")]);
        let dir = folder(&[("Dockerfile", ""), ("a/secret", "inside"), ("f", "inside")]);
        let opened = Inside::new(dir.path(), ".").open_folder().unwrap();
        // Looked at as what they are, and opened when they are links.
        let facts = rustix::fs::statat(&opened, "f", AtFlags::SYMLINK_NOFOLLOW).unwrap();
        fs::remove_file(dir.path().join("f")).unwrap();
        symlink(outside.path().join("secret"), dir.path().join("f")).unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        assert!(entry(&mut archive, &opened, "f", "f", &facts).is_err());
        fs::remove_dir_all(dir.path().join("a")).unwrap();
        symlink(outside.path().join("in"), dir.path().join("a")).unwrap();
        assert!(open(&opened, "a", OFlags::DIRECTORY).is_err());
        // Links that were there all the time are sent as links.
        let context = BuildFolder::open(dir.path(), &dir.path().join("Dockerfile")).unwrap();
        let bytes = context.write("new", Vec::new()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("outside\0"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let dir = folder(&[("Dockerfile", ""), (".dockerignore", "ok\n[")]);
        let file = dir.path().join("Dockerfile");
        let error = BuildFolder::open(dir.path(), &file).unwrap_err();
        assert!(matches!(error, ProofError::Ignore { .. }), "{error}");
        let error = BuildFolder::open(&dir.path().join("nowhere"), &file).unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}
