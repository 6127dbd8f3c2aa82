//! A registry's document of one package: its versions and where their tarballs are.
//!
//! Format: <https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md>.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::{Integrity, PackageName, Range, Version};

/// The versions of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packument {
    /// The package.
    pub name: PackageName,
    /// Oldest first, in the order of versions, not of time.
    pub releases: Vec<Release>,
    /// `latest` and others.
    pub tags: BTreeMap<String, Version>,
}

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Where its tarball is, as the registry says.
    pub tarball: Url,
    /// What the tarball must hash to, where the registry says.
    pub integrity: Option<Integrity>,
    /// Why it should not be used any more.
    pub deprecated: Option<String>,
}

impl Release {
    /// `claude-flow 2.7.0`.
    pub(super) fn what(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    versions: BTreeMap<String, RawVersion>,
}

#[derive(Deserialize)]
struct RawVersion {
    dist: RawDist,
    #[serde(default)]
    deprecated: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct RawDist {
    tarball: String,
    #[serde(default)]
    integrity: Option<String>,
    #[serde(default)]
    shasum: Option<String>,
}

impl Packument {
    /// Reads the full document or the abbreviated one. The error is for people.
    pub(super) fn parse(name: &PackageName, json: &[u8]) -> Result<Self, String> {
        let raw: Raw = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let mut releases = Vec::with_capacity(raw.versions.len());
        for (text, version) in raw.versions {
            releases.push(release(name, &text, version).map_err(|why| format!("{text}: {why}"))?);
        }
        releases.sort_by(|a, b| a.version.cmp(&b.version));
        // A tag may point to a version that was taken back.
        let tags = raw.tags.into_iter();
        let tags = tags.filter_map(|(tag, v)| Some((tag, Version::parse(v).ok()?))).collect();
        Ok(Self { name: name.clone(), releases, tags })
    }

    /// The release of exactly this version.
    pub fn get(&self, version: &Version) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == *version)
    }

    /// What a tag points to, `latest` for example.
    pub fn tagged(&self, tag: &str) -> Option<&Release> {
        self.get(self.tags.get(tag)?)
    }

    /// The releases in a range, oldest first; prereleases by npm's rules.
    pub fn matching(&self, range: &Range) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(|release| release.version.satisfies(range))
    }
}

fn release(name: &PackageName, text: &str, raw: RawVersion) -> Result<Release, String> {
    let version = Version::parse(text).map_err(|error| error.to_string())?;
    let tarball = Url::parse(&raw.dist.tarball)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or("`dist.tarball` is no `http://` or `https://` URL")?;
    let integrity = match (raw.dist.integrity.as_deref(), raw.dist.shasum.as_deref()) {
        (Some(text), _) if !text.trim().is_empty() => Some(Integrity::parse(text)),
        (_, Some(text)) if !text.is_empty() => Some(Integrity::from_shasum(text)),
        _ => None,
    };
    let integrity = integrity.transpose().map_err(|error| error.to_string())?;
    let deprecated = match raw.deprecated {
        Some(serde_json::Value::String(why)) if !why.is_empty() => Some(why),
        Some(serde_json::Value::Bool(true)) => Some(String::new()),
        _ => None,
    };
    Ok(Release { name: name.clone(), version, tarball, integrity, deprecated })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHASUM: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    fn parse(versions: &str) -> Result<Packument, String> {
        let json =
            format!(r#"{{"dist-tags":{{"latest":"2.0.0","gone":"9.9.9"}},"versions":{versions}}}"#);
        Packument::parse(&PackageName::parse("a").unwrap(), json.as_bytes())
    }

    fn version(text: &str, dist: &str) -> String {
        format!(r#""{text}":{{"dist":{{"tarball":"https://r.example/a.tgz"{dist}}}}}"#)
    }

    #[test]
    fn versions_in_their_order() {
        let all = ["10.0.0", "2.0.0", "2.0.0-alpha.113", "2.0.0-alpha.88", "1.0.0"]
            .map(|text| version(text, &format!(r#","shasum":"{SHASUM}""#)));
        let packument = parse(&format!("{{{}}}", all.join(","))).unwrap();
        let list = |releases: Vec<&Release>| -> Vec<String> {
            releases.iter().map(|release| release.version.to_string()).collect()
        };
        assert_eq!(
            list(packument.releases.iter().collect()),
            ["1.0.0", "2.0.0-alpha.88", "2.0.0-alpha.113", "2.0.0", "10.0.0"]
        );
        let range = Range::parse(">=2.0.0-alpha.100 <3").unwrap();
        assert_eq!(list(packument.matching(&range).collect()), ["2.0.0-alpha.113", "2.0.0"]);
        assert_eq!(packument.tagged("latest").unwrap().version.to_string(), "2.0.0");
        assert_eq!(packument.tagged("gone"), None);
        assert!(packument.releases[0].integrity.is_some());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (versions, expected) in [
            ("7".to_owned(), "expected a map"),
            (format!("{{{}}}", version("x.y", "")), "x.y: "),
            (format!("{{{}}}", version("1.0.0", r#","integrity":"md5-x""#)), "found the integrity"),
            (r#"{"1.0.0":{"dist":{"tarball":"file:///etc/passwd"}}}"#.to_owned(), "is no `http"),
            (r#"{"1.0.0":{}}"#.to_owned(), "missing field `dist`"),
        ] {
            let error = parse(&versions).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(
            parse(&format!("{{{}}}", version("1.0.0", ""))).unwrap().releases[0].integrity,
            None
        );
    }
}
