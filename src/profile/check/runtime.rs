//! What the program in the image would refuse of its configuration, at the place in the profile.

use runtime_config::RuntimeConfig;

use crate::profile::fault::Fault;
use crate::project::yaml::{Located, Mark, Node, Shape, Value, to_json};

/// The keys of a profile that are the configuration's as they stand.
const KEYS: [&str; 4] = ["mcp", "services", "logs", "mounts"];

/// The faults of `mcp`, `services`, `logs` and `mounts`, which have their shapes.
pub(super) fn faults(root: &Node, shape: &Shape) -> Vec<Located<Fault>> {
    let entries: Vec<_> = KEYS
        .iter()
        .filter_map(|key| Some((*key, root.entry(key).filter(|entry| !entry.value.is_null())?)))
        .collect();
    // That it is missing is said of every key so.
    if entries.iter().any(|(key, entry)| *key == "mcp" && entry.value.get("servers").is_none()) {
        return Vec::new();
    }
    let config = entries
        .iter()
        .map(|(key, entry)| ((*key).to_owned(), to_json(&entry.value, shape.field(key))))
        .collect();
    let error = RuntimeConfig::from_value(serde_json::Value::Object(config)).err();
    let problems = error.into_iter().flat_map(|error| error.problems);
    problems
        .map(|found| {
            let place = entries.iter().find_map(|(key, entry)| {
                let rest = found.key.strip_prefix(key)?;
                Some(place(&entry.value, &entry.key_mark, rest))
            });
            let mark = place.unwrap_or(&root.mark);
            Located::new(mark, Fault::Runtime { key: found.key, problem: found.problem })
        })
        .collect()
}

/// The servers that are to be started from npm's packages in an image that has none.
pub(super) fn absent_packages(root: &Node) -> Vec<Located<Fault>> {
    let packages = root.get("node").and_then(|node| node.get("packages"));
    if packages.is_some_and(|packages| !packages.entries().is_empty()) {
        return Vec::new();
    }
    let servers = root.get("mcp").and_then(|mcp| mcp.get("servers"));
    let mut faults = Vec::new();
    for server in servers.map_or(&[][..], Node::entries) {
        let words = server.value.get("command").map_or(&[][..], Node::items);
        let absent =
            words.iter().find(|word| word.as_text().is_some_and(|word| word.starts_with(NODE)));
        faults.extend(absent.map(|word| {
            let fault = Fault::NoNode { server: server.key.clone() };
            Located::new(&word.mark, fault)
        }));
    }
    faults
}

/// Where the image has npm's packages.
const NODE: &str = "/opt/mad/node/";

/// Where `path`, `.servers.a.command[0]`, stands below `node`, whose key is at `mark`; of what is not
/// there, the place of what is above it. A name may have dots: the longest that fits is taken.
fn place<'a>(node: &'a Node, mark: &'a Mark, path: &str) -> &'a Mark {
    match &node.value {
        Value::Scalar(_) => &node.mark,
        Value::List(items) => {
            let index = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let item = index
                .and_then(|(index, rest)| Some((items.get(index.parse::<usize>().ok()?)?, rest)));
            item.map_or(mark, |(item, rest)| place(item, &item.mark, rest))
        }
        Value::Map(entries) => {
            let path = path.strip_prefix('.').unwrap_or(path);
            let below = |key: &str| path.strip_prefix(key).filter(|rest| is_end(rest));
            let fits = entries.iter().filter_map(|entry| Some((entry, below(&entry.key)?)));
            match fits.max_by_key(|(entry, _)| entry.key.len()) {
                Some((entry, rest)) => place(&entry.value, &entry.key_mark, rest),
                None => mark,
            }
        }
    }
}

/// Whether a name may end before `rest`.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '['])
}
