//! What lock files pin.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::profile::pypi_name;

/// The versions that requirements with hashes pin, by PyPI's normal form of the names. A package that
/// is pinned twice, for other systems, has all its versions.
pub(super) fn of_requirements(text: &str) -> BTreeMap<String, Vec<String>> {
    let lines = text.lines().filter(|line| !line.starts_with([' ', '\t', '#']));
    let pins = lines.filter_map(|line| line.split_whitespace().next()?.split_once("=="));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, version) in pins {
        let version = version.trim_end_matches(';').to_owned();
        let versions = found.entry(normal(name)).or_default();
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    found
}

/// Requirements with hashes less those of some packages, by normal names.
pub(super) fn without(text: &str, names: &BTreeSet<String>) -> String {
    let mut is_kept = true;
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if !line.starts_with([' ', '\t', '#']) {
            let name = line.split("==").next().unwrap_or(line);
            is_kept = !names.contains(&normal(name));
        }
        if is_kept {
            kept.push_str(line);
        }
    }
    kept
}

/// The versions in a `package-lock.json`, by name; a package that is there more than once has all its
/// versions.
pub(super) fn of_package_lock(text: &str) -> BTreeMap<String, Vec<String>> {
    let lock: Value = serde_json::from_str(text).unwrap_or_default();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let empty = serde_json::Map::new();
    for (path, facts) in lock["packages"].as_object().unwrap_or(&empty) {
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        let Some(version) = facts["version"].as_str() else { continue };
        let versions = found.entry(name.to_owned()).or_default();
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    found
}

/// The dependencies of a `package.json`.
pub(super) fn of_package_json(text: &str) -> BTreeMap<String, String> {
    let manifest: Value = serde_json::from_str(text).unwrap_or_default();
    let empty = serde_json::Map::new();
    let dependencies = manifest["dependencies"].as_object().unwrap_or(&empty);
    let pins = dependencies.iter().filter_map(|(name, version)| Some((name, version.as_str()?)));
    pins.map(|(name, version)| (name.clone(), version.to_owned())).collect()
}

/// The candidates that `apt-cache policy` tells, by name; `(none)` is none.
pub(super) fn of_policy(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut package = None;
    for line in text.lines() {
        match line.trim().strip_prefix("Candidate:") {
            Some(version) => {
                let version = version.trim();
                if let (Some(package), true) = (package, version != "(none)") {
                    found.insert(package, version.to_owned());
                }
                package = None;
            }
            None if !line.starts_with(' ') => {
                package = line.strip_suffix(':').map(str::to_owned);
            }
            None => {}
        }
    }
    found
}

/// Lines of `name=version`, as dpkg is asked for them.
pub(super) fn of_dpkg(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines.map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}

/// PyPI's normal form of a name (PEP 503), extras left out.
pub(super) fn normal(name: &str) -> String {
    pypi_name(name.split('[').next().unwrap_or(name).trim())
}

/// The pattern that stays with a version's first number, as the profiles inside mad pin: a security
/// update may come, another major version may not.
pub(super) fn first_number(version: &str) -> String {
    let (epoch, rest) = match version.split_once(':') {
        Some((epoch, rest)) => (format!("{epoch}:"), rest),
        None => (String::new(), version),
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let dot = if rest[digits.len()..].starts_with('.') { "." } else { "" };
    match digits.is_empty() {
        true => version.to_owned(),
        false => format!("{epoch}{digits}{dot}*"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(found: &BTreeMap<String, Vec<String>>, name: &str) -> String {
        found.get(name).map(|versions| versions.join(" ")).unwrap_or_default()
    }

    #[test]
    fn requirements_pin_by_normal_names() {
        let text = "# head\nPyYAML==6.0.2 \\\n    --hash=sha256:00\n    # via x\nnumpy==1.0 ; python_version < '3'\nnumpy==2.0; python_version >= '3'\n";
        let found = of_requirements(text);
        assert_eq!(
            (one(&found, "pyyaml"), one(&found, "numpy")),
            ("6.0.2".into(), "1.0 2.0".into())
        );
        assert_eq!(normal("Foo.-_Bar[x]"), "foo-bar");
    }

    #[test]
    fn a_package_is_left_out_with_its_hashes() {
        let text = "# head\na==1 \\\n    --hash=x\n    # via b\nb_c==2 \\\n    --hash=y\nd==3\n";
        let left = without(text, &BTreeSet::from(["b-c".to_owned()]));
        assert_eq!(left, "# head\na==1 \\\n    --hash=x\n    # via b\nd==3\n");
    }

    #[test]
    fn package_locks_pin_by_the_last_folder() {
        let text = r#"{"packages": {"": {"version": "0"}, "node_modules/a": {"version": "1.0.0"},
            "node_modules/b/node_modules/a": {"version": "2.0.0"}, "node_modules/@s/c": {"version": "3.0.0"},
            "node_modules/link": {"link": true}}}"#;
        let found = of_package_lock(text);
        assert_eq!((one(&found, "a"), one(&found, "@s/c")), ("1.0.0 2.0.0".into(), "3.0.0".into()));
        assert_eq!(found.len(), 2);
        assert!(of_package_lock("{").is_empty());
        assert_eq!(of_package_json(r#"{"dependencies": {"a": "1.0.0"}}"#)["a"], "1.0.0");
    }

    #[test]
    fn apt_tells_candidates() {
        // As apt 3.0 printed it.
        let text = "ffmpeg:\n  Installed: (none)\n  Candidate: 7:7.1.1-1+b1\n  Version table:\n     7:7.1.1-1+b1 500\n        500 http://example.org/debian trixie/main amd64 Packages\nmail-transport-agent:\n  Installed: (none)\n  Candidate: (none)\n";
        let found = of_policy(text);
        assert_eq!(found.get("ffmpeg").map(String::as_str), Some("7:7.1.1-1+b1"));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_distribution_package_is_held_at_its_first_number() {
        for (version, pattern) in [
            ("7:7.1.1-1+b1", "7:7.*"),
            ("668-1", "668*"),
            ("20250419", "20250419*"),
            ("1.7.1-6", "1.*"),
        ] {
            assert_eq!(first_number(version), pattern);
            assert!(crate::profile::Rule::AptPackage.allows(&format!("xx={pattern}")), "{pattern}");
        }
    }
}
