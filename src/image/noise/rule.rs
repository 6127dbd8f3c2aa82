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
    pub how: ContentCheck,
    /// Why.
    pub reason: &'static str,
}

/// How much is compared. Existence, type, mode, owner, links and attributes always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentCheck {
    /// The content as this reading has it.
    As(Reading),
    /// The content only where two builds of one file agree in it.
    AnyContent,
    /// The content may be that of another moment: of what `parts` make of it, nothing is in it that
    /// the first image does not have, here or in the file that it is the backup of.
    Backup(Parts),
}

/// What a backup is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Lines.
    Lines,
    /// Paragraphs.
    Stanzas,
}

impl ContentCheck {
    /// How the content is read beside its plain hash.
    pub(in crate::image) fn reading(self) -> Option<Reading> {
        match self {
            Self::As(reading) => Some(reading),
            Self::AnyContent | Self::Backup(_) => None,
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
