//! Lock files against what the profile asks for.
//!
//! `npm ci` and uv refuse a lock that does not fit, minutes into the build. The same is found here
//! before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::profile::{Node, Profile};
use crate::project::Project;

/// The npm lock of a profile, as a path in the project.
pub(super) fn node_path(profile: &Profile) -> &str {
    profile.node.lock.as_deref().unwrap_or("profiles/locks/package-lock.json")
}

/// Likewise its requirements; with `gpu` the CUDA table names them instead.
pub(super) fn python_path(profile: &Profile) -> &str {
    profile.python.lock.as_deref().unwrap_or("profiles/locks/cpu.txt")
}

/// Whether the npm lock of a profile pins what the profile asks for.
pub fn is_locked_node(project: &Project, profile: &Profile) -> bool {
    let lock = project.asset(node_path(profile)).ok();
    let lock = lock.as_ref().and_then(|lock| lock.text().ok());
    lock.is_some_and(|lock| matches!(check_node(lock, &profile.node), Ok(None)))
}

/// Whether the requirements of a profile pin what the profile asks for.
pub fn is_locked_python(project: &Project, profile: &Profile) -> bool {
    let lock = project.asset(python_path(profile)).ok();
    let lock = lock.as_ref().and_then(|lock| lock.text().ok());
    lock.is_some_and(|lock| check_python(lock, &profile.python.packages).is_none())
}

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

/// What a lock pins, and what the profile asks for instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub found: String,
    pub expected: String,
}

/// The packages of the lock must be those of the profile. The error of serde is of a lock that is none.
pub(super) fn check_node(lock: &str, node: &Node) -> serde_json::Result<Option<Mismatch>> {
    let lock: Value = serde_json::from_str(lock)?;
    let pinned: BTreeMap<String, String> = lock
        .pointer("/packages//dependencies")
        .and_then(|pinned| serde_json::from_value(pinned.clone()).ok())
        .unwrap_or_default();
    let show = |name: &str, version: Option<&String>| match version {
        Some(version) => format!("`{name}@{version}`"),
        None => format!("no `{name}`"),
    };
    let names: BTreeSet<&String> = pinned.keys().chain(node.packages.keys()).collect();
    let mismatch = names.into_iter().find_map(|name| {
        let (found, expected) = (pinned.get(name), node.packages.get(name));
        (found != expected)
            .then(|| Mismatch { found: show(name, found), expected: show(name, expected) })
    });
    Ok(mismatch)
}

/// Every requirement of the profile must be pinned in the lock, at the same version.
pub(super) fn check_python(lock: &str, requirements: &[String]) -> Option<Mismatch> {
    let pinned: BTreeMap<String, &str> = lock
        .lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_whitespace().next()?.split_once("=="))
        .map(|(name, version)| (normal(name), version))
        .collect();
    requirements.iter().find_map(|requirement| {
        let (name, version) = requirement.split_once("==").unwrap_or((requirement, ""));
        let found = pinned.get(&normal(name)).copied();
        (found != Some(version)).then(|| Mismatch {
            found: found
                .map_or_else(|| format!("no `{name}`"), |found| format!("`{name}=={found}`")),
            expected: format!("`{requirement}`"),
        })
    })
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
        let check = |lock: &str, version: &str| {
            let mismatch = check_node(lock, &node(version)).unwrap();
            mismatch.map(|Mismatch { found, expected }| format!("{found}, expected {expected}"))
        };
        assert_eq!(check(lock, "1.0.0"), None);
        assert_eq!(check(lock, "2.0.0").unwrap(), "`a@1.0.0`, expected `a@2.0.0`");
        assert_eq!(check("{}", "2.0.0").unwrap(), "no `a`, expected `a@2.0.0`");
        assert!(check_node("{", &node("1")).is_err());
    }

    #[test]
    fn python_locks_must_pin_what_the_profile_asks_for() {
        let lock = "# head\nPyYAML==6.0.2 \\\n    --hash=sha256:00\ntyping_extensions==4.1\n";
        let check = |requirement: &str| {
            let mismatch = check_python(lock, &[requirement.to_owned()]);
            mismatch.map(|Mismatch { found, expected }| format!("{found}, expected {expected}"))
        };
        assert_eq!(check("pyyaml==6.0.2"), None);
        assert_eq!(check("typing.extensions==4.1"), None);
        assert_eq!(check("pyyaml==6.0").unwrap(), "`pyyaml==6.0.2`, expected `pyyaml==6.0`");
        assert_eq!(check("x==1").unwrap(), "no `x`, expected `x==1`");
    }
}
