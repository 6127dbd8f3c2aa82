//! `series.yaml`: the ordered patches of one package, and the hashes of what they change.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// The schema this version reads.
const SCHEMA: &str = "mad.series/1";

/// The patches of one package, in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// `mad.series/1`.
    pub schema: String,
    /// npm package name.
    pub package: String,
    /// In the order of application.
    pub patches: Vec<Patch>,
    /// By version, then by path in the package: what each target is before and after.
    pub targets: BTreeMap<String, BTreeMap<String, TargetHashes>>,
}

/// One patch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Short name, unique in the series.
    pub id: String,
    /// The patch file, beside `series.yaml`.
    pub file: String,
    /// Why it exists.
    pub why: String,
    /// Where upstream was told.
    pub upstream: String,
    /// When it may go.
    pub remove_when: String,
    /// Exact versions it is for.
    pub versions: Vec<String>,
    /// The file in the package that it changes.
    pub target: String,
    /// The program that fails without the patch and passes with it.
    pub probe: String,
}

/// SHA-256 of a target, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetHashes {
    /// Before the first patch.
    pub pristine: String,
    /// After the last patch.
    pub patched: String,
}

/// What is applied to one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application<'a> {
    /// In order.
    pub patches: Vec<&'a Patch>,
    /// By path in the package.
    pub targets: &'a BTreeMap<String, TargetHashes>,
}

/// A series that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SeriesError {
    /// Not YAML, or not of this shape.
    #[error("{0}")]
    Syntax(String),
    /// Written for another version of mad.
    #[error("found schema `{0}`, expected `{SCHEMA}`")]
    Schema(String),
    /// Something in it contradicts itself.
    #[error("{0}")]
    Invalid(String),
    /// It has nothing for that version.
    #[error("no patches for {package} {version}; the series has {known}")]
    Version {
        /// The package.
        package: String,
        /// The version that was asked for.
        version: String,
        /// Those it has, for people.
        known: String,
    },
}

impl Series {
    /// Reads and checks a series.
    pub fn parse(text: &str) -> Result<Self, SeriesError> {
        let series: Self =
            serde_yaml::from_str(text).map_err(|error| SeriesError::Syntax(error.to_string()))?;
        if series.schema != SCHEMA {
            return Err(SeriesError::Schema(series.schema));
        }
        let invalid = |why: String| Err(SeriesError::Invalid(why));
        let mut ids = std::collections::BTreeSet::new();
        for patch in &series.patches {
            if !ids.insert(&patch.id) {
                return invalid(format!("two patches have the id `{}`", patch.id));
            }
            for path in [&patch.file, &patch.target, &patch.probe] {
                if !is_inside(path) {
                    return invalid(format!("patch `{}`: `{path}` leaves its folder", patch.id));
                }
            }
        }
        for (version, targets) in &series.targets {
            for (path, hashes) in targets {
                for hash in [&hashes.pristine, &hashes.patched] {
                    if hash.len() != 64
                        || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                    {
                        return invalid(format!(
                            "target `{path}` of {version}: found `{hash}`, expected a SHA-256 in small hexadecimal"
                        ));
                    }
                }
            }
        }
        Ok(series)
    }

    /// What an image with `version` of the package applies.
    pub fn for_version(&self, version: &str) -> Result<Application<'_>, SeriesError> {
        let patches: Vec<&Patch> = self
            .patches
            .iter()
            .filter(|patch| patch.versions.iter().any(|v| v == version))
            .collect();
        let Some(targets) = self.targets.get(version).filter(|_| !patches.is_empty()) else {
            let known: Vec<&str> = self.targets.keys().map(String::as_str).collect();
            return Err(SeriesError::Version {
                package: self.package.clone(),
                version: version.to_owned(),
                known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
            });
        };
        match patches.iter().find(|patch| !targets.contains_key(&patch.target)) {
            Some(patch) => Err(SeriesError::Invalid(format!(
                "patch `{}` changes `{}`, whose hashes for {version} are not in `targets`",
                patch.id, patch.target
            ))),
            None => Ok(Application { patches, targets }),
        }
    }
}

/// A plain relative path in characters that need no quoting anywhere.
fn is_inside(path: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+');
    !path.is_empty()
        && path.chars().all(plain)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../patches/claude-flow/series.yaml");

    #[test]
    fn our_series_is_whole() {
        let series = Series::parse(TEXT).unwrap();
        let application = series.for_version("2.7.47").unwrap();
        assert!(application.patches.len() >= 2);
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("patches/claude-flow");
        for patch in application.patches {
            for file in [&patch.file, &patch.probe] {
                assert!(dir.join(file).is_file(), "{file}");
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let bad = |from: &str, to: &str| {
            Series::parse(&TEXT.replacen(from, to, 1)).unwrap_err().to_string()
        };
        assert!(bad("mad.series/1", "mad.series/9").contains("expected `mad.series/1`"));
        assert!(bad("id: ping", "id: agent-list").contains("two patches"));
        assert!(bad("file: 03-ping.patch", "file: ../ping.patch").contains("leaves its folder"));
        assert!(bad("pristine: 6", "pristine: X").contains("SHA-256"));
        assert!(bad("why:", "whi:").contains("unknown field `whi`"));
    }

    #[test]
    fn a_version_without_patches_is_an_error_that_names_those_there_are() {
        let series = Series::parse(TEXT).unwrap();
        let error = series.for_version("9.9.9").unwrap_err().to_string();
        assert!(
            error.contains("no patches for claude-flow 9.9.9; the series has 2.7.47"),
            "{error}"
        );
    }
}
