//! A user as a `USER` line names it.

use std::fmt;

/// A user as a `USER` line names it, with its group where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// No `USER` so far: the base image's, which the file does not say.
    Inherited,
    /// An instruction that only a foreign frontend knows stands above: it may have set any user.
    Unknown,
    /// `dev`, `dev:staff`.
    Named {
        /// The name.
        name: String,
        /// The group's name or number.
        group: Option<String>,
    },
    /// `1000`, `1000:1000`.
    Numeric {
        /// The number.
        uid: u32,
        /// The group's name or number.
        group: Option<String>,
    },
    /// `$X`, `${X:-dev}`: what it is depends on the variables.
    Variable {
        /// As written.
        text: String,
        /// With the values that the file gives; `None` where it gives none.
        expanded: Option<String>,
    },
}

impl UserRef {
    /// Reads the argument of `USER`; `expanded` is it with variables replaced.
    pub(crate) fn read(text: &str, expanded: Option<String>) -> Self {
        let text = text.trim();
        match expanded {
            Some(expanded) if expanded == text || !text.contains('$') => Self::plain(&expanded),
            expanded => {
                let expanded = expanded.filter(|text| !text.is_empty());
                Self::Variable { text: text.to_owned(), expanded }
            }
        }
    }

    fn plain(text: &str) -> Self {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group.to_owned()).filter(|group| !group.is_empty())),
            None => (text, None),
        };
        match user.parse() {
            Ok(uid) => Self::Numeric { uid, group },
            Err(_) => Self::Named { name: user.to_owned(), group },
        }
    }

    /// The user that a variable stands for; `self` where there is none, or no value.
    pub fn resolved(&self) -> Self {
        match self {
            Self::Variable { expanded: Some(text), .. } => Self::plain(text),
            other => other.clone(),
        }
    }

    /// Whether it is the superuser; `None` where the file does not say.
    pub fn is_root(&self) -> Option<bool> {
        match self.resolved() {
            Self::Inherited | Self::Unknown | Self::Variable { .. } => None,
            // `USER ""` takes the base's user away: the engine's own is root.
            Self::Named { name, .. } => Some(name == "root" || name.is_empty()),
            Self::Numeric { uid, .. } => Some(uid == 0),
        }
    }

    /// Name or number without the group; `None` where the file does not say.
    pub fn name(&self) -> Option<String> {
        match self.resolved() {
            Self::Inherited | Self::Unknown | Self::Variable { .. } => None,
            Self::Named { name, .. } => Some(name),
            Self::Numeric { uid, .. } => Some(uid.to_string()),
        }
    }

    /// The group, where one is named.
    pub fn group(&self) -> Option<String> {
        match self.resolved() {
            Self::Named { group, .. } | Self::Numeric { group, .. } => group,
            Self::Inherited | Self::Unknown | Self::Variable { .. } => None,
        }
    }

    /// Whether both are certainly the same user and group. `root` is `0`; any other name and number
    /// may be one user or two.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.resolved(), other.resolved()) {
            (Self::Variable { .. } | Self::Unknown, _)
            | (_, Self::Variable { .. } | Self::Unknown) => false,
            (a, b) => {
                let both_root = a.is_root() == Some(true) && b.is_root() == Some(true);
                a == b || (both_root && a.group() == b.group())
            }
        }
    }
}

/// As a `USER` line says it; nothing where none does.
impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, group) = match self {
            Self::Inherited | Self::Unknown => return Ok(()),
            Self::Named { name, group } => (name.clone(), group),
            Self::Numeric { uid, group } => (uid.to_string(), group),
            Self::Variable { text, .. } => return f.write_str(text),
        };
        f.write_str(&user)?;
        group.as_ref().map_or(Ok(()), |group| write!(f, ":{group}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str, expanded: Option<&str>) -> UserRef {
        UserRef::read(text, expanded.map(str::to_owned))
    }

    #[test]
    fn names_numbers_and_variables() {
        let dev = user("dev:staff", Some("dev:staff"));
        assert_eq!(dev, UserRef::Named { name: "dev".to_owned(), group: Some("staff".to_owned()) });
        assert_eq!(user("1000:", Some("1000:")), UserRef::Numeric { uid: 1000, group: None });
        let variable = user("$U", Some("1000:5"));
        assert_eq!(
            variable.resolved(),
            UserRef::Numeric { uid: 1000, group: Some("5".to_owned()) }
        );
        assert_eq!((variable.to_string(), variable.is_root()), ("$U".to_owned(), Some(false)));
        assert_eq!(user("$U", None).is_root(), None);
        assert_eq!(user("\"dev\"", Some("dev")).to_string(), "dev");
    }

    #[test]
    fn only_what_is_certainly_the_same_is() {
        let plain = |text: &str| user(text, Some(text));
        assert!(plain("root").is_same(&plain("0")));
        assert!(!plain("root").is_same(&plain("0:0")));
        assert!(!plain("dev").is_same(&plain("1000")));
        assert!(user("$U", Some("dev")).is_same(&plain("dev")));
        assert!(!user("$U", None).is_same(&user("$U", None)));
        assert!(UserRef::Inherited.is_same(&UserRef::Inherited));
    }
}
