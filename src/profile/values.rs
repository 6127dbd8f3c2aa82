//! A loaded profile as a flat table, so that two of them can be compared value by value.

use std::collections::BTreeMap;

use super::Loaded;
use super::identity::identity;
use crate::project::yaml::{Node, Value};

/// Lists whose entries are written `name` and then a version.
const PACKAGES: [&str; 3] = ["apt.build", "apt.runtime", "python.packages"];

impl Loaded {
    /// Every value that the profile's files say, by the key that [`Loaded::locate`] finds it by:
    /// `user.uid` to `1000`, `apt.runtime.git` to `1:2.*`, `*` for any version. As they are:
    /// what is written down of them is for a [`Redactor`](crate::redact::Redactor) to decide.
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut values = BTreeMap::new();
        collect(self.merged(), "", "", &mut values);
        values
    }
}

/// `path` is the key as it is written, with its quotes; `above` is the same without quotes, as lists
/// are named by it.
fn collect(node: &Node, path: &str, above: &str, values: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        let join = |above: &str, name: &str| {
            if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") }
        };
        (join(path, &quoted(name)), join(above, name))
    };
    match &node.value {
        Value::Scalar(_) => {
            if let Some(text) = node.as_text() {
                values.insert(path.to_owned(), text.to_owned());
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let (path, above) = below(&entry.key);
                collect(&entry.value, &path, &above, values);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = identity(above, item);
                let (path, below) = below(name.as_deref().unwrap_or(&index.to_string()));
                match item.as_text().filter(|_| PACKAGES.contains(&above)) {
                    Some(package) => {
                        values.insert(path, version(package).to_owned());
                    }
                    None => collect(item, &path, &below, values),
                }
            }
        }
    }
}

/// What stands after the `=` of an apt package or the `==` of a Python one.
fn version(package: &str) -> &str {
    package.split_once('=').map_or("*", |(_, version)| version.trim_start_matches('='))
}

/// A name as `key` reads it back.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = !name.is_empty() && !name.contains(['.', '=', '"', '\'']);
    match name.contains('"') {
        _ if is_plain => name.to_owned(),
        true => format!("'{name}'"),
        false => format!("\"{name}\""),
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::Profile;
    use crate::project::testing::project;

    const PROFILE: &str = r#"
base: debian:trixie
user:
  uid: 1001
apt:
  runtime: [git=1:2.*, tini]
python:
  packages: ["Torch[x]==2.9.1"]
node:
  packages:
    claude-flow: 2.7.0
    "@scope/a.b": 1.0.0
env:
  NODE_ENV: production
  API_TOKEN: hunter2
mcp:
  servers:
    a: {command: [serve, -v, -v, hunter2], env: {API_KEY: hunter3}}
files:
  - source: tools/run.sh
    dest: /usr/local/bin/run.sh
"#;

    #[test]
    fn every_value_has_the_key_that_finds_it() {
        let files = [("profiles/x.yaml", PROFILE), ("tools/run.sh", "#!/bin/sh\n")];
        let (_folder, project) = project(&files);
        let loaded = Profile::load(&project, "x", &[], None).unwrap();
        let values = loaded.values();
        let lines: Vec<String> = values
            .iter()
            .map(|(key, value)| {
                let at = loaded.locate(key).unwrap_or_else(|| panic!("`{key}` is not found"));
                format!("{key} = {value} @{}", at.line)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
