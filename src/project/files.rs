//! The files under a `source` of a profile, in the order and with the modes that a build sees.
//!
//! Folders are walked whole, less what `.dockerignore` names. As in git, an empty folder is no
//! entry. Where the project has nothing at that path, the embedded assets are asked. A symbolic link
//! is copied as a link, whatever it says: nothing is read through one that leaves the project.

use std::borrow::Cow;
use std::ffi::{CStr, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};

use super::inside::{self, Inside};
use super::path::{PathError, relative, resolve};
use super::{DockerIgnore, FilesError, Project};

/// One file to copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Relative to the source, with `/` between names; empty where the source is this file.
    pub path: String,
    /// What is copied.
    pub content: Content,
}

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file on disk.
    File {
        /// Where it is, to be opened without following a link.
        at: Inside,
        /// Whether its owner may run it.
        executable: bool,
    },
    /// A file of the binary.
    Embedded {
        /// What is in it.
        bytes: Cow<'static, [u8]>,
        /// Whether it starts with `#!`.
        executable: bool,
    },
    /// A link, to wherever.
    Symlink {
        /// As the link says it.
        target: String,
    },
    /// A socket, a fifo, a device: nothing to copy.
    Special {
        /// What it is.
        what: &'static str,
    },
}

impl Project {
    /// The files under `source`, sorted by path.
    pub fn walk(&self, source: &str) -> Result<Vec<ProjectFile>, FilesError> {
        let source = relative(source)?;
        let walk = Walk { project: self, ignore: self.dockerignore()? };
        let mut found = Vec::new();
        let real = match resolve(self.root(), &source) {
            Ok(Some(real)) => real,
            Ok(None) => return self.walk_embedded(&source),
            // What a link leads to outside is not read; the link itself is of the project.
            Err(error) => {
                let at = self.link_at(&source).filter(|_| !walk.ignore.ignores(&source));
                let at = at.ok_or(error)?;
                let target = rustix::fs::readlinkat(CWD, &at, Vec::new());
                let target = target.map_err(|error| unreadable(&source, &error.into()))?;
                let content = link(&source, &target)?;
                return Ok(vec![ProjectFile { path: String::new(), content }]);
            }
        };
        // No link is left in it, and from here on none is followed.
        let below = real.strip_prefix(self.root()).unwrap_or(Path::new("."));
        let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
        if real.is_dir() {
            let folder =
                inside::folder(self.root(), below).map_err(|error| unreadable(&source, &error))?;
            let count = walk.folder(&source, below, folder, "", &mut found)?;
            if !found.iter().any(|file| !matches!(file.content, Content::Special { .. })) {
                return Err(if count > 0 && found.is_empty() {
                    FilesError::AllIgnored { path: source }
                } else {
                    FilesError::NoFiles { path: source }
                });
            }
        } else if walk.ignore.ignores(&source) {
            return Err(FilesError::AllIgnored { path: source });
        } else {
            let facts =
                rustix::fs::lstat(&real).map_err(|error| unreadable(&source, &error.into()))?;
            let content = file(Inside::new(self.shared_root(), below), &facts);
            if let Content::Special { what } = content {
                return Err(FilesError::Special { path: source, what });
            }
            found.push(ProjectFile { path: String::new(), content });
        }
        // `a-b` sorts before `a/b` by bytes: one order, whatever the file system's.
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Where `source` is, if it is a link in a folder of the project.
    fn link_at(&self, source: &str) -> Option<PathBuf> {
        let (folder, name) = source.rsplit_once('/').unwrap_or((".", source));
        let at = resolve(self.root(), folder).ok()??.join(name);
        at.symlink_metadata().is_ok_and(|facts| facts.is_symlink()).then_some(at)
    }

    fn walk_embedded(&self, source: &str) -> Result<Vec<ProjectFile>, FilesError> {
        let mut assets = self.assets(source)?;
        if assets.is_empty() {
            assets.push(self.asset(source)?);
        }
        Ok(assets
            .into_iter()
            .map(|asset| ProjectFile {
                path: asset
                    .path
                    .strip_prefix(source)
                    .unwrap_or_default()
                    .trim_start_matches('/')
                    .to_owned(),
                content: Content::Embedded { executable: asset.executable(), bytes: asset.bytes },
            })
            .collect())
    }

    fn dockerignore(&self) -> Result<DockerIgnore, FilesError> {
        match resolve(self.root(), ".dockerignore")? {
            None => Ok(DockerIgnore::default()),
            Some(_) => Ok(DockerIgnore::parse(self.asset(".dockerignore")?.text()?)?),
        }
    }
}

struct Walk<'a> {
    project: &'a Project,
    ignore: DockerIgnore,
}

