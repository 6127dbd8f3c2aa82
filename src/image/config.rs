//! An image's configuration: what it tells those who start it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

/// The configuration, as far as it changes what a container of the image is. Names follow the
/// image specification (<https://github.com/opencontainers/image-spec/blob/main/config.md>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase"), default)]
pub struct Config {
    /// Name or number, with the group after a colon; empty is root.
    #[serde(deserialize_with = "or_default")]
    pub user: String,
    /// `NAME=VALUE`, in order.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// Where commands start.
    #[serde(deserialize_with = "or_default")]
    pub working_dir: String,
    /// What is always run.
    pub entrypoint: Option<Vec<String>>,
    /// What is run where nothing else is asked for.
    pub cmd: Option<Vec<String>>,
    /// Labels.
    #[serde(deserialize_with = "or_default")]
    pub labels: BTreeMap<String, String>,
    /// `80/tcp`.
    #[serde(deserialize_with = "keys")]
    pub exposed_ports: BTreeSet<String>,
    /// Folders that get a volume.
    #[serde(deserialize_with = "keys")]
    pub volumes: BTreeSet<String>,
    /// The shell of the shell form.
    pub shell: Option<Vec<String>>,
    /// The signal that stops it.
    pub stop_signal: Option<String>,
    /// How its health is asked for.
    pub healthcheck: Option<serde_json::Value>,
    /// Instructions for images that start from this one.
    #[serde(deserialize_with = "or_default")]
    pub on_build: Vec<String>,
    /// Every other field that the engine wrote, as it stands: a health check's like, `ArgsEscaped`.
    #[serde(flatten)]
    pub others: BTreeMap<String, serde_json::Value>,
    /// The image's own fields beside its configuration: author, architecture, system.
    #[serde(skip)]
    pub platform: BTreeMap<String, serde_json::Value>,
}

/// Written by the classic builder: the image before, and the container of the step.
const OF_THE_BUILD: [&str; 2] = ["Image", "Hostname"];

/// Fields of the image that are no fields of its configuration. Times and the layers are not among
/// them, nor the record of the build.
const PLATFORM: [&str; 6] =
    ["author", "architecture", "os", "variant", "os.version", "os.features"];

/// Engines write `null` for what is empty.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Engines write sets as objects with empty values.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let found: Option<BTreeMap<String, serde_json::Value>> = Option::deserialize(deserializer)?;
    Ok(found.unwrap_or_default().into_keys().collect())
}

/// A value of the configuration that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigDifference {
    /// Which one, for example `env PATH`, `label team`, `user`.
    pub what: String,
    /// In the first image; `None` where it has none.
    pub before: Option<String>,
    /// In the second image.
    pub after: Option<String>,
}

impl Config {
    /// The environment by name; a name that is set twice has its last value, as for programs.
    fn environment(&self) -> BTreeMap<&str, &str> {
        self.env.iter().map(|entry| entry.split_once('=').unwrap_or((entry, ""))).collect()
    }

