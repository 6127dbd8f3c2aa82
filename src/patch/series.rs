//! `series.yaml`: the ordered patches of one package, with a variant for each range of versions.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;

use super::Versions;
use npm::Version;

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
    /// Files of the package that the probes need beside the targets, where a version has them.
    #[serde(default)]
    pub needs: Vec<String>,
    /// In the order of application.
    pub patches: Vec<Patch>,
}

/// One patch: one fault, mended in every version that has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Short name, unique in the series.
    pub id: String,
    /// Why it exists.
    pub why: String,
    /// Where upstream was told.
    pub upstream: String,
    /// When it may go.
    pub remove_when: String,
    /// The file in the package that it changes.
    pub target: String,
    /// The program that fails without the patch and passes with it.
    pub probe: String,
    /// Whether a version that it does not fit is only a warning.
    #[serde(default)]
    pub optional: bool,
    /// The texts. A version that none is for needs no patch, which its probe shows.
    pub variants: Vec<Variant>,
}

/// The text of a patch for some versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// The versions it is for.
    pub versions: Versions,
    /// The patch file, beside `series.yaml`.
    pub file: String,
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
    /// Two variants are for a version, and neither is for fewer versions than the other.
    #[error(
        "patch `{patch}`: both `{first}` and `{second}` are for {version}, and neither is the more specific"
    )]
    Tie {
        /// The patch.
        patch: String,
        /// The version.
        version: Version,
        /// File of one variant.
        first: String,
        /// File of the other.
        second: String,
    },
}

impl Series {
    /// A series of a package that has no patch yet.
    pub fn begin(package: &str) -> Self {
        let (schema, package) = (SCHEMA.to_owned(), package.to_owned());
        Self { schema, package, needs: Vec::new(), patches: Vec::new() }
    }

    /// The head of `series.yaml` of a package, for entries to follow.
    pub fn text_of_new(package: &str) -> String {
        format!("schema: {SCHEMA}\npackage: \"{package}\"\npatches:\n")
    }

    /// Reads and checks a series.
    pub fn parse(text: &str) -> Result<Self, SeriesError> {
        let series: Self =
            serde_yaml::from_str(text).map_err(|error| SeriesError::Syntax(error.to_string()))?;
        if series.schema != SCHEMA {
            return Err(SeriesError::Schema(series.schema));
        }
        let invalid = |why: String| Err(SeriesError::Invalid(why));
        if let Some(path) = series.needs.iter().find(|path| !is_plain(path)) {
            return invalid(format!(
                "needs: found `{path}`, expected a plain path inside the package"
            ));
        }
        let (mut ids, mut files) = (BTreeSet::new(), BTreeSet::new());
        for patch in &series.patches {
            if !is_plain(&patch.id) || patch.id.contains('/') {
                return invalid(format!("found the id `{}`, expected a plain name", patch.id));
            }
            if !ids.insert(&patch.id) {
                return invalid(format!("two patches have the id `{}`", patch.id));
            }
            if patch.variants.is_empty() {
                return invalid(format!("patch `{}` has no variants", patch.id));
            }
            let paths = patch.variants.iter().map(|variant| &variant.file);
            for path in paths.chain([&patch.target, &patch.probe]) {
                if !is_plain(path) {
                    return invalid(format!(
                        "patch `{}`: found `{path}`, expected a plain path that stays in its folder",
                        patch.id
                    ));
                }
            }
            for variant in &patch.variants {
                if !files.insert(&variant.file) {
                    return invalid(format!("two variants have the file `{}`", variant.file));
                }
            }
        }
        Ok(series)
    }

    /// The files in the package that patches change, sorted.
    pub fn targets(&self) -> BTreeSet<&str> {
        self.patches.iter().map(|patch| patch.target.as_str()).collect()
    }
}

