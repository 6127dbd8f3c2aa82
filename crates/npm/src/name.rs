//! Names of packages, by <https://docs.npmjs.com/cli/configuring-npm/package-json#name>.

use std::fmt;

use thiserror::Error;

/// The longest name that the registry takes, scope included.
const LONGEST: usize = 214;

/// `name` or `@scope/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageName(String);

/// Not a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("found `{0}`, expected the name of an npm package: `name` or `@scope/name`")]
pub struct NameError(String);

impl PackageName {
    /// Checks a name. Names from before the registry's rules, with capitals, are accepted too.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with(['.', '_'])
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        };
        let good = match text.strip_prefix('@') {
            Some(scoped) => scoped.split_once('/').is_some_and(|(s, n)| part(s) && part(n)),
            None => part(text),
        };
        if good && text.len() <= LONGEST {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError(text.to_owned()))
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `@scope`, where there is one.
    pub fn scope(&self) -> Option<&str> {
        self.0.split_once('/').map(|(scope, _)| scope)
    }

    /// As one segment of a registry's URL.
    pub(super) fn in_url(&self) -> String {
        self.0.replace('/', "%2f")
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let scoped = PackageName::parse("@a/b").unwrap();
        assert_eq!((scoped.scope(), scoped.in_url().as_str()), (Some("@a"), "@a%2fb"));
        assert_eq!(PackageName::parse("claude-flow").unwrap().scope(), None);
        for bad in ["", "..", "a/b", "@a", "@/b", "@a/", "a b", "a?b", "@a/../b", ".a"] {
            assert!(PackageName::parse(bad).is_err(), "{bad}");
        }
        assert!(PackageName::parse(&"a".repeat(215)).is_err());
    }
}
