//! A YAML value that knows where it was written.

use super::{Kind, Mark};

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands: an anchored value keeps the place of its anchor.
    pub mark: Mark,
    /// A list tagged `!replace`: it does not append to what it inherits.
    pub replace: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, number, boolean or null.
    Scalar(Scalar),
    /// `- a` or `[a]`.
    List(Vec<Node>),
    /// `a: b` or `{a: b}`, in the order of the file.
    Map(Vec<MapEntry>),
}

/// A scalar as it was written; what it means depends on what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text without its quotes.
    pub text: String,
    /// Neither quoted nor a block, so that `1` is a number.
    pub plain: bool,
}

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_mark: Mark,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(value: Value, mark: Mark) -> Self {
        Self { value, mark, replace: false }
    }

    /// Text at a place.
    pub fn text_at(text: impl Into<String>, mark: Mark) -> Self {
        Self::new(Value::Scalar(Scalar { text: text.into(), plain: false }), mark)
    }

    /// The scalar's type by its looks; `None` for a list or a map.
    pub fn kind(&self) -> Option<Kind> {
        match &self.value {
            Value::Scalar(Scalar { text, plain: true }) => Some(Kind::of_plain(text)),
            Value::Scalar(_) => Some(Kind::Text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        self.kind() == Some(Kind::Null)
    }

    /// The characters of a scalar, none for a list or a map.
    pub fn as_raw(&self) -> &str {
        match &self.value {
            Value::Scalar(scalar) => &scalar.text,
            Value::List(_) | Value::Map(_) => "",
        }
    }

    /// The text of a scalar that is not null.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if !self.is_null() => Some(&scalar.text),
            _ => None,
        }
    }

    /// Bytes of its scalars and keys.
    pub fn text_bytes(&self) -> usize {
        let keys = self.entries().iter().map(|entry| entry.key.len() + entry.value.text_bytes());
        let items = self.items().iter().map(Self::text_bytes);
        self.as_raw().len() + keys.chain(items).sum::<usize>()
    }

    /// The entries of a list, none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a map, none for anything else.
    pub fn entries(&self) -> &[MapEntry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map.
    pub fn entry(&self, key: &str) -> Option<&MapEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key, null left out.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }
}
