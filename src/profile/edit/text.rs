//! Edits of YAML text at the places of its values; `None` where the text is written in a way that these
//! few rules do not know. Whoever asks reads the result again.

use crate::project::yaml::{Kind, MapEntry, Node, Value};

/// What goes below a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum NewEntry<'a> {
    /// The only entry of a new list.
    Item(&'a str),
    /// A text.
    Value(&'a str),
}

/// Spaces that a level is deeper than the one above.
const STEP: usize = 2;

/// The text of a file.
pub(super) struct YamlText<'a> {
    text: &'a str,
}

/// A text as a YAML scalar: plain where that says the same.
pub(super) fn scalar(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._+=:*~/-".contains(c));
    if first && plain && !text.ends_with(':') && Kind::of_plain(text) == Kind::Text {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Likewise inside `[…]` and `{…}`, where more characters mean something.
fn flow_scalar(text: &str) -> String {
    if text.contains([':', '*', '~']) { quoted(text) } else { scalar(text) }
}

/// YAML's double quotes take what JSON's do.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl<'a> YamlText<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// Another text in place of a scalar.
    pub(super) fn replace(&self, old: &Node, new: &str) -> Option<String> {
        let (from, to) = self.span(old)?;
        let new = if self.is_in_flow(from) { flow_scalar(new) } else { scalar(new) };
        Some(self.spliced(from, to, &new))
    }

    /// One entry more at the end of a list.
    pub(super) fn append_item(&self, list: &Node, item: &str) -> Option<String> {
        if self.char_at(list) == Some('[') {
            return match list.items().last() {
                Some(last) => {
                    let (_, to) = self.span(last)?;
                    Some(self.spliced(to, to, &format!(", {}", flow_scalar(item))))
                }
                None => {
                    let open = self.offset(list)? + 1;
                    Some(self.spliced(open, open, &flow_scalar(item)))
                }
            };
        }
        let indent = self.dash(list.items().first()?)?;
        let line = self.last_line(list, indent);
        Some(self.with_lines(line, &format!("{:indent$}- {}\n", "", scalar(item))))
    }

    /// A key that is not there, below those of `keys` that are.
    pub(super) fn insert(
        &self,
        root: Option<&Node>,
        keys: &[&str],
        place: NewEntry,
    ) -> Option<String> {
        let Some(mut map) = root else {
            let text = if self.text.is_empty() || self.text.ends_with('\n') {
                self.text.to_owned()
            } else {
                format!("{}\n", self.text)
            };
            return Some(text + &block(0, keys, place));
        };
        for (depth, key) in keys.iter().enumerate() {
            match map.entry(key) {
                // A key without a value drops what is inherited: a scalar, and nothing goes below it.
                Some(entry) => map = &entry.value,
                None => return self.insert_into(map, &keys[depth..], place),
            }
        }
        None
    }

    fn insert_into(&self, map: &Node, keys: &[&str], place: NewEntry) -> Option<String> {
        let Value::Map(entries) = &map.value else { return None };
        if self.char_at(map) == Some('{') {
            let new = flow(keys, place);
            return match entries.last() {
                Some(last) => {
                    let (_, to) = self.span(&last.value)?;
                    Some(self.spliced(to, to, &format!(", {new}")))
                }
                None => {
                    let open = self.offset(map)? + 1;
                    Some(self.spliced(open, open, &new))
                }
            };
        }
        let indent = entries.first()?.key_mark.column() - 1;
        let line = self.last_line(map, indent);
        // A section of its own at the top of a file.
        let gap = if indent == 0 { "\n" } else { "" };
        Some(self.with_lines(line, &format!("{gap}{}", block(indent, keys, place))))
    }

    /// The list without one of several entries.
    pub(super) fn remove_item(&self, list: &Node, item: &Node) -> Option<String> {
        let (from, to) = self.span(item)?;
        if self.char_at(list) == Some('[') {
            return self.without_between_commas(from, to);
        }
        let indent = self.dash(item)?;
        Some(self.without_lines(item.mark.line(), self.last_line(item, indent)))
    }

    /// The text without a key, and without those above it that would have nothing left.
    pub(super) fn remove_key(&self, root: Option<&Node>, keys: &[&str]) -> Option<String> {
        let mut path: Vec<(&Node, &MapEntry)> = Vec::new();
        let mut map = root?;
        for key in keys {
            let entry = map.entry(key)?;
            path.push((map, entry));
            map = &entry.value;
        }
        while path.len() > 1 && path.last()?.0.entries().len() == 1 {
            path.pop();
        }
        let (map, entry) = path.pop()?;
        if self.char_at(map) == Some('{') {
            let from = self.at(entry.key_mark.line(), entry.key_mark.column())?;
            let (_, to) = self.span(&entry.value)?;
            return self.without_between_commas(from, to);
        }
        let first = entry.key_mark.line();
        let last = self.last_line(&entry.value, entry.key_mark.column() - 1).max(first);
        Some(self.without_lines(first, last))
    }

    /// The last line, from one, of what begins in `node` and is indented deeper than `indent`.
    fn last_line(&self, node: &Node, indent: usize) -> usize {
        fn last_mark(node: &Node) -> usize {
            let items = node.items().iter().map(last_mark);
            let entries = node.entries().iter();
            let entries = entries.map(|entry| entry.key_mark.line().max(last_mark(&entry.value)));
            node.mark.line().max(items.chain(entries).max().unwrap_or(0))
        }
        let mut last = last_mark(node);
        for (index, line) in self.text.lines().enumerate().skip(last) {
            let blank = line.trim().is_empty();
            let own = line.len() - line.trim_start_matches(' ').len();
            if !blank && own <= indent {
                break;
            }
            if !blank {
                last = index + 1;
            }
        }
        last
    }

    /// The column, from zero, of the dash before an entry of a block list.
    fn dash(&self, item: &Node) -> Option<usize> {
        let line = self.text.lines().nth(item.mark.line() - 1)?;
        let before: String = line.chars().take(item.mark.column() - 1).collect();
        let (indent, rest) = before.split_once('-')?;
        (indent.trim().is_empty() && rest.trim().is_empty()).then(|| indent.chars().count())
    }

    fn without_between_commas(&self, from: usize, to: usize) -> Option<String> {
        let after = self.text[to..].find(|c: char| !c.is_whitespace())? + to;
        if self.text[after..].starts_with(',') {
            let next = self.text[after + 1..].find(|c: char| c != ' ')? + after + 1;
            return Some(self.spliced(from, next, ""));
        }
        let before = self.text[..from].trim_end();
        let start = before.strip_suffix(',').map_or(from, str::len);
        Some(self.spliced(start, to, ""))
    }

    /// Where a scalar begins and ends.
    fn span(&self, node: &Node) -> Option<(usize, usize)> {
        if !matches!(node.value, Value::Scalar(_)) {
            return None;
        }
        let from = self.offset(node)?;
        Some((from, self.at(node.mark.line(), node.mark.column() + node.mark.width())?))
    }

    fn offset(&self, node: &Node) -> Option<usize> {
        self.at(node.mark.line(), node.mark.column())
    }

    /// The byte of a line and a column, both from one.
    fn at(&self, line: usize, column: usize) -> Option<usize> {
        let start: usize = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = self.text[start..].lines().next().unwrap_or_default();
        let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        Some(start + ends.nth(column - 1)?)
    }

    fn char_at(&self, node: &Node) -> Option<char> {
        self.text[self.offset(node)?..].chars().next()
    }

    /// Whether a place is inside brackets of its line.
    fn is_in_flow(&self, at: usize) -> bool {
        let line = self.text[..at].rsplit('\n').next().unwrap_or_default();
        line.contains(['[', '{'])
    }

    fn spliced(&self, from: usize, to: usize, new: &str) -> String {
        format!("{}{new}{}", &self.text[..from], &self.text[to..])
    }

    /// With lines behind the line of that number.
    fn with_lines(&self, line: usize, new: &str) -> String {
        let at: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
        let joint = if self.text[..at].ends_with('\n') || at == 0 { "" } else { "\n" };
        format!("{}{joint}{new}{}", &self.text[..at], &self.text[at..])
    }

    fn without_lines(&self, first: usize, last: usize) -> String {
        let lines = self.text.split_inclusive('\n').enumerate();
        lines.filter(|(at, _)| !(first..=last).contains(&(at + 1))).map(|(_, line)| line).collect()
    }
}

/// Keys below one another, as lines.
fn block(indent: usize, keys: &[&str], place: NewEntry) -> String {
    let mut lines = String::new();
    for (depth, key) in keys.iter().enumerate() {
        let is_last = depth + 1 == keys.len();
        let value = match place {
            NewEntry::Value(value) if is_last => format!(" {}", scalar(value)),
            _ => String::new(),
        };
        lines.push_str(&format!(
            "{:1$}{key}:{value}\n",
            "",
            indent + depth * STEP,
            key = scalar(key)
        ));
    }
    if let NewEntry::Item(item) = place {
        lines.push_str(&format!(
            "{:1$}- {item}\n",
            "",
            indent + keys.len() * STEP,
            item = scalar(item)
        ));
    }
    lines
}

/// Likewise on one line.
fn flow(keys: &[&str], place: NewEntry) -> String {
    let inner = match place {
        NewEntry::Item(item) => format!("[{}]", flow_scalar(item)),
        NewEntry::Value(value) => flow_scalar(value),
    };
    keys.iter().rev().enumerate().fold(inner, |inner, (depth, key)| {
        let pair = format!("{}: {inner}", flow_scalar(key));
        if depth + 1 == keys.len() { pair } else { format!("{{{pair}}}") }
    })
}
