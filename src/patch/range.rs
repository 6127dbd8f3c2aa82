//! Which versions a patch is for: exact, a range, or any.
//!
//! A range is a list of comparators, all of which must hold: `>=2.0.0-alpha.108 <2.7.12`. Unlike
//! npm's own ranges, a prerelease lies in a range like any other version: patches follow the order
//! of releases, and most releases of the packages that we patch are prereleases.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use npm::Version;

/// Versions that a patch is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Versions {
    /// `*`.
    Any,
    /// From (and whether that version is in) and to (likewise).
    Range {
        /// Lower bound.
        from: Option<(Version, bool)>,
        /// Upper bound.
        to: Option<(Version, bool)>,
    },
    /// `=1.2.3` or `1.2.3`.
    Exact(Version),
}

impl Versions {
    /// Whether `version` is among them.
    pub fn contains(&self, version: &Version) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == version,
            Self::Range { from, to } => {
                let above = from.as_ref().is_none_or(|(bound, included)| {
                    version > bound || (*included && version == bound)
                });
                let below = to.as_ref().is_none_or(|(bound, included)| {
                    version < bound || (*included && version == bound)
                });
                above && below
            }
        }
    }

    /// Whether these are fewer versions than the other's, all of them among the other's; `None`
    /// where neither is.
    pub fn specificity(&self, other: &Self) -> Option<Ordering> {
        match (self.is_within(other), other.is_within(self)) {
            (true, true) => Some(Ordering::Equal),
            (true, false) => Some(Ordering::Greater),
            (false, true) => Some(Ordering::Less),
            (false, false) => None,
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => true,
            (Self::Any, Self::Range { from, to }) => from.is_none() && to.is_none(),
            (Self::Exact(version), _) => other.contains(version),
            (_, Self::Exact(_)) => false,
            (Self::Range { from, to }, Self::Range { from: other_from, to: other_to }) => {
                let starts_within = match (from, other_from) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some((bound, included)), Some((other, other_included))) => {
                        bound > other || (bound == other && (*other_included || !included))
                    }
                };
                let ends_within = match (to, other_to) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some((bound, included)), Some((other, other_included))) => {
                        bound < other || (bound == other && (*other_included || !included))
                    }
                };
                starts_within && ends_within
            }
        }
    }
}

impl FromStr for Versions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = |found: &str| {
            format!("found `{found}`, expected `*`, a version, or bounds like `>=2.0.0 <2.7.12`")
        };
        let (mut from, mut to) = (None, None);
        match text.trim() {
            "*" => return Ok(Self::Any),
            "" => return Err(expected(text)),
            _ => {}
        }
        for part in text.split_whitespace() {
            let digits = part.find(|c: char| c.is_ascii_digit()).ok_or_else(|| expected(text))?;
            let (operator, version) = part.split_at(digits);
            let version = Version::parse(version).map_err(|_| expected(text))?;
            let (bound, value) = match operator {
                ">" => (&mut from, (version, false)),
                ">=" => (&mut from, (version, true)),
                "<" => (&mut to, (version, false)),
                "<=" => (&mut to, (version, true)),
                "" | "=" if part == text.trim() => return Ok(Self::Exact(version)),
                _ => return Err(expected(text)),
            };
            if bound.replace(value).is_some() {
                return Err(expected(text));
            }
        }
        Ok(Self::Range { from, to })
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(version) => version.fmt(f),
            Self::Range { from, to } => {
                let from = from
                    .as_ref()
                    .map(|(v, included)| format!(">{}{v}", if *included { "=" } else { "" }));
                let to = to
                    .as_ref()
                    .map(|(v, included)| format!("<{}{v}", if *included { "=" } else { "" }));
                f.write_str(&[from, to].into_iter().flatten().collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl TryFrom<String> for Versions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Versions> for String {
    fn from(versions: Versions) -> Self {
        versions.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Versions {
        text.parse().unwrap()
    }

    #[test]
    fn prereleases_lie_where_the_order_of_releases_puts_them() {
        let range = versions(">=2.0.0-alpha.108 <2.7.12");
        for (version, within) in [
            ("2.0.0-alpha.88", false),
            ("2.0.0-alpha.108", true),
            ("2.5.0-alpha.139", true),
            ("2.7.11", true),
            ("2.7.12", false),
        ] {
            assert_eq!(range.contains(&Version::parse(version).unwrap()), within, "{version}");
        }
    }

    #[test]
    fn the_narrower_is_the_more_specific() {
        for (left, right, expected) in [
            ("2.0.0", "*", Some(Ordering::Greater)),
            ("2.0.0", ">=2.0.0", Some(Ordering::Greater)),
            ("2.0.0", "2.0.0", Some(Ordering::Equal)),
            (">=2.0.0 <3.0.0", ">=1.0.0", Some(Ordering::Greater)),
            (">1.0.0", ">=1.0.0", Some(Ordering::Greater)),
            ("*", "<9.0.0", Some(Ordering::Less)),
            ("<2.0.0", ">=1.0.0", None),
            ("2.0.0", "3.0.0", None),
        ] {
            assert_eq!(versions(left).specificity(&versions(right)), expected, "{left} {right}");
        }
    }

    #[test]
    fn texts_are_kept_and_others_refused() {
        for text in ["*", "1.2.3", ">=1.0.0-a.1 <2.0.0", "<=2.0.0", ">1.0.0"] {
            assert_eq!(versions(text).to_string(), text);
        }
        for bad in ["", "x", "1", "^1.0.0", ">1.0.0 >2.0.0", ">=1.0.0 2.0.0", "1.0.0 || 2.0.0"] {
            assert!(bad.parse::<Versions>().is_err(), "{bad}");
        }
    }
}
