//! `--set a.b=c`: one value over all files, as the last layer.
//!
//! The value is YAML, so `--set 'apt.runtime=[git, jq]'` appends two packages,
//! `--set 'patches=!replace []'` empties a list and `--set gpu=null` drops what was inherited.
//! Where text is wanted, a number stays as typed: `--set env.PORT=8080` needs no quotes.

use std::str::FromStr;

use super::fault::Fault;
use super::{ProfileError, key};
use crate::project::yaml::{
    self, Located, MapEntry, Mark, Node, Scalar, Source, Value, compose, shown,
};

const FLAG: &str = "--set";

/// One `--set` argument, parsed. What it means for a profile is checked when one is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetArgument {
    text: String,
    layer: Node,
}

impl SetArgument {
    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key that it changes, as it was typed.
    pub fn key(&self) -> &str {
        // A quoted part may hold an `=`; then the key is told up to there, which is as good to tell
        // two of them apart.
        self.text.split_once('=').map_or(&self.text, |(key, _)| key)
    }

    /// The value inside the maps that its key names.
    pub(super) fn layer(&self) -> &Node {
        &self.layer
    }
}

impl FromStr for SetArgument {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let source = Source::argument(FLAG, text);
        let fail = |at: usize, fault| {
            ProfileError::one(Located::new(&Mark::new(&source, 1, at + 1, 1), fault))
        };
        let (parts, value_at) =
            key::parse(text).map_err(|(at, reason)| fail(at, Fault::SetKey { reason }))?;
        if parts.first().is_some_and(|part| part.name == "extends") {
            return Err(fail(0, Fault::SetExtends));
        }
        let Some(value_at) = value_at else {
            return Err(fail(text.chars().count(), Fault::SetWithoutValue { key: shown(text) }));
        };
        let value: String = text.chars().skip(value_at).collect();
        if value.trim().is_empty() {
            return Err(fail(
                value_at,
                Fault::SetEmpty { key: text.chars().take(value_at - 1).collect() },
            ));
        }
        let value = match compose(&source, value_at) {
            Ok(value) => value,
            // `null` is no empty file here: it drops what was inherited. A comment is a slip.
            Err(located) if located.fault == yaml::Fault::Empty => {
                if !matches!(value.trim(), "null" | "Null" | "NULL" | "~") {
                    return Err(fail(value_at, Fault::SetComment { value: shown(&value) }));
                }
                let null = Value::Scalar(Scalar { text: String::new(), plain: true });
                Node::new(null, Mark::new(&source, 1, value_at + 1, value.chars().count()))
            }
            Err(located) => return Err(ProfileError::one(located.map(Fault::Yaml))),
        };
        let layer = parts.into_iter().rev().fold(value, |value, part| {
            let key_mark = Mark::new(&source, 1, part.at + 1, part.width);
            let mark = key_mark.clone();
            Node::new(Value::Map(vec![MapEntry { key: part.name, key_mark, value }]), mark)
        });
        Ok(Self { text: text.to_owned(), layer })
    }
}