impl Patch {
    /// The text for a version: the most specific of those that are for it.
    pub fn variant(&self, version: &Version) -> Result<Option<&Variant>, SeriesError> {
        let fit: Vec<&Variant> =
            self.variants.iter().filter(|variant| variant.versions.contains(version)).collect();
        let beats = |one: &Variant, other: &Variant| {
            one.versions.specificity(&other.versions) == Some(Ordering::Greater)
        };
        let is_best = |one: &&&Variant| {
            fit.iter().all(|other| std::ptr::eq(**one, *other) || beats(one, other))
        };
        if let Some(best) = fit.iter().find(is_best) {
            return Ok(Some(best));
        }
        // Nothing is more specific than either of these.
        let mut unbeaten = fit.iter().filter(|one| !fit.iter().any(|other| beats(other, one)));
        match (unbeaten.next(), unbeaten.next()) {
            (Some(first), Some(second)) => Err(SeriesError::Tie {
                patch: self.id.clone(),
                version: version.clone(),
                first: first.file.clone(),
                second: second.file.clone(),
            }),
            _ => Ok(None),
        }
    }
}

/// A relative path in characters that need no quoting anywhere, and that stays where it is.
fn is_plain(path: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+');
    path.chars().all(plain) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../patches/claude-flow/series.yaml");

    #[test]
    fn our_series_is_whole() {
        let series = Series::parse(TEXT).unwrap();
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("patches/claude-flow");
        for patch in &series.patches {
            assert!(dir.join(&patch.probe).is_file(), "{}", patch.probe);
            for variant in &patch.variants {
                assert!(dir.join(&variant.file).is_file(), "{}", variant.file);
            }
        }
        let listed: BTreeSet<String> = series
            .patches
            .iter()
            .flat_map(|patch| patch.variants.iter().map(|variant| variant.file.clone()))
            .collect();
        for entry in std::fs::read_dir(&dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".patch") || listed.contains(&name), "{name} is in no variant");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let bad = |from: &str, to: &str| {
            Series::parse(&TEXT.replacen(from, to, 1)).unwrap_err().to_string()
        };
        assert!(bad("mad.series/1", "mad.series/9").contains("expected `mad.series/1`"));
        assert!(bad("id: ping", "id: agent-list").contains("two patches"));
        assert!(bad("file: 05-ping.patch", "file: ../ping.patch").contains("stays in its folder"));
        assert!(
            bad("file: 05-ping.patch", "file: 02-method-routing.patch").contains("two variants")
        );
        assert!(bad("why:", "whi:").contains("unknown field `whi`"));
        assert!(bad("versions: \"*\"", "versions: \"~1\"").contains("expected `*`"));
    }

    #[test]
    fn the_most_specific_variant_wins_and_a_tie_is_an_error() {
        let patch = |variants: &[(&str, &str)]| Patch {
            id: "p".to_owned(),
            why: String::new(),
            upstream: String::new(),
            remove_when: String::new(),
            target: "t".to_owned(),
            probe: "probe".to_owned(),
            optional: false,
            variants: variants
                .iter()
                .map(|(versions, file)| Variant {
                    versions: versions.parse().unwrap(),
                    file: (*file).to_owned(),
                })
                .collect(),
        };
        let version = |text: &str| Version::parse(text).unwrap();
        let three = patch(&[("*", "any"), (">=2.0.0 <3.0.0", "two"), ("2.5.0", "exact")]);
        for (at, expected) in [("1.0.0", "any"), ("2.1.0", "two"), ("2.5.0", "exact")] {
            assert_eq!(three.variant(&version(at)).unwrap().unwrap().file, expected);
        }
        let tie = patch(&[("<2.0.0", "low"), (">=1.0.0", "high")]);
        assert!(tie.variant(&version("0.9.0")).is_ok());
        let error = tie.variant(&version("1.5.0")).unwrap_err().to_string();
        assert!(error.contains("both `low` and `high` are for 1.5.0"), "{error}");
        // Two that are for it and none of them more so are none where a third is.
        let among = [(">=1.0.0 <3.0.0", "low"), (">=2.0.0 <4.0.0", "high"), ("2.5.0", "exact")];
        assert_eq!(patch(&among).variant(&version("2.5.0")).unwrap().unwrap().file, "exact");
        assert!(patch(&among).variant(&version("2.6.0")).is_err());
        assert_eq!(patch(&[("1.0.0", "one")]).variant(&version("2.0.0")), Ok(None));
    }
}