impl Walk<'_> {
    /// Adds what is in `folder`, and counts what it holds; `source` is its path in the project as it
    /// was asked for, `below` without links, `prefix` that in the entry.
    fn folder(
        &self,
        source: &str,
        below: &Path,
        folder: OwnedFd,
        prefix: &str,
        found: &mut Vec<ProjectFile>,
    ) -> Result<usize, FilesError> {
        let fail = |path: &str, error| unreadable(path, &inside::explained(error));
        let mut count = 0;
        for entry in Dir::read_from(&folder).map_err(|error| fail(source, error))? {
            let entry = entry.map_err(|error| fail(source, error))?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            count += 1;
            let in_project = |name: &str| {
                if source == "." { name.to_owned() } else { format!("{source}/{name}") }
            };
            let Some(name) = name.to_str() else {
                return Err(FilesError::Name { path: in_project(&name.to_string_lossy()) });
            };
            let (project_path, path) = (in_project(name), format!("{prefix}{name}"));
            let here = below.join(name);
            let facts = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| fail(&project_path, error))?;
            match FileType::from_raw_mode(facts.st_mode) {
                FileType::Directory if self.ignore.prunes(&project_path) => {}
                FileType::Directory => {
                    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                    let flags = flags | OFlags::CLOEXEC;
                    let opened = rustix::fs::openat(&folder, name, flags, Mode::empty())
                        .map_err(|error| fail(&project_path, error))?;
                    self.folder(&project_path, &here, opened, &format!("{path}/"), found)?;
                }
                _ if self.ignore.ignores(&project_path) => {}
                FileType::Symlink => {
                    let target = rustix::fs::readlinkat(&folder, name, Vec::new())
                        .map_err(|error| fail(&project_path, error))?;
                    let content = link(&project_path, &target)?;
                    found.push(ProjectFile { path, content });
                }
                _ => {
                    let at = Inside::new(self.project.shared_root(), here);
                    found.push(ProjectFile { path, content: file(at, &facts) });
                }
            }
        }
        Ok(count)
    }
}

fn link(path: &str, target: &CStr) -> Result<Content, FilesError> {
    match target.to_str() {
        Ok(target) => Ok(Content::Symlink { target: target.to_owned() }),
        Err(_) => Err(FilesError::LinkText { path: path.to_owned() }),
    }
}

fn file(at: Inside, facts: &Stat) -> Content {
    let what = match FileType::from_raw_mode(facts.st_mode) {
        FileType::RegularFile => {
            return Content::File { at, executable: facts.st_mode & 0o100 != 0 };
        }
        FileType::Fifo => "a fifo",
        FileType::Socket => "a socket",
        FileType::Symlink => "a link that was made meanwhile",
        _ => "a device",
    };
    Content::Special { what }
}

