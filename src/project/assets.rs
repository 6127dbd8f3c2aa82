//! The templates, profiles and patches inside the binary, and the project's files over them.
//!
//! A file of the project with the same path replaces the embedded one; so a project starts from
//! nothing and takes over one file at a time.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use include_dir::{Dir, include_dir};
use thiserror::Error;

use super::inside::Inside;
use super::path::{PathError, relative, resolve};
use super::{Project, yaml};

static EMBEDDED: [(&str, Dir<'static>); 3] = [
    ("templates", include_dir!("$CARGO_MANIFEST_DIR/templates")),
    ("profiles", include_dir!("$CARGO_MANIFEST_DIR/profiles")),
    ("patches", include_dir!("$CARGO_MANIFEST_DIR/patches")),
];

/// Where an asset came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Inside the binary.
    Embedded,
    /// A file of the project.
    Project,
}

/// A file that mad reads or copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Relative to the project, with `/` between names.
    pub path: String,
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// Where it came from.
    pub origin: Origin,
}

impl Asset {
    /// The asset as text.
    pub fn text(&self) -> Result<&str, AssetError> {
        std::str::from_utf8(&self.bytes).map_err(|error| AssetError::NotText {
            path: self.path.clone(),
            byte: error.valid_up_to(),
        })
    }

    /// Whether it is a program, by the `#!` at its start. Not by its mode: the binary keeps none,
    /// and the same asset must have the same mode from the binary and from a checkout.
    pub fn executable(&self) -> bool {
        self.bytes.starts_with(b"#!")
    }
}

/// Why there is no such asset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssetError {
    /// Neither in the project nor in the binary.
    #[error("found nothing at `{path}`, neither in the project nor built in")]
    NotFound {
        /// Relative to the project.
        path: String,
        /// What was probably meant.
        suggestion: Option<String>,
        /// What is in that folder.
        known: Vec<String>,
    },
    /// A folder or a device where a file is wanted.
    #[error("found {what} at `{path}`, expected a file")]
    NotAFile {
        /// Relative to the project.
        path: String,
        /// What is there.
        what: &'static str,
    },
    /// No UTF-8.
    #[error("`{path}`: byte {byte} is not UTF-8, expected text")]
    NotText {
        /// Relative to the project.
        path: String,
        /// The first bad byte, from zero.
        byte: usize,
    },
    /// Not a path of the project, or not to be read.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl AssetError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { suggestion: Some(path), .. } => {
                Some(format!("did you mean `{path}`?"))
            }
            Self::NotFound { known, .. } if !known.is_empty() => {
                Some(format!("there are {}", yaml::quoted(known.iter().take(LISTED))))
            }
            Self::NotText { .. } => Some("save the file as UTF-8".to_owned()),
            _ => None,
        }
    }
}

impl Project {
    /// The file at `path`, from the project or else from the binary.
    pub fn asset(&self, path: &str) -> Result<Asset, AssetError> {
        let path = relative(path)?;
        if let Some(at) = resolve(self.root(), &path)? {
            if at.is_file() {
                return read(self.root(), &at, path);
            }
            let what = if at.is_dir() { "a folder" } else { "a special file" };
            return Err(AssetError::NotAFile { path, what });
        }
        match embedded_file(&path) {
            Some(bytes) => {
                Ok(Asset { path, bytes: Cow::Borrowed(bytes), origin: Origin::Embedded })
            }
            None => Err(self.not_found(path)),
        }
    }

    /// The file at `path` inside the binary, whatever the project has there.
    pub fn built_in(path: &str) -> Option<&'static [u8]> {
        embedded_file(path)
    }

    /// The paths of the files inside the binary below `folder`, sorted.
    pub fn built_in_below(folder: &str) -> Vec<String> {
        let mut found = BTreeMap::new();
        for (top, dir) in &EMBEDDED {
            collect_embedded(top, dir, folder, &mut found);
        }
        found.into_keys().collect()
    }

    /// Every asset under `folder`, the project's over the embedded ones, sorted by path.
    pub fn assets(&self, folder: &str) -> Result<Vec<Asset>, AssetError> {
        let folder = relative(folder)?;
        let mut found = BTreeMap::new();
        for (top, dir) in &EMBEDDED {
            collect_embedded(top, dir, &folder, &mut found);
        }
        if resolve(self.root(), &folder)?.is_some_and(|at| at.is_dir()) {
            self.collect_project(&folder, &mut found)?;
        }
        Ok(found.into_values().collect())
    }

    fn collect_project(
        &self,
        folder: &str,
        found: &mut BTreeMap<String, Asset>,
    ) -> Result<(), AssetError> {
        let unreadable = |error: std::io::Error| PathError::Unreadable {
            path: folder.to_owned(),
            reason: error.to_string(),
        };
        for entry in std::fs::read_dir(self.root().join(folder)).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let path = format!("{folder}/{}", name.to_string_lossy());
                return Err(PathError::Unreadable {
                    path,
                    reason: "its name is not UTF-8".to_owned(),
                }
                .into());
            };
            let path = format!("{folder}/{name}");
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                self.collect_project(&path, found)?;
            } else if name != KEEP && resolve(self.root(), &path)?.is_some() {
                // A link to a folder could lead in circles; `asset` says what it found instead.
                found.insert(path.clone(), self.asset(&path)?);
            }
        }
        Ok(())
    }

    fn not_found(&self, path: String) -> AssetError {
        let known = self.beside(&path);
        let suggestion = yaml::suggest(&path, known.iter().map(String::as_str)).map(str::to_owned);
        AssetError::NotFound { path, suggestion, known }
    }

    /// What is in the folder that `path` would be in, hidden files left out.
    fn beside(&self, path: &str) -> Vec<String> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let at = resolve(self.root(), if folder.is_empty() { "." } else { folder });
        let mut names = BTreeSet::new();
        if let Ok(Some(at)) = at {
            let entries = std::fs::read_dir(at).into_iter().flatten().flatten();
            names.extend(entries.filter_map(|entry| entry.file_name().into_string().ok()));
        }
        for asset in self.assets(folder).unwrap_or_default() {
            let name = asset.path.strip_prefix(&prefix).and_then(|rest| rest.split('/').next());
            names.extend(name.map(str::to_owned));
        }
        names.retain(|name| !name.starts_with('.'));
        names.into_iter().map(|name| format!("{prefix}{name}")).collect()
    }
}

