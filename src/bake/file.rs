//! The model of a bake file, with the keys that buildx 0.13 and later know.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::hcl;

/// What one profile is built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// As it is named on the command line of `docker buildx bake`; see [`target_names`].
    pub name: String,
    /// The rendered folder.
    pub context: String,
    /// Names of the image.
    pub tags: Vec<String>,
    /// Stage to stop at.
    pub stage: Option<String>,
    /// `ARG` values.
    pub args: BTreeMap<String, String>,
    /// Labels over those of the Dockerfile.
    pub labels: BTreeMap<String, String>,
    /// What the image is for.
    pub platforms: Vec<String>,
    /// Where the secrets are, never what they hold: `id=ID,src=FILE`.
    pub secrets: Vec<String>,
    /// `default` or `ID=SOCKET`.
    pub ssh: Vec<String>,
    /// As `--cache-from` has it.
    pub cache_from: Vec<String>,
    /// As `--cache-to` has it.
    pub cache_to: Vec<String>,
    /// `host` or `none`.
    pub network: Option<String>,
    /// For example `64m`.
    pub shm_size: Option<String>,
    /// For example `nofile=1024:2048`.
    pub ulimits: Vec<String>,
    /// Ask the registries for newer base images.
    pub pull: bool,
    /// Ignore the cache.
    pub no_cache: bool,
    /// Stages that are built without the cache.
    pub no_cache_filter: Vec<String>,
}

/// All targets; those of the group `default` are all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BakeFile {
    /// In the order in which they are written.
    pub targets: Vec<Target>,
}

impl BakeFile {
    /// As JSON, which buildx reads from a pipe, too.
    pub fn json(&self) -> String {
        let targets = self.targets.iter().map(|target| {
            (target.name.clone(), Value::Object(escaped_values(target.attributes())))
        });
        let targets: Map<String, Value> = targets.collect();
        let file =
            json!({ "group": { "default": { "targets": self.names() } }, "target": targets });
        format!("{file:#}\n")
    }

    /// As HCL.
    pub fn hcl(&self) -> String {
        let group = Map::from_iter([("targets".to_owned(), json!(self.names()))]);
        let mut text = hcl::block("group", "default", &group);
        for target in &self.targets {
            text.push('\n');
            text.push_str(&hcl::block("target", &target.name, &target.attributes()));
        }
        text
    }

    fn names(&self) -> Vec<&str> {
        self.targets.iter().map(|target| target.name.as_str()).collect()
    }
}

impl Target {
    /// What is said of it; what is not asked for is left out, so that buildx's own default holds.
    fn attributes(&self) -> Map<String, Value> {
        let list = |items: &[String]| (!items.is_empty()).then(|| json!(items));
        let map = |items: &BTreeMap<String, String>| (!items.is_empty()).then(|| json!(items));
        let all = [
            ("context", Some(json!(self.context))),
            ("dockerfile", Some(json!("Dockerfile"))),
            ("target", self.stage.as_ref().map(|stage| json!(stage))),
            ("tags", list(&self.tags)),
            ("args", map(&self.args)),
            ("labels", map(&self.labels)),
            ("platforms", list(&self.platforms)),
            ("secret", list(&self.secrets)),
            ("ssh", list(&self.ssh)),
            ("cache-from", list(&self.cache_from)),
            ("cache-to", list(&self.cache_to)),
            ("network", self.network.as_ref().map(|network| json!(network))),
            ("shm-size", self.shm_size.as_ref().map(|size| json!(size))),
            ("ulimits", list(&self.ulimits)),
            ("pull", self.pull.then(|| json!(true))),
            ("no-cache", self.no_cache.then(|| json!(true))),
            ("no-cache-filter", list(&self.no_cache_filter)),
        ];
        let given = all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        given.collect()
    }
}

/// Names of targets for profiles: buildx takes letters, digits, `_` and `-`. Two profiles have two names.
pub fn target_names<'a>(profiles: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let named = profiles.into_iter().map(|profile| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let name: String = profile.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        let free = free.expect("there are more numbers than profiles");
        taken.insert(free.clone());
        free
    });
    named.collect()
}

/// buildx evaluates the texts of a JSON file as templates, those of objects' keys, too.
fn escaped_values(attributes: Map<String, Value>) -> Map<String, Value> {
    let escaped =
        |(key, value): (String, Value)| (hcl::escape_template(&key), escaped_value(value));
    attributes.into_iter().map(escaped).collect()
}

fn escaped_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(hcl::escape_template(&text)),
        Value::Array(items) => items.into_iter().map(escaped_value).collect(),
        Value::Object(entries) => Value::Object(escaped_values(entries)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> BakeFile {
        let cpu = Target {
            name: "cpu".to_owned(),
            context: "/state/cpu".to_owned(),
            tags: vec!["mad/cpu:latest".to_owned()],
            args: BTreeMap::from([
                ("GREETING".to_owned(), "a \"b\"\n\t${c} %{d} $e \\ \u{1}é".to_owned()),
                ("PLAIN".to_owned(), "1".to_owned()),
            ]),
            labels: BTreeMap::from([("org.example/${x}".to_owned(), String::new())]),
            secrets: vec!["id=ca,src=/ca.pem".to_owned()],
            ..Target::default()
        };
        let dev = Target {
            name: "dev".to_owned(),
            context: "bake/dev".to_owned(),
            stage: Some("tools".to_owned()),
            platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
            network: Some("none".to_owned()),
            pull: true,
            ..Target::default()
        };
        BakeFile { targets: vec![cpu, dev] }
    }

    #[test]
    fn a_file_in_hcl() {
        insta::assert_snapshot!(file().hcl(), @r#"
        group "default" {
          targets = ["cpu", "dev"]
        }

        target "cpu" {
          context = "/state/cpu"
          dockerfile = "Dockerfile"
          tags = ["mad/cpu:latest"]
          args = {
            "GREETING" = "a \"b\"\n\t$${c} %%{d} $e \\ \u0001é"
            "PLAIN" = "1"
          }
          labels = {
            "org.example/$${x}" = ""
          }
          secret = ["id=ca,src=/ca.pem"]
        }

        target "dev" {
          context = "bake/dev"
          dockerfile = "Dockerfile"
          target = "tools"
          platforms = ["linux/amd64", "linux/arm64"]
          network = "none"
          pull = true
        }
        "#);
    }

    #[test]
    fn a_file_in_json() {
        let text = file().json();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["group"]["default"]["targets"], json!(["cpu", "dev"]));
        let cpu = &read["target"]["cpu"];
        assert_eq!(cpu["args"]["GREETING"], "a \"b\"\n\t$${c} %%{d} $e \\ \u{1}é");
        assert_eq!(cpu["labels"], json!({"org.example/$${x}": ""}));
        assert_eq!(cpu.get("pull"), None);
        assert_eq!(read["target"]["dev"]["platforms"], json!(["linux/amd64", "linux/arm64"]));
    }

    #[test]
    fn targets_have_names_that_buildx_takes_and_each_its_own() {
        let names = target_names(["cpu", "py.3", "py-3", "a/b.yaml", "py 3"]);
        assert_eq!(names, ["cpu", "py-3", "py-3-2", "a-b-yaml", "py-3-3"]);
    }
}
