//! When two entries of a list are the same thing, so that the later one replaces the earlier.

use std::collections::HashMap;

use crate::project::yaml::{Located, Node};

use super::fault::Fault;

/// What `item` of the list at `path` is the entry of: a package or an alert by its name, a file by
/// where it goes, anything else by its own text.
pub(super) fn identity(path: &str, item: &Node) -> Option<String> {
    match path {
        "apt.build" | "apt.runtime" => {
            let text = item.as_text()?;
            Some(text.split_once('=').map_or(text, |(name, _)| name).trim().to_owned())
        }
        "python.packages" => item.as_text().map(python_name),
        "files" => item.get("dest").and_then(Node::as_text).map(path_name),
        "alerts" => item.get("name").and_then(Node::as_text).map(str::to_owned),
        // Commands are done in their order, each as often as it is written.
        "run" => None,
        "mounts" => item.get("target").and_then(Node::as_text).map(path_name),
        // A word is not called by itself: it may be a secret, and stand there twice.
        _ if is_command(path) => None,
        _ => item.as_text().map(str::to_owned),
    }
}

/// Whether the words of a list are one value: what a program is started with.
pub(super) fn is_command(path: &str) -> bool {
    let ends = |rest: &str, ends: &[&str]| ends.iter().any(|end| rest.ends_with(end));
    let below = |key: &str| path.strip_prefix(key);
    path == "notify.command"
        || below("mcp.servers.").is_some_and(|rest| ends(rest, &[".command"]))
        || below("services.")
            .is_some_and(|rest| ends(rest, &[".command", ".ready.exec", ".health.exec"]))
}

/// `/a/` is `/a`.
fn path_name(text: &str) -> String {
    text.strip_suffix('/').unwrap_or(text).to_owned()
}

/// Names that PyPI takes for one: case, `-`, `_` and `.` do not count, nor do extras.
/// <https://packaging.python.org/en/latest/specifications/name-normalization/>
pub(super) fn python_name(requirement: &str) -> String {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
    let name = &requirement[..end.unwrap_or(requirement.len())];
    pypi_name(name)
}

/// PyPI's normal form of a name alone.
pub(crate) fn pypi_name(name: &str) -> String {
    let mut normal = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    normal
}

/// Entries of one list in one file that are the same thing but not the same: there is no telling
/// which one is meant.
pub(super) fn repeats(node: &Node, path: &str) -> Vec<Located<Fault>> {
    let mut faults = Vec::new();
    let mut seen: HashMap<String, &Node> = HashMap::new();
    for item in node.items() {
        let Some(own) = identity(path, item) else {
            continue;
        };
        let first = *seen.entry(own.clone()).or_insert(item);
        if first.value != item.value {
            faults.push(Located::new(
                &item.mark,
                Fault::Repeated { what: own, first: first.mark.position() },
            ));
        }
    }
    for entry in node.entries() {
        let below =
            if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
        faults.extend(repeats(&entry.value, &below));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pypi_names_are_compared_as_pypi_does() {
        for requirement in ["Foo.Bar==1", "foo-bar", "foo__bar[x]==2", "FOO-.-BAR==1"] {
            assert_eq!(python_name(requirement), "foo-bar", "{requirement}");
        }
    }
}
