//! Changes of a profile's file that keep what a person wrote around them: comments, order, blank lines.
//!
//! A change is an edit of the text at the place that the parser tells. The new text is read again, and
//! one that says more or less than was meant is refused: no way of writing YAML is misunderstood in
//! silence.

mod text;

use std::collections::BTreeSet;

use thiserror::Error;

use super::identity::identity;
use crate::project::yaml::{Mark, Node, Source, Value, compose, decode};
use text::{NewEntry, YamlText, scalar};

/// A profile's file that is being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    path: String,
    text: String,
}

/// A change that cannot be made in this text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot tell where `{what}` goes in `{path}`")]
pub struct EditError {
    /// The file.
    pub path: String,
    /// What was to be written, or taken out.
    pub what: String,
}

impl EditError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(format!("change {} in an editor, then run `mad lock`", self.path))
    }
}

/// What a file says: each scalar under the keys above it, in quotes where a key has a dot.
type Scalars = BTreeSet<(String, String)>;

impl Edit {
    /// A file as it is; the faults of one that cannot be read are for [`Profile::load`](super::Profile).
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Where the file is in the project.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The file as it is now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The entries of the list at `keys`.
    pub fn items(&self, keys: &[&str]) -> Vec<String> {
        let root = self.root();
        let list = at(root.as_ref(), keys);
        let items = list.map_or(&[][..], Node::items).iter();
        items.filter_map(Node::as_text).map(str::to_owned).collect()
    }

    /// The keys and values of the map at `keys`.
    pub fn values(&self, keys: &[&str]) -> Vec<(String, String)> {
        let root = self.root();
        let map = at(root.as_ref(), keys);
        let entries = map.map_or(&[][..], Node::entries).iter();
        entries.map(|entry| (entry.key.clone(), entry.value.as_raw().to_owned())).collect()
    }

    /// The text at `keys`.
    pub fn value(&self, keys: &[&str]) -> Option<String> {
        at(self.root().as_ref(), keys)?.as_text().map(str::to_owned)
    }

    /// Puts `item` into a list; the entry of the same package makes place for it.
    pub fn put_item(&mut self, keys: &[&str], item: &str) -> Result<(), EditError> {
        let root = self.root();
        let (list, name) = (at(root.as_ref(), keys), name_of(keys, item));
        let old = list.and_then(|list| entry_named(keys, list, &name));
        let text = YamlText::new(&self.text);
        let edited = match (list, old) {
            (_, Some(old)) => text.replace(old, item),
            (Some(list), None) => text.append_item(list, item),
            (None, _) => text.insert(root.as_ref(), keys, NewEntry::Item(item)),
        };
        let gone = old.and_then(Node::as_text).map(|old| (keys, old));
        self.accept(edited, gone, Some((keys, item)), item)
    }

    /// Takes the entry of a package out of a list; `false` where it has none.
    pub fn drop_item(&mut self, keys: &[&str], name: &str) -> Result<bool, EditError> {
        let root = self.root();
        let Some(list) = at(root.as_ref(), keys) else { return Ok(false) };
        let Some(old) = entry_named(keys, list, &name_of(keys, name)) else { return Ok(false) };
        let text = YamlText::new(&self.text);
        let edited = match list.items().len() {
            // A key with nothing would drop what the profile inherits.
            1 => text.remove_key(root.as_ref(), keys),
            _ => text.remove_item(list, old),
        };
        let said = old.as_text().unwrap_or_default().to_owned();
        self.accept(edited, Some((keys, &said)), None, name)?;
        Ok(true)
    }

    /// Writes the text at `keys`.
    pub fn put_value(&mut self, keys: &[&str], value: &str) -> Result<(), EditError> {
        let root = self.root();
        let old = at(root.as_ref(), keys).filter(|old| matches!(old.value, Value::Scalar(_)));
        if old.and_then(Node::as_text) == Some(value) {
            return Ok(());
        }
        let text = YamlText::new(&self.text);
        let edited = match old {
            Some(old) => text.replace(old, value),
            None => text.insert(root.as_ref(), keys, NewEntry::Value(value)),
        };
        let gone = old.and_then(Node::as_text).map(|old| (keys, old));
        self.accept(edited, gone, Some((keys, value)), value)
    }

    /// Takes a key out; `false` where there is none.
    pub fn drop_value(&mut self, keys: &[&str]) -> Result<bool, EditError> {
        let root = self.root();
        let Some(old) = at(root.as_ref(), keys) else { return Ok(false) };
        let said = old.as_raw().to_owned();
        let edited = YamlText::new(&self.text).remove_key(root.as_ref(), keys);
        self.accept(edited, Some((keys, &said)), None, keys.last().unwrap_or(&""))?;
        Ok(true)
    }

    /// Takes the new text, if it says exactly what was meant.
    fn accept(
        &mut self,
        edited: Option<String>,
        gone: Option<(&[&str], &str)>,
        new: Option<(&[&str], &str)>,
        what: &str,
    ) -> Result<(), EditError> {
        let unclear = || EditError { path: self.path.clone(), what: what.to_owned() };
        let edited = edited.ok_or_else(unclear)?;
        let mut meant = said(self.root().as_ref());
        if let Some((keys, text)) = gone {
            meant.remove(&(joined(keys), text.to_owned()));
        }
        meant.extend(new.map(|(keys, text)| (joined(keys), text.to_owned())));
        if said(read(&self.path, &edited).as_ref()) != meant {
            return Err(unclear());
        }
        self.text = edited;
        Ok(())
    }

    fn root(&self) -> Option<Node> {
        read(&self.path, &self.text)
    }
}

fn read(path: &str, text: &str) -> Option<Node> {
    let source = decode(path, text.as_bytes()).ok()?;
    compose(&source, 0).ok()
}

fn at<'a>(root: Option<&'a Node>, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(root?, |node, key| node.get(key))
}

/// What an entry of a list is the entry of.
fn name_of(keys: &[&str], text: &str) -> String {
    let mark = Mark::start(&Source::file("", text));
    identity(&keys.join("."), &Node::text_at(text, mark)).unwrap_or_default()
}

fn entry_named<'a>(keys: &[&str], list: &'a Node, name: &str) -> Option<&'a Node> {
    let path = keys.join(".");
    list.items().iter().find(|item| identity(&path, item).as_deref() == Some(name))
}

fn joined(keys: &[&str]) -> String {
    keys.iter().map(|key| scalar(key)).collect::<Vec<_>>().join(" ")
}

fn said(root: Option<&Node>) -> Scalars {
    fn collect(node: &Node, above: &str, said: &mut Scalars) {
        for item in node.items() {
            collect(item, above, said);
        }
        for entry in node.entries() {
            let key = scalar(&entry.key);
            let path = if above.is_empty() { key } else { format!("{above} {key}") };
            collect(&entry.value, &path, said);
        }
        if matches!(node.value, Value::Scalar(_)) {
            said.insert((above.to_owned(), node.as_raw().to_owned()));
        }
    }
    let mut all = Scalars::new();
    if let Some(root) = root {
        collect(root, "", &mut all);
    }
    all
}

#[cfg(test)]
mod tests;
