//! One layer over another.
//!
//! The rules, in full:
//!
//! - maps merge by key, at every depth;
//! - of scalars the later one wins;
//! - lists append, and an entry that is there already is not repeated;
//! - an entry of `apt.build`, `apt.runtime` or `python.packages` replaces the inherited entry of
//!   the same package, whatever the versions;
//! - entries of `files` with the same `dest`, of `mounts` with the same `target`, and of `alerts`
//!   with the same `name`, merge as maps do;
//! - the `command` of an MCP server or of a service, and the `exec` of a probe, is one value, though a
//!   list: the later one wins, and a word may stand in it twice;
//! - entries of `run` append, each as often as it is written;
//! - `null` drops what was inherited;
//! - `!replace` before a list drops the inherited list first.
//!
//! Every value keeps the place where it was written.

use std::collections::HashMap;

use super::identity::{identity, is_command};
use crate::project::yaml::{MapEntry, Node, Value};

/// `over` on top of `base`; `path` is the dotted key of both, empty at the top.
pub(super) fn merge(base: Node, over: Node, path: &str) -> Node {
    let Node { value, mark, replace } = over;
    let value = match (base.value, value) {
        (Value::Map(base), Value::Map(over)) => Value::Map(merge_maps(base, over, path)),
        (Value::List(_), Value::List(over)) if is_command(path) => Value::List(over),
        (Value::List(base), Value::List(over)) => {
            Value::List(merge_lists(if replace { Vec::new() } else { base }, over, path))
        }
        (_, over) => over,
    };
    Node { value, mark, replace }
}

fn merge_maps(base: Vec<MapEntry>, over: Vec<MapEntry>, path: &str) -> Vec<MapEntry> {
    // What is dropped leaves its place empty until the end, so that places hold still.
    let mut places: HashMap<String, usize> =
        base.iter().enumerate().map(|(index, entry)| (entry.key.clone(), index)).collect();
    let mut base: Vec<Option<MapEntry>> = base.into_iter().map(Some).collect();
    for entry in over {
        let below =
            if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        let index = places.get(&entry.key).copied();
        match index.and_then(|index| Some((index, base[index].take()?))) {
            Some(_) if entry.value.is_null() => {}
            Some((index, inherited)) => {
                let value = merge(inherited.value, entry.value, &below);
                base[index] = Some(MapEntry { value, ..entry });
            }
            None => {
                places.insert(entry.key.clone(), base.len());
                let empty = match entry.value.value {
                    Value::Map(_) => Value::Map(Vec::new()),
                    Value::List(_) => Value::List(Vec::new()),
                    Value::Scalar(_) => {
                        base.push(Some(entry));
                        continue;
                    }
                };
                // Over nothing too, so that repeats and nulls inside go the same way.
                let nothing = Node::new(empty, entry.value.mark.clone());
                let value = merge(nothing, entry.value, &below);
                base.push(Some(MapEntry { value, ..entry }));
            }
        }
    }
    base.into_iter().flatten().collect()
}

fn merge_lists(mut base: Vec<Node>, over: Vec<Node>, path: &str) -> Vec<Node> {
    let mut places: HashMap<String, usize> = HashMap::new();
    for (index, item) in base.iter().enumerate() {
        if let Some(own) = identity(path, item) {
            places.entry(own).or_insert(index);
        }
    }
    for item in over {
        let own = identity(path, &item);
        match own.as_ref().and_then(|own| places.get(own).copied()) {
            Some(index) => {
                let mark = item.mark.clone();
                let nothing = Node::new(Value::List(Vec::new()), mark);
                let inherited = std::mem::replace(&mut base[index], nothing);
                base[index] = merge(inherited, item, path);
            }
            None => {
                places.extend(own.map(|own| (own, base.len())));
                base.push(item);
            }
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::yaml::{Shape, Source, compose, to_json};
    use serde_json::{Value as Json, json};

    fn merged(layers: &[&str]) -> Json {
        let nodes = layers.iter().map(|text| compose(&Source::file("f", *text), 0).unwrap());
        to_json(&nodes.reduce(|base, over| merge(base, over, "")).unwrap(), &Shape::Any)
    }

    #[test]
    fn the_stated_rules() {
        for (layers, result) in [
            (
                ["user: {name: a, uid: 1}", "user: {uid: 2}"],
                json!({"user": {"name": "a", "uid": 2}}),
            ),
            (["patches: [a, b]", "patches: [b, c]"], json!({"patches": ["a", "b", "c"]})),
            (["patches: [a]", "patches: !replace [c]"], json!({"patches": ["c"]})),
            (["patches: [a]", "patches: !replace []"], json!({"patches": []})),
            (["patches: [a]\nbase: x", "patches: null"], json!({"base": "x"})),
            (["env: {A: x, B: y}", "env: {A: ~}"], json!({"env": {"B": "y"}})),
            (
                ["apt: {runtime: [git, jq=1]}", "apt: {runtime: [jq=2*, git=3]}"],
                json!({"apt": {"runtime": ["git=3", "jq=2*"]}}),
            ),
            (
                ["apt: {runtime: [jq=1]}", "apt: {runtime: [jq]}"],
                json!({"apt": {"runtime": ["jq"]}}),
            ),
            (
                ["apt: {build: [a]}", "apt: {runtime: [a]}"],
                json!({"apt": {"build": ["a"], "runtime": ["a"]}}),
            ),
            (
                ["python: {packages: [Foo_Bar==1]}", "python: {packages: ['foo-bar==2']}"],
                json!({"python": {"packages": ["foo-bar==2"]}}),
            ),
            (
                [
                    "files: [{source: a, dest: /a, mode: x}]",
                    "files: [{source: b, dest: /a}, {source: c, dest: /c}]",
                ],
                json!({"files": [{"source": "b", "dest": "/a", "mode": "x"}, {"source": "c", "dest": "/c"}]}),
            ),
            (
                ["mounts: [{target: /w}]", "mounts: [{target: /w}]"],
                json!({"mounts": [{"target": "/w"}]}),
            ),
            (
                [
                    "alerts: [{name: a, action: fail}]",
                    "alerts: [{name: b}, {name: a, action: warn}]",
                ],
                json!({"alerts": [{"name": "a", "action": "warn"}, {"name": "b"}]}),
            ),
            (
                [
                    "mcp: {origins: [a], servers: {a: {command: [node, x]}, b: {connect: c}}}",
                    "mcp: {origins: [b], servers: {a: {command: [sh, y, y]}, b: ~}}",
                ],
                json!({"mcp": {"origins": ["a", "b"], "servers": {"a": {"command": ["sh", "y", "y"]}}}}),
            ),
            (
                ["run: [a, {command: b}]", "run: [a, {command: b}, b]"],
                json!({"run": ["a", {"command": "b"}, "a", {"command": "b"}, "b"]}),
            ),
            (["base: x", "apt: {build: [a, a]}"], json!({"base": "x", "apt": {"build": ["a"]}})),
            (["base: x", "env: {A: ~, B: y}"], json!({"base": "x", "env": {"B": "y"}})),
        ] {
            assert_eq!(merged(&layers), result, "{layers:?}");
        }
    }
}
