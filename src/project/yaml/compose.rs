//! YAML events to a tree of nodes with places.
//!
//! The parser's own loader recurses and expands aliases without limit; this one keeps a stack of
//! its own and counts, so that ten lines of aliases cannot fill the memory.

use std::collections::HashMap;
use std::sync::Arc;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::places::{Fallible, Places};
use super::{Fault, Located, MapEntry, Mark, Node, Scalar, Source, Value};

use super::limits::{MAX_DEPTH, MAX_TEXT_BYTES, MAX_VALUES};

/// The one document of `source`. `from` is the character that the YAML starts at, for an argument
/// such as `a.b=YAML`, zero for a file.
pub fn compose(source: &Arc<Source>, from: usize) -> Result<Node, Box<Located<Fault>>> {
    let places = Places::new(source, from);
    printable(source)?;
    let chars: Vec<char> = source.text().chars().skip(from).collect();
    let mut builder = Builder {
        places: &places,
        open: Vec::new(),
        anchors: HashMap::new(),
        size: Size::default(),
        root: None,
    };
    let mut parser = Parser::new(chars.into_iter());
    let mut documents = 0;
    loop {
        let (event, marker) = parser.next_token().map_err(|error| {
            places.syntax(&error, builder.open.iter().map(|open| &open.node.mark))
        })?;
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart => {
                documents += 1;
                if documents > 1 {
                    return places.fail(marker, Fault::SeveralDocuments);
                }
            }
            Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
            event => builder.take(event, marker)?,
        }
    }
    match builder.root {
        Some(root) if !root.is_null() => Ok(root),
        _ => Err(Box::new(Located::new(&Mark::start(source), Fault::Empty))),
    }
}

/// A list or a map whose end has not come yet.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<(String, Mark)>,
    anchor: usize,
    /// The keys of a map so far, and where they stand.
    keys: HashMap<String, Mark>,
}

