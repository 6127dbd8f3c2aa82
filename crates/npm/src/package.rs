//! What is taken out of a package: a few files, and what its `package.json` says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

/// Always read along.
pub(super) const MANIFEST: &str = "package.json";

/// The files to take: exact paths inside the package, without the tarball's first folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSelection(BTreeSet<String>);

/// A path that no package can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("found the path `{0}`, expected one inside the package, such as `src/index.js`")]
pub struct FileSelectionError(String);

impl FileSelection {
    /// Checks the paths.
    pub fn new(
        paths: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, FileSelectionError> {
        let mut set = BTreeSet::new();
        for path in paths {
            let path = path.into();
            let inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
            if !inside || path.contains(['\0', '\\']) {
                return Err(FileSelectionError(path));
            }
            set.insert(path);
        }
        Ok(Self(set))
    }

    /// In order, `package.json` among them only if it was asked for.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// In order, `package.json` among them.
    pub(super) fn with_manifest(&self) -> BTreeSet<&str> {
        self.paths().chain([MANIFEST]).collect()
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// 0o644 or 0o755: npm keeps the executable bit and nothing else.
    pub mode: u32,
}

impl PackageFile {
    /// With npm's view of a mode.
    pub fn new(bytes: impl Into<Arc<[u8]>>, mode: u32) -> Self {
        Self { bytes: bytes.into(), mode: if mode & 0o111 == 0 { 0o644 } else { 0o755 } }
    }
}

/// Which kind of module a `.js` file of the package is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModuleType {
    /// What Node takes it for when nothing is said.
    #[default]
    CommonJs,
    /// `"type": "module"`.
    Module,
}

/// What is read of `package.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// As it is written there.
    pub name: Option<String>,
    /// As it is written there.
    pub version: Option<String>,
    /// `type`.
    pub module_type: ModuleType,
}

impl Manifest {
    /// Reads `package.json`; anything unknown in it is no fault. The error is for people.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Raw {
            name: Option<String>,
            version: Option<String>,
            r#type: Option<serde_json::Value>,
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let module = raw.r#type.as_ref().and_then(|t| t.as_str()) == Some("module");
        let module_type = if module { ModuleType::Module } else { ModuleType::CommonJs };
        Ok(Self { name: raw.name, version: raw.version, module_type })
    }
}

/// What a package has of what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFiles {
    /// Its `package.json`.
    pub manifest: Manifest,
    /// Every wanted path; `None` where this version has no such file.
    pub files: BTreeMap<String, Option<PackageFile>>,
}

impl PackageFiles {
    /// From what was found for [`FileSelection::with_manifest`].
    pub(super) fn collect(
        wanted: &FileSelection,
        mut found: BTreeMap<String, PackageFile>,
    ) -> Result<Self, String> {
        let manifest = match found.get(MANIFEST) {
            Some(file) => Manifest::parse(&file.bytes)?,
            None => return Err("the package has none".to_owned()),
        };
        let files = wanted.paths().map(|path| (path.to_owned(), found.remove(path))).collect();
        Ok(Self { manifest, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests() {
        let parse = |text: &str| Manifest::parse(text.as_bytes());
        let module = parse(r#"{"name":"a","version":"1.0.0","type":"module"}"#).unwrap();
        assert_eq!(module.module_type, ModuleType::Module);
        assert_eq!(parse("\u{feff}{}").unwrap(), Manifest::default());
        assert_eq!(parse(r#"{"type":7}"#).unwrap().module_type, ModuleType::CommonJs);
        assert!(parse("[").is_err());
    }

    #[test]
    fn paths_that_are_not_inside() {
        for bad in ["", "/etc/passwd", "../x", "a//b", "a/./b", "a\\b", "a/"] {
            assert!(FileSelection::new([bad]).is_err(), "{bad}");
        }
        assert_eq!(
            FileSelection::new(["b", "a", "b"]).unwrap().paths().collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
