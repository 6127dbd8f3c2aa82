//! The build context as Docker sends it: the folder less what the ignore file names, modes and times
//! as they are, owners as root.
//!
//! `render`'s context is another thing: deterministic, with two modes. Here a build must find what
//! it finds under `docker build`: empty folders, set modes, links to anywhere.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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

    /// The archive with `text` as its Dockerfile, in a temporary file without a name.
    pub fn pack(&self, text: &str) -> Result<Archive, ProofError> {
        let fault = |source| self.fault(&self.folder, source);
        let out = io::BufWriter::new(tempfile::tempfile().map_err(fault)?);
        let out = self.write(text, out)?.into_inner();
        out.map_err(io::IntoInnerError::into_error).and_then(Archive::new).map_err(fault)
    }

    fn write<W: io::Write>(&self, text: &str, out: W) -> Result<W, ProofError> {
        let mut archive = tar::Builder::new(out);
        self.folder(&mut archive, "")?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        let bytes = dockerfile::to_bytes(text);
        header.set_size(bytes.len() as u64);
        let written = archive.append_data(&mut header, &self.dockerfile, bytes.as_slice());
        let written = written.and_then(|()| archive.into_inner());
        written.map_err(|source| self.fault(&self.folder, source))
    }

    fn folder<W: io::Write>(
        &self,
        archive: &mut tar::Builder<W>,
        below: &str,
    ) -> Result<(), ProofError> {
        let folder = self.folder.join(below);
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(|source| self.fault(&folder, source))? {
            names.push(entry.map_err(|source| self.fault(&folder, source))?.file_name());
        }
        names.sort();
        for name in names {
            let at = folder.join(&name);
            let Some(name) = name.to_str() else {
                let source = io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8");
                return Err(self.fault(&at, source));
            };
            let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            let facts = fs::symlink_metadata(&at).map_err(|source| self.fault(&at, source))?;
            let is_ignored = self.ignore.ignores(&path);
            if facts.is_dir() {
                if !is_ignored {
                    let mut header = header(&facts, tar::EntryType::Directory, 0);
                    archive
                        .append_data(&mut header, format!("{path}/"), io::empty())
                        .map_err(|source| self.fault(&at, source))?;
                }
                if !self.ignore.prunes(&path) {
                    self.folder(archive, &path)?;
                }
            } else if !is_ignored && path != self.dockerfile {
                entry(archive, &self.folder, &path, &at, &facts)
                    .map_err(|source| self.fault(&at, source))?;
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
    folder: &Path,
    path: &str,
    at: &Path,
    facts: &Metadata,
) -> io::Result<()> {
    if facts.is_symlink() {
        let mut header = header(facts, tar::EntryType::Symlink, 0);
        return archive.append_link(&mut header, path, fs::read_link(at)?);
    }
    // Sockets and devices are nothing that a build copies; Docker leaves them out as well.
    if !facts.is_file() {
        return Ok(());
    }
    let mut header = header(facts, tar::EntryType::Regular, facts.len());
    // As many bytes as the header says, should the file change meanwhile.
    // A link that took its place meanwhile could lead out of the folder.
    let content =
        Inside::new(folder, path).open()?.take(facts.len()).chain(io::repeat(0)).take(facts.len());
    archive.append_data(&mut header, path, content)
}

fn header(facts: &Metadata, kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(facts.mode() & 0o7777);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(facts.mtime()).unwrap_or(0));
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
    fn what_cannot_be_used_is_named() {
        let dir = folder(&[("Dockerfile", ""), (".dockerignore", "ok\n[")]);
        let file = dir.path().join("Dockerfile");
        let error = BuildFolder::open(dir.path(), &file).unwrap_err();
        assert!(matches!(error, ProofError::Ignore { .. }), "{error}");
        let error = BuildFolder::open(&dir.path().join("nowhere"), &file).unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
}
