//! Which packages were meant: `2.7.47`, `>=2.5.0 <3.0.0`, `latest`, `*`, a folder, a `.tgz`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::patch::Versions;
use npm::Version;

/// Packages to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSelection {
    /// Published versions: all, a range, or one.
    Versions(Versions),
    /// What the tag `latest` names.
    Latest,
    /// A folder or a tarball on this machine.
    Local(PathBuf),
}

impl PackageSelection {
    /// Every published version.
    pub fn all() -> Self {
        Self::Versions(Versions::Any)
    }

    /// Whether every published version is meant.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::Versions(Versions::Any))
    }

    /// Whether one version is meant, by whatever name.
    pub fn is_one(&self) -> bool {
        matches!(self, Self::Latest | Self::Local(_) | Self::Versions(Versions::Exact(_)))
    }

    /// One published version.
    pub fn version(version: Version) -> Self {
        Self::Versions(Versions::Exact(version))
    }
}

impl FromStr for PackageSelection {
    type Err = String;

    /// A path has a slash in it, or is `.`, `..` or a `.tgz`: a folder beside is `./2.7.0`.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_path = text.contains('/')
            || matches!(text, "." | "..")
            || text.ends_with(".tgz")
            || text.ends_with(".tar.gz");
        match text {
            "latest" => Ok(Self::Latest),
            _ if is_path => Ok(Self::Local(PathBuf::from(text))),
            _ => text.parse().map(Self::Versions).map_err(|_| {
                format!(
                    "found `{text}`, expected a version, a range like `>=2.0.0 <2.7.12`, `latest`, `*`, a folder (`./DIR`) or a `.tgz`"
                )
            }),
        }
    }
}

impl fmt::Display for PackageSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Versions(versions) => versions.fmt(f),
            Self::Latest => f.write_str("latest"),
            Self::Local(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        let which = |text: &str| text.parse::<PackageSelection>();
        assert_eq!(which("*"), Ok(PackageSelection::all()));
        assert_eq!(which("2.7.0"), Ok(PackageSelection::version(Version::parse("2.7.0").unwrap())));
        assert_eq!(which("latest"), Ok(PackageSelection::Latest));
        for path in ["./2.7.0", "a/b", ".", "a.tgz", "/x.tar.gz"] {
            assert_eq!(which(path), Ok(PackageSelection::Local(path.into())), "{path}");
        }
        assert!(matches!(which(">=2.0.0 <3.0.0"), Ok(PackageSelection::Versions(_))));
        assert!(which("newest").unwrap_err().contains("expected a version"));
    }
}
