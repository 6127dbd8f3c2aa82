//! Whether a tree has the shape it should have: known keys, right types, nothing missing.
//!
//! `conform` judges one file, which may leave out what it inherits; `complete` judges what came
//! out of the merge. Rules on values (what a package name looks like) are the caller's.

use super::{Advice, Fault, Kind, Located, Node, Scalar, Shape, Value, shown, suggest};

/// The faults of `node` against `shape`. `key` is the dotted path of `node`, empty at the top.
pub fn conform(node: &Node, shape: &Shape, key: &str) -> Vec<Located<Fault>> {
    let mut faults = Vec::new();
    walk(node, shape, key, &mut faults);
    faults
}

/// The keys that `shape` requires and `node` lacks.
pub fn complete(node: &Node, shape: &Shape, key: &str) -> Vec<Located<Fault>> {
    match shape {
        Shape::Record { fields, required } => {
            let missing = required.iter().filter(|name| node.get(name).is_none()).map(|name| {
                Located::new(
                    &node.mark,
                    Fault::Missing { key: name.clone(), parent: key.to_owned() },
                )
            });
            let below = fields.iter().filter_map(|(name, field)| {
                node.get(name).map(|value| complete(value, field, &join(key, name)))
            });
            missing.chain(below.flatten()).collect()
        }
        Shape::List(item) => {
            node.items().iter().flat_map(|value| complete(value, item, key)).collect()
        }
        Shape::Map(item) => node
            .entries()
            .iter()
            .flat_map(|entry| complete(&entry.value, item, &join(key, &entry.key)))
            .collect(),
        // One of them took the value when its file was judged.
        Shape::Either(options) => options
            .iter()
            .find(|option| conform(node, option, key).is_empty())
            .map_or_else(Vec::new, |option| complete(node, option, key)),
        _ => Vec::new(),
    }
}

fn walk(node: &Node, shape: &Shape, key: &str, faults: &mut Vec<Located<Fault>>) {
    match (shape, &node.value) {
        (Shape::Any, _) => {}
        (Shape::Record { fields, .. }, Value::Map(entries)) => {
            for entry in entries {
                match fields.iter().find(|(name, _)| *name == entry.key) {
                    None => {
                        faults.push(Located::new(&entry.key_mark, unknown(&entry.key, key, fields)))
                    }
                    // Null drops what was inherited, whatever it was.
                    Some(_) if entry.value.is_null() => {}
                    Some((name, field)) => walk(&entry.value, field, &join(key, name), faults),
                }
            }
        }
        (Shape::Map(item), Value::Map(entries)) => {
            for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
                // Any key may stand here, but nobody means this one as a name.
                if entry.key == "<<" {
                    faults.push(Located::new(&entry.key_mark, unknown(&entry.key, key, &[])));
                } else {
                    walk(&entry.value, item, &join(key, &entry.key), faults);
                }
            }
        }
        (Shape::List(item), Value::List(items)) => {
            for value in items {
                walk(value, item, key, faults);
            }
        }
        (Shape::Either(options), _) => {
            let tries: Vec<_> = options.iter().map(|option| conform(node, option, key)).collect();
            if tries.iter().any(Vec::is_empty) {
                return;
            }
            // A list with a wrong entry is a fault of the entry, not of the list.
            match tries
                .into_iter()
                .find(|faults| faults.iter().all(|fault| fault.mark != node.mark))
            {
                Some(deeper) => faults.extend(deeper),
                None => faults.push(wrong(node, shape, key)),
            }
        }
        (_, Value::Scalar(scalar)) if fits(node, scalar, shape) => {}
        _ => faults.push(wrong(node, shape, key)),
    }
}

fn fits(node: &Node, scalar: &Scalar, shape: &Shape) -> bool {
    match (shape, node.kind()) {
        (Shape::Text, Some(Kind::Text)) => true,
        // Quotes inside quotes are hard to type, so an argument's number is text where text is wanted.
        (Shape::Text, Some(kind)) => kind != Kind::Null && node.mark.source().is_argument(),
        (Shape::Bool, Some(Kind::Bool(_))) => true,
        (Shape::Integer { min, max }, Some(Kind::Integer(number))) => {
            (*min..=*max).contains(&number)
        }
        (Shape::Choice(words), Some(Kind::Text)) => words.contains(&scalar.text),
        _ => false,
    }
}

fn unknown(key: &str, parent: &str, fields: &[(String, Shape)]) -> Fault {
    let known: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
    Fault::UnknownKey {
        key: key.to_owned(),
        parent: parent.to_owned(),
        suggestion: suggest(key, known.iter().map(String::as_str)).map(str::to_owned),
        known,
    }
}

fn wrong(node: &Node, shape: &Shape, key: &str) -> Located<Fault> {
    let wants_text = matches!(shape, Shape::Text);
    let (found, advice) = match (&node.value, node.kind()) {
        (Value::List(items), _) if items.is_empty() => ("an empty list".to_owned(), None),
        (Value::List(_), _) => ("a list".to_owned(), None),
        (Value::Map(_), _) => {
            let dotted = wants_text && node.mark.source().is_argument();
            ("a map".to_owned(), dotted.then_some(Advice::QuoteKey))
        }
        (Value::Scalar(_), Some(Kind::Null)) => ("nothing".to_owned(), None),
        (Value::Scalar(scalar), kind) => {
            let text = shown(&scalar.text);
            let word = match kind {
                Some(Kind::Bool(_)) if wants_text => "the boolean ",
                Some(Kind::Integer(_) | Kind::Float) if wants_text => "the number ",
                _ => "",
            };
            let advice = match shape {
                Shape::Text => Some(Advice::Quote(text.clone())),
                Shape::List(item) if **item == Shape::Text => Some(Advice::List(text.clone())),
                _ => None,
            };
            (format!("{word}`{text}`"), advice)
        }
    };
    let expected = shape.words();
    Located::new(&node.mark, Fault::WrongType { found, expected, key: key.to_owned(), advice })
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}
