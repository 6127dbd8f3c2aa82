//! Users as they are spelled, from `FROM` on. Two spellings that are equal are one user as long as no
//! variable in them is set in between. That two different ones mean the same (`root` and `0`, a name and
//! its number, a variable and its default) only the image or the build command could say.

use std::collections::HashMap;

use crate::{Block, State, UserRef};

/// A user as a `USER` line says it. Equal ones are certainly one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NormalizedUser {
    /// Quotes gone, `$X` as `${X}`.
    pub text: String,
    /// The last block that may have set a variable in it; the block itself where it is like no other.
    since: Option<usize>,
}

impl NormalizedUser {
    /// A user that is like no other.
    pub fn unlike(at: usize) -> Self {
        Self { text: String::new(), since: Some(at) }
    }

    /// A name or a number.
    pub fn literal(user: &UserRef) -> Self {
        Self { text: user.to_string(), since: None }.with_root_by_name()
    }

    /// `0` as `root`, which it nearly always is: to count, not to decide.
    pub fn with_root_by_name(mut self) -> Self {
        if let Some(group) = self.text.strip_prefix('0')
            && (group.is_empty() || group.starts_with(':'))
        {
            self.text = format!("root{group}");
        }
        self
    }

    /// Whether it is what it is wherever it stands: a name or a number.
    pub fn is_literal(&self) -> bool {
        self.since.is_none() && !self.text.contains('$')
    }
}

/// What was set, and where last.
#[derive(Default)]
pub(super) struct UserNormalizer {
    set_at: HashMap<String, usize>,
    /// Where a variable was set whose name is not certain.
    any_set_at: Option<usize>,
}

impl UserNormalizer {
    /// Takes note of the names that an `ENV` or `ARG` sets.
    pub fn note(&mut self, at: usize, names: Vec<String>) {
        for name in names {
            // A name that is put together from others may be any.
            if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                self.set_at.insert(name, at);
            } else {
                self.any_set_at = Some(at);
            }
        }
    }

    /// The user of a `USER` line.
    pub fn read(&self, at: usize, block: &Block, state: &State) -> NormalizedUser {
        let written = block.instruction.exact.trim();
        if !written.contains('$') {
            // Without a variable only quotes and escapes are taken away; what the engine refuses is
            // like no other.
            return match state.expand(written) {
                Some(text) => NormalizedUser { text, since: None },
                None => NormalizedUser::unlike(at),
            };
        }
        // In quotes, or behind the escape character, a `$` may be no variable.
        let is_plain = !written.contains(['"', '\'', '\\', '`']);
        let text = if is_plain { with_braces(written) } else { written.to_owned() };
        let set = names(written).filter_map(|name| self.set_at.get(name).copied());
        NormalizedUser { text, since: set.max().max(self.any_set_at) }
    }
}

/// `$X` as `${X}`.
fn with_braces(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let name = name_of(rest);
            out.push_str(&format!("{{{name}}}"));
            rest = &rest[name.len()..];
        }
    }
    out + rest
}

/// The names of all variables in a text, wherever they stand.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).map(|rest| name_of(rest.strip_prefix('{').unwrap_or(rest)))
}

fn name_of(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
