//! Lock files against what the profile asks for.
//!
//! `npm ci` and uv refuse a lock that does not fit, minutes into the build. The same is found here
//! before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::RenderError;
use crate::profile::Node;

/// The `package.json` that `npm ci` compares with the lock.
pub(super) fn package_json(node: &Node) -> String {
    let mut root = Map::new();
    root.insert("name".to_owned(), json!("mad-node"));
    root.insert("version".to_owned(), json!("0.0.0"));
    root.insert("private".to_owned(), json!(true));
    if let Some(npm) = &node.npm {
        root.insert("packageManager".to_owned(), json!(format!("npm@{npm}")));
    }
    root.insert("dependencies".to_owned(), json!(node.packages));
    if !node.overrides.is_empty() {
        root.insert("overrides".to_owned(), json!(node.overrides));
    }
    // A map of strings and numbers always serializes.
    format!("{:#}\n", Value::Object(root))
}

pub(super) fn check_node(path: &str, lock: &str, node: &Node) -> Result<(), RenderError> {
    let lock: Value = serde_json::from_str(lock)
        .map_err(|error| RenderError::Data { file: path.to_owned(), message: error.to_string() })?;
    let pinned: BTreeMap<String, String> = lock
        .pointer("/packages//dependencies")
        .and_then(|pinned| serde_json::from_value(pinned.clone()).ok())
        .unwrap_or_default();
    let show = |name: &str, version: Option<&String>| match version {
        Some(version) => format!("`{name}@{version}`"),
        None => format!("no `{name}`"),
    };
    let names: BTreeSet<&String> = pinned.keys().chain(node.packages.keys()).collect();
    for name in names {
        let (found, expected) = (pinned.get(name), node.packages.get(name));
        if found != expected {
            return Err(RenderError::LockMismatch {
                lock: path.to_owned(),
                found: show(name, found),
                expected: show(name, expected),
                command: "write a new lock: `mad render` puts locks/package.json into its output; run `npm install --package-lock-only` there and set `node.lock` to the file".to_owned(),
            });
        }
    }
    Ok(())
}

/// Every requirement of the profile must be pinned in the lock, at the same version.
pub(super) fn check_python(
    path: &str,
    lock: &str,
    requirements: &[String],
) -> Result<(), RenderError> {
    let pinned: BTreeMap<String, &str> = lock
        .lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_whitespace().next()?.split_once("=="))
        .map(|(name, version)| (normal(name), version))
        .collect();
    for requirement in requirements {
        let (name, version) = requirement.split_once("==").unwrap_or((requirement, ""));
        let found = pinned.get(&normal(name)).copied();
        if found != Some(version) {
            return Err(RenderError::LockMismatch {
                lock: path.to_owned(),
                found: found
                    .map_or_else(|| format!("no `{name}`"), |found| format!("`{name}=={found}`")),
                expected: format!("`{requirement}`"),
                command: format!(
                    "write a new lock: `uv pip compile --universal --generate-hashes REQUIREMENTS -o {path}`"
                ),
            });
        }
    }
    Ok(())
}

/// PyPI's normal form of a name (PEP 503), extras left out.
fn normal(name: &str) -> String {
    let name = name.split('[').next().unwrap_or(name).trim();
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(version: &str) -> Node {
        Node { packages: BTreeMap::from([("a".to_owned(), version.to_owned())]), ..Node::default() }
    }

    #[test]
    fn npm_locks_must_pin_what_the_profile_asks_for() {
        let lock = r#"{"packages": {"": {"dependencies": {"a": "1.0.0"}}}}"#;
        assert!(check_node("l", lock, &node("1.0.0")).is_ok());
        let error = check_node("l", lock, &node("2.0.0")).unwrap_err().to_string();
        assert_eq!(error, "l: `a@1.0.0`, expected `a@2.0.0`");
        let error = check_node("l", "{}", &node("2.0.0")).unwrap_err().to_string();
        assert_eq!(error, "l: no `a`, expected `a@2.0.0`");
        assert!(matches!(check_node("l", "{", &node("1")), Err(RenderError::Data { .. })));
    }

    #[test]
    fn python_locks_must_pin_what_the_profile_asks_for() {
        let lock = "# head\nPyYAML==6.0.2 \\\n    --hash=sha256:00\ntyping_extensions==4.1\n";
        let check = |requirement: &str| check_python("l", lock, &[requirement.to_owned()]);
        assert!(check("pyyaml==6.0.2").is_ok());
        assert!(check("typing.extensions==4.1").is_ok());
        assert_eq!(
            check("pyyaml==6.0").unwrap_err().to_string(),
            "l: `pyyaml==6.0.2`, expected `pyyaml==6.0`"
        );
        assert_eq!(check("x==1").unwrap_err().to_string(), "l: no `x`, expected `x==1`");
    }
}
