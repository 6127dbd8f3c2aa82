//! One rule, and the table as one matcher.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{RULES, Reading};

/// What is known of some paths of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A short name, unique in the table.
    pub name: &'static str,
    /// The paths, without a slash in front: `*` is part of a name, `**` any number of folders.
    pub paths: &'static [&'static str],
    /// How much of them is compared.
    pub how: How,
    /// Why.
    pub reason: &'static str,
}

/// How much is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Nothing: not even whether the path exists.
    Skip,
    /// All but the content.
    AnyContent,
    /// All, the content as this reading has it.
    As(Reading),
    /// All, the content only where the source beside it differs too.
    Compiled,
    /// All but which names belong to one file.
    AnyLinks,
}

impl How {
    /// How the content is read beside its plain hash.
    pub(in crate::image) fn reading(self) -> Option<Reading> {
        match self {
            Self::As(reading) => Some(reading),
            Self::Compiled => Some(Reading::PythonBytecode),
            Self::Skip | Self::AnyContent | Self::AnyLinks => None,
        }
    }
}

/// The rules in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// [`RULES`].
    Known,
    /// None: every difference counts.
    Strict,
}

static MATCHER: LazyLock<(GlobSet, Vec<&'static Rule>)> = LazyLock::new(|| {
    let mut set = GlobSetBuilder::new();
    let mut rules = Vec::new();
    for rule in RULES {
        for path in rule.paths {
            let glob = GlobBuilder::new(path).literal_separator(true).build();
            set.add(glob.expect("a test builds every pattern of the table"));
            rules.push(rule);
        }
    }
    (set.build().expect("a test builds the table"), rules)
});

impl Noise {
    /// The first rule of the table about a path.
    pub fn rule(self, path: &str) -> Option<&'static Rule> {
        if self == Self::Strict {
            return None;
        }
        let (set, rules) = &*MATCHER;
        set.matches(path).into_iter().min().map(|at| rules[at])
    }
}