    /// What differs. The order of the environment is not looked at: programs ask by name.
    pub fn differences(&self, after: &Self) -> Vec<ConfigDifference> {
        let mut found = Vec::new();
        let mut note = |what: String, one: Option<String>, other: Option<String>| {
            if one != other {
                found.push(ConfigDifference { what, before: one, after: other });
            }
        };
        let (one, other) = (self.environment(), after.environment());
        for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
            let value = |of: &BTreeMap<&str, &str>| of.get(*name).map(|value| (*value).to_owned());
            note(format!("env {name}"), value(&one), value(&other));
        }
        for name in self.labels.keys().chain(after.labels.keys()).collect::<BTreeSet<_>>() {
            let (one, other) = (self.labels.get(name), after.labels.get(name));
            note(format!("label {name}"), one.cloned(), other.cloned());
        }
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        note("user".into(), text(&self.user), text(&after.user));
        note("workdir".into(), text(&self.working_dir), text(&after.working_dir));
        let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| format!("{words:?}"));
        note("entrypoint".into(), words(&self.entrypoint), words(&after.entrypoint));
        note("cmd".into(), words(&self.cmd), words(&after.cmd));
        note("shell".into(), words(&self.shell), words(&after.shell));
        note("stop signal".into(), self.stop_signal.clone(), after.stop_signal.clone());
        let set = |set: &BTreeSet<String>| (!set.is_empty()).then(|| format!("{set:?}"));
        note("exposed ports".into(), set(&self.exposed_ports), set(&after.exposed_ports));
        note("volumes".into(), set(&self.volumes), set(&after.volumes));
        let json = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
        note("healthcheck".into(), json(&self.healthcheck), json(&after.healthcheck));
        let lines = |lines: &[String]| (!lines.is_empty()).then(|| lines.join("; "));
        note("onbuild".into(), lines(&self.on_build), lines(&after.on_build));
        for (one, other) in [(&self.others, &after.others), (&self.platform, &after.platform)] {
            for name in one.keys().chain(other.keys()).collect::<BTreeSet<_>>() {
                if !OF_THE_BUILD.contains(&name.as_str()) {
                    note(name.clone(), said(one.get(name)), said(other.get(name)));
                }
            }
        }
        found
    }
}

/// A value, where it says something: engines leave out what is empty, or write it as it is.
fn said(value: Option<&serde_json::Value>) -> Option<String> {
    use serde_json::Value;
    match value? {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(all) if all.is_empty() => None,
        Value::Object(all) if all.is_empty() => None,
        Value::Number(number) if number.as_u64() == Some(0) => None,
        value => Some(value.to_string()),
    }
}

impl Config {
    /// Takes what an image says beside its configuration.
    pub(super) fn with_platform(mut self, image: BTreeMap<String, serde_json::Value>) -> Self {
        self.platform = image;
        self.platform.retain(|name, _| PLATFORM.contains(&name.as_str()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: serde_json::Value) -> Config {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_engines_write_is_read() {
        // 20.10 writes null for nothing, 26 leaves it out; both write more than we look at.
        let written = serde_json::json!({
            "User": "1000:1000", "ExposedPorts": {"80/tcp": {}}, "Env": ["A=b=c", "PATH=/bin"],
            "Entrypoint": null, "Cmd": ["sh"], "Labels": null, "Volumes": null, "OnBuild": null,
            "ArgsEscaped": true, "Image": "x"
        });
        let config = config(written);
        assert_eq!((config.user.as_str(), config.env.len()), ("1000:1000", 2));
        assert!(config.exposed_ports.contains("80/tcp") && config.labels.is_empty());
        assert_eq!(config.environment()["A"], "b=c");
    }

    #[test]
    fn values_that_differ_are_named() {
        let one = config(serde_json::json!({
            "User": "dev", "Env": ["A=1", "B=2"], "Labels": {"x": "1"}, "Cmd": ["sh", "-c"]
        }));
        let other = config(serde_json::json!({
            "User": "", "Env": ["B=2", "A=2", "C="], "Cmd": ["sh -c"]
        }));
        let names: Vec<String> =
            one.differences(&other).into_iter().map(|difference| difference.what).collect();
        assert_eq!(names, ["env A", "env C", "label x", "user", "cmd"]);
        assert_eq!(one.differences(&one.clone()), []);
        // An empty command is not the same as none.
        let none = Config::default();
        let empty = Config { cmd: Some(Vec::new()), ..Config::default() };
        assert_eq!(none.differences(&empty).len(), 1);
    }

    #[test]
    fn the_order_of_the_environment_does_not_count() {
        let one = config(serde_json::json!({"Env": ["A=1", "B=2"]}));
        let other = config(serde_json::json!({"Env": ["B=2", "A=1"]}));
        assert_eq!(one.differences(&other), []);
    }
}
