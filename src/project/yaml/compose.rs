//! YAML events to a tree of nodes with places.
//!
//! The parser's own loader recurses and expands aliases without limit; this one keeps a stack of
//! its own and counts, so that ten lines of aliases cannot fill the memory.

use std::collections::HashMap;
use std::sync::Arc;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::places::{Fallible, Places};
use super::{Entry, Fault, Located, Mark, Node, Scalar, Source, Value};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 20_000;

/// The one document of `source`. `from` is the character that the YAML starts at, for an argument
/// such as `a.b=YAML`, zero for a file.
pub fn compose(source: &Arc<Source>, from: usize) -> Result<Node, Box<Located<Fault>>> {
    let chars: Vec<char> = source.text().chars().skip(from).collect();
    let places = Places::new(source, from);
    let mut builder = Builder {
        places: &places,
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
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
}

struct Builder<'a> {
    places: &'a Places<'a>,
    open: Vec<Open>,
    /// Finished anchored values.
    anchors: HashMap<usize, Node>,
    nodes: usize,
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
                self.done(node, anchor, 1, marker)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Value::List(Vec::new()), anchor, tag, marker)
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Value::Map(Vec::new()), anchor, tag, marker)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop().expect("the parser ends only what it started");
                self.done(open.node, open.anchor, 0, marker)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    return self.places.fail(marker, Fault::AliasToItself);
                };
                let (size, depth) = measure(&node);
                if self.open.len() + depth > MAX_DEPTH {
                    return self.places.fail(marker, Fault::TooDeep { limit: MAX_DEPTH });
                }
                self.done(node, 0, size, marker)
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
        self.count(1, marker)?;
        self.open.push(Open { node, key: None, anchor });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn done(&mut self, node: Node, anchor: usize, size: usize, marker: Marker) -> Fallible<()> {
        self.count(size, marker)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.node.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((key, key_mark))) => {
                entries.push(Entry { key, key_mark, value: node })
            }
            (Value::Map(entries), None) => {
                let Some(key) = node.as_text().map(str::to_owned) else {
                    return self.places.fail(marker, Fault::KeyNotText { found: describe(&node) });
                };
                if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                    let first = first.key_mark.position();
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

    fn count(&mut self, more: usize, marker: Marker) -> Fallible<()> {
        self.nodes += more;
        if self.nodes > MAX_NODES {
            return self.places.fail(marker, Fault::TooMany { limit: MAX_NODES });
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

/// How many values a value holds, itself included, and how many levels of lists and maps.
fn measure(node: &Node) -> (usize, usize) {
    let below = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    let level = usize::from(!matches!(node.value, Value::Scalar(_)));
    below
        .map(measure)
        .fold((1, level), |(sum, deepest), (size, depth)| (sum + size, deepest.max(depth + level)))
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
