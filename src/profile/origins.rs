//! A loaded profile as one file, each value with the place that it is from.
//!
//! It holds what mad takes, defaults included, so that a profile of its text alone loads as the same.

use std::fmt::Write;

use serde_json::Value as Json;

use super::Loaded;
use super::values::quoted;
use crate::project::yaml::{Kind, Position};

/// A value of a profile and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueOrigin {
    /// The key that [`Loaded::locate`] finds it by; entries of lists by their place.
    pub key: String,
    /// Where it is written; nothing for a default.
    pub at: Option<Position>,
}

/// The values of a profile, and where each is from.
#[derive(Debug, Clone)]
pub struct Origins {
    /// The profile in full; what is empty and nobody has written is left out.
    pub profile: Json,
    /// Each value of it that is no map and no list, in its order.
    pub values: Vec<ValueOrigin>,
}

impl Loaded {
    /// The profile in full, with the origin of each value.
    pub fn origins(&self) -> Origins {
        let mut profile =
            serde_json::to_value(&self.profile).expect("a profile has text keys only");
        if let Json::Object(fields) = &mut profile {
            fields.retain(|key, value| !is_empty(value) || self.locate(&quoted(key)).is_some());
        }
        let mut values = Vec::new();
        self.collect(&profile, "", &mut values);
        Origins { profile, values }
    }

    fn collect(&self, value: &Json, key: &str, found: &mut Vec<ValueOrigin>) {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    self.collect(value, &below(key, &quoted(name)), found);
                }
            }
            Json::Array(items) if !items.is_empty() => {
                for (place, value) in items.iter().enumerate() {
                    self.collect(value, &below(key, &place.to_string()), found);
                }
            }
            _ => found.push(ValueOrigin { key: key.to_owned(), at: self.locate(key) }),
        }
    }
}

impl Origins {
    /// As YAML, the origin of each value in a comment behind it.
    pub fn yaml(&self) -> String {
        let mut writer = Writer { values: self.values.iter(), lines: Vec::new() };
        writer.fields(&self.profile, 0);
        let wide = |(text, _): &&(String, Option<String>)| text.chars().count() <= WIDEST;
        let widths = writer.lines.iter().filter(wide).map(|(text, _)| text.chars().count());
        let width = widths.max().unwrap_or(0);
        let mut yaml = String::new();
        for (text, comment) in &writer.lines {
            match comment {
                Some(comment) => writeln!(yaml, "{text:<width$}  # {comment}"),
                None => writeln!(yaml, "{text}"),
            }
            .expect("a string takes all");
        }
        yaml
    }
}

/// Columns of a text whose comment stands in line with the others.
const WIDEST: usize = 60;

/// What no layer said anything of.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty() || fields.values().all(is_empty),
        _ => false,
    }
}

fn below(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

/// Writes the tree in block style, and takes the origins in the order in which they were collected.
struct Writer<'a> {
    values: std::slice::Iter<'a, ValueOrigin>,
    /// Text, and what the comment behind it says.
    lines: Vec<(String, Option<String>)>,
}

impl Writer<'_> {
    fn fields(&mut self, value: &Json, indent: usize) {
        for (key, value) in value.as_object().into_iter().flatten() {
            self.entry(&format!("{}{}:", " ".repeat(indent), scalar(key)), value, indent + 2);
        }
    }

    /// A value behind `start`: on its line, or below it.
    fn entry(&mut self, start: &str, value: &Json, indent: usize) {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                self.lines.push((start.to_owned(), None));
                self.fields(value, indent);
            }
            Json::Array(items) if !items.is_empty() => {
                self.lines.push((start.to_owned(), None));
                items.iter().for_each(|item| self.item(item, indent));
            }
            value => {
                let origin = self.values.next().expect("every value was collected");
                let text = match value {
                    Json::String(text) => scalar(text),
                    other => other.to_string(),
                };
                self.lines.push((format!("{start} {text}"), Some(said(origin.at.as_ref()))));
            }
        }
    }

    /// An entry of a list: a map begins on the line of its dash.
    fn item(&mut self, item: &Json, indent: usize) {
        let dash = format!("{}-", " ".repeat(indent));
        if item.as_object().is_none_or(serde_json::Map::is_empty) {
            return self.entry(&dash, item, indent + 2);
        }
        let first = self.lines.len();
        self.fields(item, indent + 2);
        let (text, _) = &mut self.lines[first];
        text.replace_range(indent..=indent, "-");
    }
}

/// The place in words: an argument has no lines.
fn said(at: Option<&Position>) -> String {
    match at {
        None => "default".to_owned(),
        Some(at) if at.file.starts_with("--") => at.file.clone(),
        Some(at) => format!("{}:{}", at.file.escape_debug(), at.line),
    }
}

/// As YAML reads it back: bare where that is plain, else in double quotes, which take what JSON's do.
fn scalar(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._+=*~/-@".contains(c));
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    if first && plain && Kind::of_plain(text) == Kind::Text {
        text.to_owned()
    } else {
        Json::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::{Profile, SetArgument};
    use crate::project::testing::project;

    #[test]
    fn each_value_has_its_origin() {
        let child = "extends: parent\napt:\n  runtime: [git=1:2.*]\nenv:\n  \"A\": 'x # y'\n\
                     labels: {a.b: \"\\u00e4: ~\"}\nrun:\n  - one\n  - {command: \"a\\nb\", user: root}\n\
                     patches: []\n";
        let parent = "base: debian:trixie\napt:\n  runtime:\n    - git\n    - jq\nuser: {uid: 7}\n";
        let (_folder, project) =
            project(&[("profiles/x.yaml", child), ("profiles/parent.yaml", parent)]);
        let sets: Vec<SetArgument> = vec!["user.gid=9".parse().unwrap()];
        let loaded = Profile::load(&project, "x", &sets, None).unwrap();
        insta::assert_snapshot!(loaded.origins().yaml());
    }

    #[test]
    fn its_text_is_the_same_profile() {
        for name in ["cpu", "cuda"] {
            let (_folder, own) = project(&[]);
            let loaded = Profile::load(&own, name, &[], None).unwrap();
            let (_folder, copy) = project(&[("profiles/copy.yaml", &loaded.origins().yaml())]);
            let again = Profile::load(&copy, "copy", &[], None).unwrap();
            assert_eq!(again.profile, loaded.profile, "{name}");
        }
    }
}
