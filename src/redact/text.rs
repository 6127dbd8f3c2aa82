//! Values within texts: an instruction that names one, an engine's error, what a step prints.

use std::borrow::Cow;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};

/// Shorter values are not looked for: `dev` is in every text.
const SHORTEST: usize = 4;
/// From here on a value is found within words too.
const WITHIN_WORDS: usize = 8;
/// Lines of one secret that are looked for.
const MOST_LINES: usize = 1_000;

/// Parts of names that stand for secrets, in capitals.
const SIGNS: [&str; 19] = [
    "TOKEN",
    "PASS",
    "PWD",
    "SECRET",
    "CREDENTIAL",
    "KEY",
    "AUTH",
    "COOKIE",
    "SESSION",
    "DATABASE",
    "DSN",
    "URL",
    "URI",
    "CONN",
    "PAT",
    "PIN",
    "CERT",
    "SALT",
    "JWT",
];

/// Finds values in texts and puts others in their place.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    finder: Option<Arc<AhoCorasick>>,
    values: Arc<Vec<(usize, String)>>,
}

impl Texts {
    pub(super) fn new<'a>(values: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let values: Vec<(&String, &String)> = values.collect();
        if values.is_empty() {
            return Self::default();
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(values.iter().map(|(value, _)| value.as_bytes()))
            .expect("values of some megabytes at most");
        let values = values.iter().map(|(value, hidden)| (value.len(), (*hidden).clone()));
        Self { finder: Some(Arc::new(finder)), values: Arc::new(values.collect()) }
    }

    /// The text with all values replaced.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(finder) = &self.finder else { return Cow::Borrowed(text) };
        let mut hidden = String::new();
        let mut done = 0;
        for found in finder.find_iter(text) {
            let (length, instead) = &self.values[found.pattern().as_usize()];
            if *length < WITHIN_WORDS && is_in_word(text, found.start(), found.end()) {
                continue;
            }
            hidden.push_str(&text[done..found.start()]);
            hidden.push_str(instead);
            done = found.end();
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        hidden.push_str(&text[done..]);
        Cow::Owned(hidden)
    }
}

fn is_in_word(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    is_word(text[..start].chars().next_back()) || is_word(text[end..].chars().next())
}

/// Whether texts are searched for it.
pub(super) fn is_long_enough(value: &str) -> bool {
    value.len() >= SHORTEST
}

/// Whether logs hide it too: they are read by people, and `info` or `8080` hides nothing there.
pub(super) fn is_for_logs(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SIGNS.iter().any(|sign| name.contains(sign)) || value.len() >= 2 * WITHIN_WORDS
}

/// What of a secret is looked for: the whole, and each line, as a log shows it.
pub(super) fn lines_of_secret(content: &str) -> impl Iterator<Item = &str> {
    let is_public = content.contains("-----BEGIN CERTIFICATE-----") && !content.contains("PRIVATE");
    let whole = std::iter::once(content.trim());
    let lines = content.lines().map(str::trim).take(MOST_LINES);
    whole.chain(lines).filter(move |line| !is_public && is_long_enough(line))
}
