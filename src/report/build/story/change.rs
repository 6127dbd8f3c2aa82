//! What changed, old to new.

use serde::Serialize;

use super::{cut, moment, short_id};
use crate::redact::comparable;
use crate::timing::clean_line;
use crate::timing::judge::Cause;

/// Longer texts are cut: a heredoc of a hundred lines explains nothing.
const MAX_TEXT: usize = 160;
/// Words that stay around what was edited.
const CONTEXT_WORDS: usize = 3;

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Change {
    /// What: `file locks/cpu.txt changed`.
    pub what: String,
    /// How it was.
    pub old: Option<String>,
    /// How it is.
    pub new: Option<String>,
    /// Where it is written: `profiles/cpu.yaml:12:3`.
    pub at: Option<String>,
}

impl Change {
    pub(in crate::report) fn of(cause: &Cause) -> Self {
        match cause {
            Cause::File { path, old, new } => named("file", path, old, new),
            Cause::Value { key, old, new, at } => {
                let at = at.as_deref().map(clean_line);
                Self { at, ..named("profile value", key, old, new) }
            }
            Cause::Argument { name, old, new } => named("build argument", name, old, new),
            Cause::Instruction { old, new } => {
                let (old, new) = edited_part(&clean_line(old), &clean_line(new));
                Self::new("the instruction changed", Some(old), Some(new))
            }
            Cause::State { old, new } => {
                let what = "its environment changed";
                Self::new(what, old.as_deref().map(text), new.as_deref().map(text))
            }
            Cause::Base { old, new } => {
                Self::new("the base image changed", Some(image(old)), Some(image(new)))
            }
            Cause::Order => plain("steps above it were added, removed or moved"),
            Cause::New => plain("the step is new"),
            Cause::NoCache => plain("the cache was disabled (--no-cache)"),
            Cause::Evicted { last_seen } => Self::new(
                "nothing changed, but it is no longer in the engine's cache",
                Some(format!("last there {}", moment(*last_seen))),
                None,
            ),
            Cause::NeverBuiltHere => plain("first time on this engine"),
        }
    }

    fn new(what: &str, old: Option<String>, new: Option<String>) -> Self {
        Self { what: what.to_owned(), old, new, at: None }
    }

    /// On one line: `file locks/cpu.txt changed: a1b2 → c3d4`.
    pub(in crate::report) fn sentence(&self) -> String {
        let mut sentence = self.what.clone();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => sentence += &format!(": {old} → {new}"),
            (Some(old), None) => sentence += &format!(" ({old})"),
            (None, Some(new)) => sentence += &format!(": {new}"),
            (None, None) => {}
        }
        if let Some(at) = &self.at {
            sentence += &format!(" ({at})");
        }
        sentence
    }
}

fn plain(what: &str) -> Change {
    Change::new(what, None, None)
}

fn named(kind: &str, name: &str, old: &Option<String>, new: &Option<String>) -> Change {
    let become_ = match (old, new) {
        (None, _) => "is new",
        (_, None) => "is gone",
        (Some(old), Some(new)) if !comparable(old, new) => {
            "may have changed (it is hidden under another key)"
        }
        _ => "changed",
    };
    let what = format!("{kind} {} {become_}", cut(&clean_line(name), MAX_TEXT));
    Change::new(&what, old.as_deref().map(text), new.as_deref().map(text))
}

fn text(value: &str) -> String {
    match clean_line(value) {
        empty if empty.is_empty() => "(empty)".to_owned(),
        value => cut(&value, MAX_TEXT),
    }
}

/// Name and id with the id shortened.
fn image(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(short_id).collect();
    cut(&clean_line(&words.join(" ")), MAX_TEXT)
}

/// The words that differ, with a few around them.
///
/// ```text
/// RUN set -e && npm ci && rm -rf /x        … -e && npm ci …
/// RUN set -e && sleep 20 && npm ci && …    … -e && sleep 20 && npm ci …
/// ```
fn edited_part(old: &str, new: &str) -> (String, String) {
    let before: Vec<&str> = old.split_whitespace().collect();
    let after: Vec<&str> = new.split_whitespace().collect();
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
        pairs.take_while(|(old, new)| old == new).count()
    };
    let head = same(&mut before.iter().zip(&after));
    let shorter = before.len().min(after.len());
    let tail = same(&mut before.iter().rev().zip(after.iter().rev())).min(shorter - head);
    let part = |words: &[&str]| {
        let start = head.saturating_sub(CONTEXT_WORDS);
        let end = (words.len() - tail + CONTEXT_WORDS).min(words.len());
        let middle = cut(&words[start..end].join(" "), MAX_TEXT);
        let left = if start > 0 { "… " } else { "" };
        let right = if end < words.len() && !middle.ends_with('…') { " …" } else { "" };
        format!("{left}{middle}{right}")
    };
    (part(&before), part(&after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_edit_only_the_words_around_it_are_told() {
        let old = "RUN set -eu && python3 -m venv /opt/x && /opt/x/bin/pip install -r a.txt";
        let new = old.replace("&& /opt", "&& sleep 20 && /opt");
        let (old, new) = edited_part(old, &new);
        assert_eq!(old, "… venv /opt/x && /opt/x/bin/pip install -r …");
        assert_eq!(new, "… venv /opt/x && sleep 20 && /opt/x/bin/pip install -r …");
        assert_eq!(edited_part("RUN a", "RUN a b"), ("RUN a".into(), "RUN a b".into()));
        assert_eq!(edited_part("", "RUN a"), (String::new(), "RUN a".into()));
        // Words that repeat must not be counted from both ends.
        assert_eq!(edited_part("a a", "a a a"), ("a a".into(), "a a a".into()));
        let long = edited_part("RUN x", &format!("RUN {}", "y ".repeat(500)));
        assert!(long.1.chars().count() <= MAX_TEXT + 4);
    }

    #[test]
    fn every_cause_is_a_sentence() {
        let some = |text: &str| Some(text.to_owned());
        let causes = [
            Cause::File { path: "locks/cpu.txt".into(), old: some("a1b2"), new: some("c3d4") },
            Cause::File { path: "new.txt\u{1b}[2J".into(), old: None, new: some("c3d4") },
            Cause::Value {
                key: "user.uid".into(),
                old: some("1000"),
                new: None,
                at: some("profiles/cpu.yaml:12:3"),
            },
            Cause::Argument { name: "X".into(), old: some(""), new: some("b") },
            Cause::Instruction { old: "RUN a".into(), new: "RUN b".into() },
            Cause::State { old: None, new: some("ENV A=b") },
            Cause::Base {
                old: format!("debian:trixie sha256:{}", "0a".repeat(32)),
                new: format!("debian:trixie sha256:{}", "1b".repeat(32)),
            },
            Cause::Order,
            Cause::New,
            Cause::NoCache,
            Cause::Evicted { last_seen: "2026-11-20T08:00:00Z".parse().unwrap() },
            Cause::NeverBuiltHere,
        ];
        let sentences: Vec<String> = causes.iter().map(|c| Change::of(c).sentence()).collect();
        insta::assert_snapshot!(sentences.join("\n"));
    }
}
