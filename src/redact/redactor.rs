//! Decides over values, and what a hidden one looks like.

use std::collections::BTreeMap;

use super::text::{self, Texts};
use super::{Key, Plain};

/// What every hidden value begins with.
pub const PREFIX: &str = "hidden:";
/// Digits of the key's id and of the hash.
pub const ID: usize = 8;
pub const HASH: usize = 16;

/// Decides over values, and remembers those that it hid, to find them in texts.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    key: Key,
    plain: Plain,
    /// What was hidden, by value: what stands in its place.
    hidden: BTreeMap<String, String>,
    /// What no log may show either.
    secrets: BTreeMap<String, String>,
}

impl Redactor {
    /// Hides under this key all but what is declared harmless.
    pub fn new(key: Key, plain: Plain) -> Self {
        Self { key, plain, ..Self::default() }
    }

    /// What may be written down of a variable: a build argument, an `ENV`.
    pub fn variable(&mut self, name: &str, value: &str) -> String {
        if value.is_empty() || is_hidden(value) || self.plain.has_variable(name, value) {
            return value.to_owned();
        }
        if text::is_for_logs(name, value) {
            self.secrets.insert(value.to_owned(), self.key.hide(value));
        }
        self.hide(value)
    }

    /// What may be written down of a profile's value, by its key: `env.NODE_ENV`, `user.uid`.
    pub fn profile_value(&mut self, key: &str, value: &str) -> String {
        let is_programs = key.starts_with("mcp.servers.") || key.starts_with("services.");
        let of_program = key.split_once(".env.").filter(|_| is_programs).map(|(_, name)| name);
        if let Some(name) = key.strip_prefix("env.").or(of_program) {
            return self.variable(name.trim_matches(['"', '\'']), value);
        }
        if value.is_empty() || is_hidden(value) || self.plain.has_profile_value(key, value) {
            return value.to_owned();
        }
        // The key has it: `services.worker.command` is [python3, -m, worker].
        if key.split('.').any(|part| part.trim_matches(['"', '\'']) == value) {
            return value.to_owned();
        }
        self.hide(value)
    }

    /// A secret was handed to the build: wherever it shows, it is hidden. Certificates are none.
    pub fn secret(&mut self, content: &[u8]) {
        let Ok(content) = std::str::from_utf8(content) else { return };
        for line in text::lines_of_secret(content) {
            let hidden = self.key.hide(line);
            self.secrets.insert(line.to_owned(), hidden.clone());
            self.hidden.insert(line.to_owned(), hidden);
        }
    }

    /// For texts that are kept: every value that was hidden so far is replaced in them.
    pub fn texts(&self) -> Texts {
        Texts::new(self.hidden.iter().filter(|(value, _)| text::is_long_enough(value)))
    }

    /// For logs, which people read: secrets, and what is named or looks like one.
    pub fn logs(&self) -> Texts {
        Texts::new(self.secrets.iter().filter(|(value, _)| text::is_long_enough(value)))
    }

    fn hide(&mut self, value: &str) -> String {
        let hidden = self.key.hide(value);
        self.hidden.insert(value.to_owned(), hidden.clone());
        hidden
    }
}

/// Whether it is a hidden value.
pub fn is_hidden(text: &str) -> bool {
    id_at(text).is_some_and(|_| text.len() == PREFIX.len() + ID + 1 + HASH)
}

/// Whether it can be said that two values are the same or not: a hidden one can only be compared with
/// one that was hidden under the same key.
pub fn comparable(one: &str, other: &str) -> bool {
    keys_of(one) == keys_of(other)
}

fn keys_of(text: &str) -> Vec<&str> {
    let mut keys: Vec<&str> =
        text.match_indices(PREFIX).filter_map(|(at, _)| id_at(&text[at..])).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The id of the key of the hidden value that a text begins with.
fn id_at(text: &str) -> Option<&str> {
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let rest = text.strip_prefix(PREFIX)?;
    let (id, hash) = (rest.get(..ID)?, rest.get(ID + 1..ID + 1 + HASH)?);
    (is_hex(id) && is_hex(hash) && rest.as_bytes()[ID] == b':').then_some(id)
}
