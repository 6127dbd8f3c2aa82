//! The file as text, written: a line for what a reviewer reads as one thing.
//!
//! A serialiser would put each of twenty samples on a line of its own.

use std::fmt::{self, Display, Write};

use super::{BaselineFile, BaselinePlace, BaselineStep};
use crate::timing::judge::Accepted;

impl Display for BaselineFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Written by `mad baseline set`; `mad baseline show` explains it.")?;
        writeln!(f, "schema: {}\nprofile: {}", scalar(&self.schema), scalar(&self.profile))?;
        if self.places.is_empty() {
            return writeln!(f, "places: []");
        }
        writeln!(f, "places:")?;
        self.places.iter().try_for_each(|place| write_place(f, place))
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, place: &BaselinePlace) -> fmt::Result {
    writeln!(f, "  - builder: {}", scalar(&place.builder))?;
    writeln!(f, "    machine: {}", scalar(&place.machine))?;
    writeln!(f, "    cache: {}", place.cache.as_str())?;
    optional(f, "target", place.target.as_deref().map(scalar))?;
    writeln!(f, "    builds: {}", place.builds)?;
    optional(f, "oldest", place.oldest)?;
    optional(f, "newest", place.newest)?;
    writeln!(f, "    overhead_ms: {}", numbers(&place.overhead_ms))?;
    optional(f, "image_bytes", place.image_bytes)?;
    list(f, "steps", &place.steps, write_step)?;
    list(f, "accepted", &place.accepted, write_accepted)
}

fn write_step(f: &mut fmt::Formatter<'_>, step: &BaselineStep) -> fmt::Result {
    writeln!(f, "      - id: {}", scalar(&step.id))?;
    writeln!(f, "        stage: {}", scalar(&step.stage))?;
    writeln!(f, "        label: {}", scalar(&step.label))?;
    if let Some(needs) = &step.needs {
        let needs: Vec<String> = needs.iter().map(|id| quoted(id)).collect();
        writeln!(f, "        needs: [{}]", needs.join(", "))?;
    }
    writeln!(f, "        samples_ms: {}", numbers(&step.samples_ms))
}

fn write_accepted(f: &mut fmt::Formatter<'_>, accepted: &Accepted) -> fmt::Result {
    writeln!(f, "      - step: {}", scalar(&accepted.step))?;
    writeln!(f, "        label: {}", scalar(&accepted.label))?;
    writeln!(f, "        reason: {}", scalar(&accepted.reason))?;
    writeln!(f, "        until: {}", accepted.until)?;
    writeln!(f, "        limit_ms: {}", accepted.limit_ms)?;
    writeln!(f, "        build: {}", scalar(&accepted.build))
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    key: &str,
    items: &[T],
    write: fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if items.is_empty() {
        return writeln!(f, "    {key}: []");
    }
    writeln!(f, "    {key}:")?;
    items.iter().try_for_each(|item| write(f, item))
}

fn optional(f: &mut fmt::Formatter<'_>, key: &str, value: Option<impl Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| writeln!(f, "    {key}: {value}"))
}

fn numbers(numbers: &[u64]) -> String {
    let mut out = String::from("[");
    for (index, number) in numbers.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(out, "{comma}{number}");
    }
    out + "]"
}

/// Text as YAML reads it back: plain where it cannot be anything else, in quotes otherwise.
fn scalar(text: &str) -> String {
    let is_tame = |c: char| c.is_ascii_alphanumeric() || " ._/:=+@-".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_tame)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// YAML's double quotes take JSON's escapes; what is not printable is escaped too.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out + "\""
}
