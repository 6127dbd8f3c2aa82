//! What a program wrote, as the parts of a record.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::card;
use super::level::Level;
use super::record::write_text;
use super::time::{self, Micros};

/// A program's own time further from ours than this is no time of the line, and stays among its fields.
const FAR: Micros = 24 * 3600 * 1_000_000;

/// The parts of one line, in buffers that are used again.
#[derive(Default)]
pub struct Parsed {
    pub time: Option<Micros>,
    pub level: Option<Level>,
    pub message: Vec<u8>,
    pub fields: Vec<u8>,
}

impl Parsed {
    fn clear(&mut self) {
        self.time = None;
        self.level = None;
        self.message.clear();
        self.fields.clear();
    }

    /// Reads JSON; false when the line is no JSON object.
    pub fn json(&mut self, line: &[u8], now: Micros) -> bool {
        let line = line.trim_ascii();
        if !(line.starts_with(b"{") && line.ends_with(b"}")) {
            return false;
        }
        let Ok(text) = std::str::from_utf8(line) else { return false };
        let Ok(object) = serde_json::from_str::<Object<'_>>(text) else { return false };
        self.clear();
        for (key, value) in &object.0 {
            let value = value.get().as_bytes();
            let taken = match &**key {
                "time" | "ts" | "timestamp" | "@timestamp" if self.time.is_none() => {
                    self.time = moment(value).filter(|at| (at - now).abs() < FAR);
                    self.time.is_some()
                }
                "level" | "lvl" | "severity" | "levelname" if self.level.is_none() => {
                    self.level = level(value);
                    self.level.is_some()
                }
                "message" | "msg" if self.message.is_empty() && value.starts_with(b"\"") => {
                    self.message.extend_from_slice(value);
                    true
                }
                _ => false,
            };
            if !taken {
                self.field(key, value);
            }
        }
        if self.message.is_empty() {
            self.nested_message(&object);
        }
        true
    }

    /// tracing's own form has the message among the fields, where it then stays too.
    fn nested_message(&mut self, object: &Object<'_>) {
        let fields = object.0.iter().find(|(key, _)| key == "fields");
        let nested =
            fields.and_then(|(_, value)| serde_json::from_str::<Object<'_>>(value.get()).ok());
        let message = nested.iter().flat_map(|nested| &nested.0).find(|(key, _)| key == "message");
        match message {
            Some((_, value)) if value.get().starts_with('"') => {
                self.message.extend_from_slice(value.get().as_bytes());
            }
            _ => self.message.extend_from_slice(b"\"\""),
        }
    }

    /// Takes a line, or several that belong together, as text.
    pub fn text(&mut self, text: &[u8], level: Option<Level>) {
        self.clear();
        self.level = level.or_else(|| Level::of_text(text));
        let wrong = write_text(&mut self.message, text);
        if wrong > 0 {
            self.number("invalid_bytes", wrong);
        }
    }

    /// Marks a line that tells of a card's trouble. One that says no level of its own is an error then.
    pub fn card(&mut self, line: &[u8]) {
        let Some(sign) = card::sign(line) else { return };
        self.level.get_or_insert(Level::Error);
        self.field("gpu_sign", format!("\"{}\"", sign.name()).as_bytes());
        if let nvidia::Sign::Xid(number) = sign {
            self.number("xid", number.into());
        }
    }

    pub fn number(&mut self, key: &str, value: u64) {
        self.field(key, value.to_string().as_bytes());
    }

    fn field(&mut self, key: &str, value: &[u8]) {
        if !self.fields.is_empty() {
            self.fields.push(b',');
        }
        write_text(&mut self.fields, key.as_bytes());
        self.fields.push(b':');
        self.fields.extend_from_slice(value);
    }
}

fn moment(value: &[u8]) -> Option<Micros> {
    match value.strip_prefix(b"\"") {
        Some(text) => time::parse(text.strip_suffix(b"\"")?),
        None => time::from_number(std::str::from_utf8(value).ok()?.parse().ok()?),
    }
}

fn level(value: &[u8]) -> Option<Level> {
    match value.strip_prefix(b"\"") {
        Some(text) => Level::from_name(text.strip_suffix(b"\"")?),
        None => Level::from_number(std::str::from_utf8(value).ok()?.parse().ok()?),
    }
}

/// The keys of an object in their order, each value as it stands.
pub struct Object<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::with_capacity(12);
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