struct Builder<'a> {
    places: &'a Places<'a>,
    open: Vec<Open>,
    /// Finished anchored values.
    anchors: HashMap<usize, Node>,
    /// All that was taken so far, what aliases stand for and what anchors keep included.
    size: Size,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event, marker: Marker) -> Fallible<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mark = self.places.mark(marker, self.places.width(marker, &text, style));
                let plain = style == TScalarStyle::Plain;
                let mut node = Node::new(Value::Scalar(Scalar { text, plain }), mark);
                if node.is_null() && node.as_raw().is_empty() {
                    // Nothing has no place of its own; the parser would give that of the next token.
                    let key = self.open.last().and_then(|open| open.key.as_ref());
                    node.mark = match key {
                        Some((_, mark)) => mark.clone(),
                        None => self.places.before(marker),
                    };
                }
                self.tag(&mut node, tag, marker)?;
                self.count(Size::of(&node), marker)?;
                self.done(node, anchor, marker)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Value::List(Vec::new()), anchor, tag, marker)
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Value::Map(Vec::new()), anchor, tag, marker)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop().expect("the parser ends only what it started");
                self.done(open.node, open.anchor, marker)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return self.places.fail(marker, Fault::AliasToItself);
                };
                // Measured before it is copied.
                let size = Size::of(node);
                self.count(size, marker)?;
                if self.open.len() + size.depth > MAX_DEPTH {
                    return self.places.fail(marker, Fault::TooDeep { limit: MAX_DEPTH });
                }
                let node = self.anchors[&anchor].clone();
                self.done(node, 0, marker)
            }
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        value: Value,
        anchor: usize,
        tag: Option<Tag>,
        marker: Marker,
    ) -> Fallible<()> {
        if self.open.len() == MAX_DEPTH {
            return self.places.fail(marker, Fault::TooDeep { limit: MAX_DEPTH });
        }
        let mut node = Node::new(value, self.places.mark(marker, 1));
        self.tag(&mut node, tag, marker)?;
        if self
            .open
            .last()
            .is_some_and(|open| matches!(open.node.value, Value::Map(_)) && open.key.is_none())
        {
            return self.places.fail(marker, Fault::KeyNotText { found: describe(&node) });
        }
        self.count(Size { values: 1, ..Size::default() }, marker)?;
        self.open.push(Open { node, key: None, anchor, keys: HashMap::new() });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn done(&mut self, node: Node, anchor: usize, marker: Marker) -> Fallible<()> {
        if anchor != 0 {
            // Anchors in anchors are kept once each.
            self.count(Size::of(&node), marker)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((key, key_mark))) => {
                entries.push(MapEntry { key, key_mark, value: node })
            }
            (Value::Map(entries), None) => {
                let Some(key) = node.as_text().map(str::to_owned) else {
                    return self.places.fail(marker, Fault::KeyNotText { found: describe(&node) });
                };
                if let Some(first) = open.keys.insert(key.clone(), node.mark.clone()) {
                    let first = first.position();
                    return Err(Box::new(Located::new(
                        &node.mark,
                        Fault::DuplicateKey { key, first },
                    )));
                }
                if entries.is_empty() && self.places.at(&open.node.mark) != Some('{') {
                    // The parser places a block map at its first colon.
                    open.node.mark =
                        Mark::new(self.places.source(), node.mark.line(), node.mark.column(), 1);
                }
                open.key = Some((key, node.mark));
            }
            (Value::Scalar(_), _) => unreachable!("only lists and maps are opened"),
        }
        Ok(())
    }

    fn count(&mut self, more: Size, marker: Marker) -> Fallible<()> {
        self.size.values += more.values;
        self.size.bytes += more.bytes;
        if self.size.values > MAX_VALUES {
            return self.places.fail(marker, Fault::TooMany { limit: MAX_VALUES });
        }
        if self.size.bytes > MAX_TEXT_BYTES {
            return self.places.fail(marker, Fault::TooMuchText { limit: MAX_TEXT_BYTES });
        }
        Ok(())
    }

    /// `!replace` on lists, and YAML's own names of types where they change nothing.
    fn tag(&self, node: &mut Node, tag: Option<Tag>, marker: Marker) -> Fallible<()> {
        let Some(Tag { handle, suffix }) = tag else {
            return Ok(());
        };
        match (handle.as_str(), suffix.as_str(), &mut node.value) {
            ("!", "replace", Value::List(_)) => node.replace = true,
            ("!", "replace", _) => {
                return self
                    .places
                    .fail(marker, Fault::ReplaceOutsideList { found: describe(node) });
            }
            ("tag:yaml.org,2002:", "str", Value::Scalar(scalar)) => scalar.plain = false,
            ("tag:yaml.org,2002:", "seq", Value::List(_))
            | ("tag:yaml.org,2002:", "map", Value::Map(_)) => {}
            ("", "!", Value::Scalar(scalar)) => scalar.plain = false,
            _ => {
                let short = if handle.starts_with("tag:yaml.org") { "!!" } else { handle.as_str() };
                return self
                    .places
                    .fail(marker, Fault::UnknownTag { tag: format!("{short}{suffix}") });
            }
        }
        Ok(())
    }
}

fn describe(node: &Node) -> &'static str {
    match &node.value {
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
        Value::Scalar(_) if node.is_null() => "nothing",
        Value::Scalar(_) => "a scalar",
    }
}

/// YAML 1.2.2, 5.1: what may stand in a file at all. The parser takes a NUL for the end of the file and
/// would drop all behind it.
fn printable(source: &Arc<Source>) -> Fallible<()> {
    let stands = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..)
            && !matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    let (mut line, mut column) = (1, 1);
    for c in source.text().chars() {
        if !stands(c) {
            let mark = Mark::new(source, line, column, 1);
            return Err(Box::new(Located::new(&mark, Fault::Character { character: c })));
        }
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    Ok(())
}

/// How much a value holds.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// Values, itself included.
    values: usize,
    /// Levels of lists and maps.
    depth: usize,
    /// Bytes of scalars and keys.
    bytes: usize,
}

