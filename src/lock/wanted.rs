//! A package as it is typed: `pip:httpx`, `npm:@scope/name@^1`, `apt:ffmpeg=7:7.*`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::profile::Rule;

/// Where a package is from, and which list of the profile it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registry {
    /// PyPI: `python.packages`.
    Pip,
    /// npm: `node.packages`.
    Npm,
    /// The distribution: `apt.runtime`.
    Apt,
    /// The distribution, for what only a build needs: `apt.build`.
    AptBuild,
}

impl Registry {
    /// As it is typed before the colon.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Npm => "npm",
            Self::Apt => "apt",
            Self::AptBuild => "apt-build",
        }
    }

    /// The key of the profile.
    pub fn keys(self) -> [&'static str; 2] {
        match self {
            Self::Pip => ["python", "packages"],
            Self::Npm => ["node", "packages"],
            Self::Apt => ["apt", "runtime"],
            Self::AptBuild => ["apt", "build"],
        }
    }
}

/// A package, and which of its versions will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Where it is from.
    pub registry: Registry,
    /// Its name, for PyPI with extras.
    pub name: String,
    /// What follows the name: `>=1,<2`, `^1`, `7:7.*`; empty where every version will do.
    pub versions: String,
}

/// A text that names no package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("found `{text}`, expected {expected}")]
pub struct RequirementFault {
    text: String,
    expected: String,
}

impl Requirement {
    /// The name without extras.
    pub fn bare_name(&self) -> &str {
        self.name.split('[').next().unwrap_or(&self.name)
    }

    /// As the registry's own tool takes it.
    pub fn requirement(&self) -> String {
        match (self.registry, self.versions.is_empty()) {
            (Registry::Npm, true) => format!("{}@latest", self.name),
            (Registry::Npm, false) => format!("{}@{}", self.name, self.versions),
            (Registry::Pip, _) => format!("{}{}", self.name, self.versions),
            (Registry::Apt | Registry::AptBuild, true) => self.name.clone(),
            (Registry::Apt | Registry::AptBuild, false) => {
                format!("{}={}", self.name, self.versions)
            }
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joint = match self.registry {
            _ if self.versions.is_empty() => "",
            Registry::Pip => "",
            Registry::Npm => "@",
            Registry::Apt | Registry::AptBuild => "=",
        };
        write!(f, "{}:{}{joint}{}", self.registry.word(), self.name, self.versions)
    }
}

impl FromStr for Requirement {
    type Err = RequirementFault;

    fn from_str(text: &str) -> Result<Self, RequirementFault> {
        let fail = |expected: String| RequirementFault { text: text.to_owned(), expected };
        let registries = [Registry::Pip, Registry::Npm, Registry::Apt, Registry::AptBuild];
        let named = text.split_once(':').and_then(|(word, package)| {
            Some((*registries.iter().find(|registry| registry.word() == word)?, package))
        });
        let Some((registry, package)) = named else {
            let bare: String = text.split(':').next_back().unwrap_or(text).to_owned();
            return Err(fail(format!(
                "where the package is from: `pip:{bare}`, `npm:{bare}`, `apt:{bare}` or `apt-build:{bare}`"
            )));
        };
        let (name, versions) = match registry {
            Registry::Pip => {
                let end = package.find(|c: char| "=<>!~ ".contains(c)).unwrap_or(package.len());
                (&package[..end], package[end..].trim().to_owned())
            }
            Registry::Npm => match package.char_indices().skip(1).find(|(_, c)| *c == '@') {
                Some((at, _)) => (&package[..at], package[at + 1..].to_owned()),
                None => (package, String::new()),
            },
            Registry::Apt | Registry::AptBuild => match package.split_once('=') {
                Some((name, versions)) => (name, versions.to_owned()),
                None => (package, String::new()),
            },
        };
        let wanted = Self { registry, name: name.to_owned(), versions };
        if wanted.is_good() { Ok(wanted) } else { Err(fail(expected(registry))) }
    }
}

impl Requirement {
    fn is_good(&self) -> bool {
        let versions = self.versions.as_str();
        match self.registry {
            // A range of versions and nothing else: no URL, no marker, no option.
            Registry::Pip => {
                let plain = |c: char| c.is_ascii_alphanumeric() || ".*+!=<>~, _-".contains(c);
                let is_range =
                    versions.is_empty() || versions.starts_with(['=', '<', '>', '!', '~']);
                is_range
                    && versions.chars().all(plain)
                    && Rule::PythonRequirement.allows(&format!("{}==1", self.name))
            }
            Registry::Npm => {
                let plain = |c: char| c.is_ascii_alphanumeric() || ".*+=<>~^|, _-".contains(c);
                Rule::NpmName.allows(&self.name) && versions.chars().all(plain)
            }
            Registry::Apt | Registry::AptBuild => Rule::AptPackage.allows(&self.requirement()),
        }
    }
}

fn expected(registry: Registry) -> String {
    let text = match registry {
        Registry::Pip => {
            "a package of PyPI, with versions or without: `pip:httpx`, `pip:httpx[http2]>=0.27`"
        }
        Registry::Npm => {
            "a package of npm, with a version, a range or a tag or without: `npm:left-pad@^1.3`"
        }
        Registry::Apt | Registry::AptBuild => {
            "a package of the distribution, with a version or without: `apt:ffmpeg`, `apt:ffmpeg=7:7.*`"
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_and_written_back() {
        for (text, name, requirement) in [
            ("pip:httpx", "httpx", "httpx"),
            ("pip:httpx[http2]>=0.27, <1", "httpx[http2]", "httpx[http2]>=0.27, <1"),
            ("pip:Foo.bar==1.0", "Foo.bar", "Foo.bar==1.0"),
            ("npm:left-pad", "left-pad", "left-pad@latest"),
            ("npm:@a/b", "@a/b", "@a/b@latest"),
            ("npm:@a/b@^1.2 || 3", "@a/b", "@a/b@^1.2 || 3"),
            ("npm:x@next", "x", "x@next"),
            ("apt:ffmpeg", "ffmpeg", "ffmpeg"),
            ("apt-build:libx-dev=7:7.*", "libx-dev", "libx-dev=7:7.*"),
        ] {
            let wanted: Requirement = text.parse().unwrap();
            assert_eq!((wanted.name.as_str(), wanted.requirement().as_str()), (name, requirement));
            assert_eq!(wanted.to_string(), text);
        }
        assert_eq!("pip:a[b,c]>1".parse::<Requirement>().unwrap().bare_name(), "a");
    }

    #[test]
    fn what_is_no_package_is_refused_with_what_would_be_one() {
        for (text, expected) in [
            ("httpx", "`pip:httpx`, `npm:httpx`"),
            ("conda:httpx", "`pip:httpx`, `npm:httpx`"),
            ("", "where the package is from"),
            ("pip:", "a package of PyPI"),
            ("pip:-r /etc/passwd", "a package of PyPI"),
            ("pip:x @ https://example.org/x.whl", "a package of PyPI"),
            ("pip:x; python_version > '3'", "a package of PyPI"),
            ("pip:x==1\n-r y", "a package of PyPI"),
            ("npm:git+ssh://x", "a package of npm"),
            ("npm:x@file:../y", "a package of npm"),
            ("npm:x@$(id)", "a package of npm"),
            ("npm:--global", "a package of npm"),
            ("apt:-o", "a package of the distribution"),
            ("apt:x y", "a package of the distribution"),
        ] {
            let error = text.parse::<Requirement>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