/// How many names a hint lists.
const LISTED: usize = 12;

/// The most that is read of a profile, a template, a lock or a patch.
pub const MAX_ASSET_BYTES: u64 = 64 << 20;

/// Keeps an empty folder in git; never an asset.
const KEEP: &str = ".gitkeep";

/// `at` is below `root` and has no link in it; if it has one by now, that is an error.
fn read(root: &Path, at: &Path, path: String) -> Result<Asset, AssetError> {
    let unreadable = |reason: String| PathError::Unreadable { path: path.clone(), reason };
    let below = at.strip_prefix(root).unwrap_or(at);
    let file = Inside::new(root, below).open().map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_ASSET_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_ASSET_BYTES {
        let reason = format!("it has more than {} MiB", MAX_ASSET_BYTES >> 20);
        return Err(unreadable(reason).into());
    }
    Ok(Asset { path, bytes: Cow::Owned(bytes), origin: Origin::Project })
}

fn embedded_file(path: &str) -> Option<&'static [u8]> {
    let (top, rest) = path.split_once('/')?;
    let (_, dir) = EMBEDDED.iter().find(|(name, _)| *name == top)?;
    dir.get_file(rest).map(include_dir::File::contents)
}

fn collect_embedded(
    top: &str,
    dir: &'static Dir<'static>,
    folder: &str,
    found: &mut BTreeMap<String, Asset>,
) {
    for file in dir.files() {
        let path = format!("{top}/{}", file.path().to_string_lossy());
        let inside = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if inside && !path.ends_with(KEEP) {
            let asset = Asset {
                path: path.clone(),
                bytes: Cow::Borrowed(file.contents()),
                origin: Origin::Embedded,
            };
            found.insert(path, asset);
        }
    }
    for below in dir.dirs() {
        collect_embedded(top, below, folder, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;

    #[test]
    fn files_of_the_project_are_assets() {
        let (_folder, project) =
            project(&[("profiles/zz/b.yaml", "b"), ("profiles/zz/a", "#!/bin/sh\n")]);
        let asset = project.asset("./profiles/zz/a").unwrap();
        assert_eq!(
            (asset.path.as_str(), asset.origin, asset.executable()),
            ("profiles/zz/a", Origin::Project, true)
        );
        let paths: Vec<_> =
            project.assets("profiles/zz").unwrap().into_iter().map(|a| a.path).collect();
        assert_eq!(paths, ["profiles/zz/a", "profiles/zz/b.yaml"]);
    }

    #[test]
    fn every_embedded_asset_can_be_read_and_replaced() {
        let (_empty, empty) = project(&[]);
        for (top, _) in &EMBEDDED {
            for asset in empty.assets(top).unwrap() {
                assert_eq!(empty.asset(&asset.path), Ok(asset.clone()));
                let (_folder, over) = project(&[(asset.path.as_str(), "mine")]);
                assert_eq!(over.asset(&asset.path).unwrap().text(), Ok("mine"));
                assert!(
                    over.assets(top)
                        .unwrap()
                        .iter()
                        .any(|a| a.path == asset.path && a.origin == Origin::Project)
                );
            }
        }
    }

    #[test]
    fn what_is_missing_is_suggested() {
        let (_folder, project) = project(&[("profiles/zz/runtime.yaml", "")]);
        let error = project.asset("profiles/zz/runtme.yaml").unwrap_err();
        assert_eq!(error.hint().unwrap(), "did you mean `profiles/zz/runtime.yaml`?");
        assert!(matches!(project.asset("profiles/zz"), Err(AssetError::NotAFile { .. })));
    }

    #[test]
    fn paths_that_leave_are_refused() {
        let (folder, project) = project(&[("x", "")]);
        std::os::unix::fs::symlink("/etc", folder.path().join("templates")).unwrap();
        for path in ["../x", "/etc/passwd", "templates/passwd", ""] {
            assert!(matches!(project.asset(path), Err(AssetError::Path(_))), "{path}");
        }
        assert!(project.assets("templates").is_err());
    }
}