impl Size {
    fn of(node: &Node) -> Self {
        let mut size = Self { values: 1, depth: 0, bytes: node.as_raw().len() };
        let keys = node.entries().iter().map(|entry| entry.key.len());
        size.bytes += keys.sum::<usize>();
        let below = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
        let deepest = below.map(Self::of).fold(0, |deepest, one| {
            size.values += one.values;
            size.bytes += one.bytes;
            deepest.max(one.depth)
        });
        size.depth = deepest + usize::from(!matches!(node.value, Value::Scalar(_)));
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<Node, Fault> {
        compose(&Source::file("f.yaml", text), 0).map_err(|located| located.fault)
    }

    fn place(node: &Node) -> (usize, usize) {
        (node.mark.line(), node.mark.column())
    }

    #[test]
    fn values_know_their_places() {
        let root = tree("a: 1\nb:\n  - x\n  - {c: \"ä\", d: e}\n").unwrap();
        assert_eq!(place(root.get("a").unwrap()), (1, 4));
        let list = root.get("b").unwrap().items();
        assert_eq!(place(&list[0]), (3, 5));
        assert_eq!(place(list[1].get("d").unwrap()), (4, 17));
    }

    #[test]
    fn an_alias_keeps_the_place_of_its_anchor() {
        let root = tree("a: &x [p]\nb: *x\n").unwrap();
        assert_eq!(root.get("b"), root.get("a"));
    }

    #[test]
    fn aliases_cannot_fill_the_memory_or_the_stack() {
        let mut wide = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        let mut deep = "a0: &a0 [x]\n".to_owned();
        for n in 1..200 {
            wide += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","));
            deep += &format!("a{n}: &a{n} [*a{}]\n", n - 1);
        }
        assert!(matches!(tree(&wide), Err(Fault::TooMany { .. })));
        assert!(matches!(tree(&deep), Err(Fault::TooDeep { .. })));
        assert_eq!(tree("a: &x [*x]"), Err(Fault::AliasToItself));
    }

    #[test]
    fn aliases_to_long_texts_cannot_fill_the_memory() {
        let long = "x".repeat(700_000);
        let aliases = vec!["*a"; 10_000].join(", ");
        let text = |first: &str| format!("a: {first}\nb: [{aliases}]\n");
        for first in [format!("&a {long}"), format!("&a {{{long}: 1}}"), format!("&a [[{long}]]")] {
            assert!(matches!(tree(&text(&first)), Err(Fault::TooMuchText { .. })));
        }
        let nested = (0..60).map(|n| format!("&n{n} [")).collect::<String>() + &long;
        let nested = format!("a: {nested}{}", "]".repeat(60));
        assert!(matches!(tree(&nested), Err(Fault::TooMuchText { .. })));
    }

    #[test]
    fn what_no_file_may_hold_is_refused_where_it_stands() {
        for (text, place) in [
            ("a: b\n\0nonsense: true\n", (2, 1)),
            ("a: b\0\nc: d\n", (1, 5)),
            ("# c\u{7f}\na: b\n", (1, 4)),
            ("a: 'x\u{1b}[2J'\n", (1, 6)),
            ("a: b\u{9b}c\n", (1, 5)),
        ] {
            let located = compose(&Source::file("f.yaml", text), 0).unwrap_err();
            assert!(matches!(located.fault, Fault::Character { .. }), "{text:?}");
            assert_eq!((located.mark.line(), located.mark.column()), place, "{text:?}");
        }
        // No text behind an end of the document is dropped either.
        for text in ["a: b\n...\nc: d\n", "a: b\n...\n%x\nc: d\n", "a: b\n...\n[\n"] {
            assert!(tree(text).is_err(), "{text:?}");
        }
        assert!(tree("a: ä\tb\u{FEFF}\u{1F600}\r\n").is_ok());
    }

    #[test]
    fn deep_nesting_is_refused_before_it_costs() {
        assert!(matches!(tree(&"- ".repeat(10_000)), Err(Fault::TooDeep { .. })));
        assert!(matches!(tree(&"[".repeat(100)), Err(Fault::TooDeep { .. })));
        assert!(tree(&"{".repeat(100_000)).is_err());
    }

    #[test]
    fn an_argument_starts_in_the_middle() {
        let source = Source::argument("--set", "a.b=[x, y]");
        let node = compose(&source, 4).unwrap();
        assert_eq!(place(&node.items()[1]), (1, 9));
    }

    #[test]
    fn the_only_tag_is_replace() {
        assert!(tree("a: !replace [b]").unwrap().get("a").unwrap().replace);
        assert!(tree("a: !replace\n  - b\n").unwrap().get("a").unwrap().replace);
        assert_eq!(
            tree("a: !!str 1").unwrap().get("a").unwrap().kind(),
            Some(super::super::Kind::Text)
        );
        assert_eq!(tree("a: !foo 1"), Err(Fault::UnknownTag { tag: "!foo".to_owned() }));
        assert_eq!(tree("a: !replace b"), Err(Fault::ReplaceOutsideList { found: "a scalar" }));
    }
}
