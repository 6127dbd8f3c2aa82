//! The files under a `source` of a profile, in the order and with the modes that a build sees.
//!
//! Folders are walked whole, less what `.dockerignore` names. As in git, an empty folder is no
//! entry. Where the project has nothing at that path, the embedded assets are asked.

use std::borrow::Cow;
use std::fs::FileType;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

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
        /// Where it is.
        at: PathBuf,
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
    /// A link to somewhere in the project.
    Symlink {
        /// As the link says it, relative to the link.
        target: String,
    },
}

impl Project {
    /// The files under `source`, sorted by path.
    pub fn walk(&self, source: &str) -> Result<Vec<ProjectFile>, FilesError> {
        let source = relative(source)?;
        let Some(real) = resolve(self.root(), &source)? else {
            return self.walk_embedded(&source);
        };
        let walk = Walk { project: self, ignore: self.dockerignore()? };
        let mut found = Vec::new();
        if real.is_dir() {
            walk.folder(&source, &real, "", &mut found)?;
            if found.is_empty() {
                let read =
                    std::fs::read_dir(&real).is_ok_and(|mut entries| entries.next().is_some());
                return Err(if read {
                    FilesError::AllIgnored { path: source }
                } else {
                    FilesError::NoFiles { path: source }
                });
            }
        } else if walk.ignore.ignores(&source) {
            return Err(FilesError::AllIgnored { path: source });
        } else {
            let kind = real.metadata().map_err(|error| unreadable(&source, &error))?.file_type();
            found.push(ProjectFile { path: String::new(), content: file(&source, &real, kind)? });
        }
        // `a-b` sorts before `a/b` by bytes: one order, whatever the file system's.
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
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
    /// Adds what is in `folder`; `source` is its path in the project, `prefix` that in the entry.
    fn folder(
        &self,
        source: &str,
        folder: &Path,
        prefix: &str,
        found: &mut Vec<ProjectFile>,
    ) -> Result<(), FilesError> {
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(source, &error))? {
            let entry = entry.map_err(|error| unreadable(source, &error))?;
            let name = entry.file_name();
            let in_project = |name: &str| {
                if source == "." { name.to_owned() } else { format!("{source}/{name}") }
            };
            let Some(name) = name.to_str() else {
                return Err(FilesError::Name { path: in_project(&name.to_string_lossy()) });
            };
            let (project_path, path) = (in_project(name), format!("{prefix}{name}"));
            let kind = entry.file_type().map_err(|error| unreadable(&project_path, &error))?;
            if kind.is_dir() {
                if !self.ignore.prunes(&project_path) {
                    self.folder(&project_path, &entry.path(), &format!("{path}/"), found)?;
                }
            } else if !self.ignore.ignores(&project_path) {
                let content = if kind.is_symlink() {
                    self.link(&project_path, &entry.path())?
                } else {
                    file(&project_path, &entry.path(), kind)?
                };
                found.push(ProjectFile { path, content });
            }
        }
        Ok(())
    }

    /// A link is kept as it is; both what it says and where it leads must stay in the project.
    fn link(&self, path: &str, at: &Path) -> Result<Content, FilesError> {
        let target = std::fs::read_link(at).map_err(|error| unreadable(path, &error))?;
        let Some(text) = target.to_str() else {
            return Err(FilesError::Name { path: path.to_owned() });
        };
        if target.is_absolute() {
            return Err(FilesError::AbsoluteLink {
                path: path.to_owned(),
                target: text.to_owned(),
            });
        }
        // A broken link may be meant: its target can be made in the image. Then only the text counts.
        let mut depth = path.matches('/').count();
        for part in target.components() {
            match part {
                Component::ParentDir if depth == 0 => {
                    return Err(PathError::LinkLeaves {
                        path: path.to_owned(),
                        to: target.clone(),
                    }
                    .into());
                }
                Component::ParentDir => depth -= 1,
                Component::Normal(_) => depth += 1,
                _ => {}
            }
        }
        match resolve(self.project.root(), path) {
            Ok(_) | Err(PathError::LinkBroken { .. }) => {
                Ok(Content::Symlink { target: text.to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn file(path: &str, at: &Path, kind: FileType) -> Result<Content, FilesError> {
    if kind.is_file() {
        let mode = at.metadata().map_err(|error| unreadable(path, &error))?.permissions().mode();
        return Ok(Content::File { at: at.to_owned(), executable: mode & 0o100 != 0 });
    }
    let what = match () {
        () if kind.is_fifo() => "a fifo",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(FilesError::Special { path: path.to_owned(), what })
}

fn unreadable(path: &str, error: &std::io::Error) -> FilesError {
    PathError::Unreadable { path: path.to_owned(), reason: error.to_string() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

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
    fn links_stay_links_inside_and_are_refused_outside() {
        let (folder, project) = project(&[("a/f", ""), ("b/f", "")]);
        symlink("../b/f", folder.path().join("a/in")).unwrap();
        let files = project.walk("a").unwrap();
        assert_eq!(files[1].content, Content::Symlink { target: "../b/f".to_owned() });
        for target in ["../../x", "/etc/passwd"] {
            symlink(target, folder.path().join("a/out")).unwrap();
            assert!(project.walk("a").is_err(), "{target}");
            fs::remove_file(folder.path().join("a/out")).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_copied_is_named() {
        let (folder, project) = project(&[("a/f", ""), ("b/f", "")]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("a/s")).unwrap();
        assert_eq!(
            project.walk("a").unwrap_err().to_string(),
            "found a socket at `a/s`, expected files, folders and links"
        );
        fs::write(folder.path().join("b").join(std::ffi::OsStr::from_bytes(b"\xff")), "").unwrap();
        assert!(matches!(project.walk("b"), Err(FilesError::Name { .. })));
    }
}