fn unreadable(path: &str, error: &std::io::Error) -> FilesError {
    PathError::Unreadable { path: path.to_owned(), reason: error.to_string() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn paths(project: &Project, source: &str) -> Vec<String> {
        project.walk(source).unwrap().into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn a_folder_is_sorted_and_filtered() {
        let ignore = "app/target\n**/*.log\n!app/keep.log\n";
        let (folder, project) = project(&[
            (".dockerignore", ignore),
            ("app/b", ""),
            ("app/a/x", ""),
            ("app/a-b", ""),
            ("app/target/y", ""),
            ("app/n.log", ""),
            ("app/keep.log", ""),
        ]);
        fs::create_dir(folder.path().join("app/empty")).unwrap();
        assert_eq!(paths(&project, "app/"), ["a-b", "a/x", "b", "keep.log"]);
        assert_eq!(paths(&project, "app/b"), [""]);
        assert!(paths(&project, ".").contains(&"app/a/x".to_owned()));
        assert!(matches!(project.walk("app/n.log"), Err(FilesError::AllIgnored { .. })));
        assert!(matches!(project.walk("app/target"), Err(FilesError::AllIgnored { .. })));
        assert!(matches!(project.walk("app/empty"), Err(FilesError::NoFiles { .. })));
        assert!(matches!(project.walk("app/c"), Err(FilesError::Asset(_))));
    }

    #[test]
    fn programs_stay_programs() {
        let (folder, project) = project(&[("bin/run", ""), ("bin/data", "")]);
        fs::set_permissions(folder.path().join("bin/run"), fs::Permissions::from_mode(0o755))
            .unwrap();
        let files = project.walk("bin").unwrap();
        let programs: Vec<bool> = files
            .iter()
            .map(|file| matches!(file.content, Content::File { executable: true, .. }))
            .collect();
        assert_eq!(programs, [false, true]);
    }

    #[test]
    fn links_are_copied_as_links_wherever_they_lead() {
        let (folder, project) = project(&[("a/f", ""), ("b/f", "")]);
        let link = |target: &str| Content::Symlink { target: target.to_owned() };
        for target in ["../b/f", "/usr/bin/python3", "../../x", "/", "..", "nothing", "self"] {
            symlink(target, folder.path().join("a/self")).unwrap();
            assert_eq!(project.walk("a").unwrap()[1].content, link(target));
            fs::remove_file(folder.path().join("a/self")).unwrap();
        }
        // As a source itself: followed in the project, a link where it leads out.
        for (name, target) in [("out", "/usr/bin/env"), ("gone", "/nothing"), ("up", "../../x")] {
            symlink(target, folder.path().join("a").join(name)).unwrap();
            let files = project.walk(&format!("a/{name}")).unwrap();
            assert_eq!((files.len(), &*files[0].path, &files[0].content), (1, "", &link(target)));
        }
        let inside = folder.path().canonicalize().unwrap().join("b/f");
        symlink(inside, folder.path().join("a/in")).unwrap();
        assert!(matches!(project.walk("a/in").unwrap()[0].content, Content::File { .. }));
        // Nothing is read through a link.
        symlink("/etc", folder.path().join("etc")).unwrap();
        for source in ["etc/hostname", "etc/ssl/certs", "etc/nothing"] {
            assert!(project.walk(source).is_err(), "{source}");
        }
        fs::write(folder.path().join(".dockerignore"), "a/out").unwrap();
        assert!(project.walk("a/out").is_err());
    }

    #[test]
    fn sockets_and_the_like_are_left_out_of_a_folder() {
        let (folder, project) = project(&[("a/f", ""), ("b/f", "")]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("a/s")).unwrap();
        let files = project.walk("a").unwrap();
        assert_eq!(files[1].content, Content::Special { what: "a socket" });
        assert_eq!(
            project.walk("a/s").unwrap_err().to_string(),
            "found a socket at `a/s`, expected files, folders and links"
        );
        fs::remove_file(folder.path().join("a/f")).unwrap();
        assert!(matches!(project.walk("a"), Err(FilesError::NoFiles { .. })));
    }

    #[test]
    fn a_name_that_is_no_text_is_named() {
        let (folder, project) = project(&[("b/f", "")]);
        fs::write(folder.path().join("b").join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        assert!(matches!(project.walk("b"), Err(FilesError::Name { .. })));
    }
}
