//! `mad.yaml`, which the project commits, and `mad.local.yaml`, which one machine keeps to itself.
//!
//! Both hold the same keys; the local one wins. `base` and `tag` are image references: the
//! grammar belongs to `profile`, which checks them when a profile is loaded.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::ProjectError;
use super::path::resolve;
use super::yaml::{
    Fault, Located, MapEntry, Node, Refusal, Shape, complete, compose, conform, decode,
};

/// Stands for the profile's name in `tag`.
pub const PROFILE_IN_TAG: &str = "{profile}";

const FILES: [&str; 2] = ["mad.yaml", "mad.local.yaml"];

/// What the settings files say, with the places.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    entries: Vec<MapEntry>,
}

/// The shape of a settings file. The values are kept as nodes, so nothing is ever read into it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct File {
    /// Where the project's source is, for the label `org.opencontainers.image.source`.
    source: Option<String>,
    /// The image that replaces the `base` of every profile.
    base: Option<String>,
    /// The name of the built image; `{profile}` in it stands for the profile's name.
    tag: Option<String>,
    /// The profile to use where none is named.
    default: Option<String>,
    /// The name of the project in the history, instead of `source` and the path in its repository.
    project: Option<String>,
    /// Build arguments, `ENV`s and keys of a profile whose values the history may show.
    plain_values: Option<Vec<String>>,
    /// Absolute paths of the host that profiles may mount, with all below them.
    mount_sources: Option<Vec<String>>,
    /// Where to build instead of on the engine: one of these, by the platform and the profile.
    builders: Option<Vec<BuilderFile>>,
}

/// One of `builders`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct BuilderFile {
    /// What `--builder` and the history call it.
    name: String,
    /// `tcp://HOST:PORT`, `unix://PATH`, `ssh://HOST`, `kube://NAMESPACE/DEPLOYMENT`, or the name of one of buildx.
    address: String,
    /// The CA of its certificate: a file of PEM, from the project's folder.
    cacert: Option<String>,
    /// The client's certificate.
    cert: Option<String>,
    /// Its key.
    key: Option<String>,
    /// The name in its certificate, where that is not the address's.
    servername: Option<String>,
    /// The port that is forwarded, of `kube://`.
    port: Option<u16>,
    /// The context of the kubeconfig, of `kube://`.
    context: Option<String>,
    /// The platforms to build on it; without, all that it runs.
    platforms: Option<Vec<String>>,
}

/// One of `builders` in mad.yaml.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuilderSettings {
    /// What `--builder` and the history call it.
    pub name: String,
    /// As it is written.
    pub address: String,
    /// What else is said of the address, by key; files with the project's folder before them.
    pub options: BTreeMap<String, String>,
    /// The platforms to build on it; without, all that it runs.
    pub platforms: Vec<String>,
}

impl Settings {
    /// URL of the project's source.
    pub fn source(&self) -> Option<&str> {
        self.node("source").and_then(Node::as_text)
    }

    /// The image that replaces the base of the profile.
    pub fn base(&self) -> Option<&str> {
        self.node("base").and_then(Node::as_text)
    }

    /// The name that the built image of a profile gets. Images have lower-case names.
    pub fn tag(&self, profile: &str) -> Option<String> {
        let tag = self.node("tag").and_then(Node::as_text)?;
        Some(tag.replace(PROFILE_IN_TAG, &profile.to_ascii_lowercase()))
    }

    /// The name of a profile's image where no other is asked for.
    pub fn image(&self, profile: &str) -> String {
        self.tag(profile).unwrap_or_else(|| format!("mad/{}:latest", profile.to_ascii_lowercase()))
    }

    /// Whether the name of the profile is part of the image's.
    pub fn names_profile_in_tag(&self) -> bool {
        let tag = self.node("tag").and_then(Node::as_text);
        tag.is_some_and(|tag| tag.contains(PROFILE_IN_TAG))
    }

    /// The profile to use where none is named.
    pub fn default_profile(&self) -> Option<&str> {
        self.node("default").and_then(Node::as_text)
    }

    /// The project's name in the history.
    pub fn project(&self) -> Option<&str> {
        self.node("project").and_then(Node::as_text)
    }

    /// Names whose values the history may show.
    pub fn plain_values(&self) -> Vec<String> {
        let items = self.node("plain_values").map_or(&[][..], Node::items);
        items.iter().filter_map(Node::as_text).map(str::to_owned).collect()
    }

    /// Absolute paths of the host that profiles may mount.
    pub fn mount_sources(&self) -> Vec<String> {
        let node = self.node("mount_sources");
        let items = node.map_or(&[][..], Node::items);
        let paths = items.iter().filter_map(Node::as_text);
        paths.filter(|path| path.len() > 1 && path.starts_with('/')).map(str::to_owned).collect()
    }

    /// Where to build instead of on the engine; `root` is the project's folder.
    pub fn builders(&self, root: &Path) -> Vec<BuilderSettings> {
        let items = self.node("builders").map_or(&[][..], Node::items);
        let builder = |node: &Node| {
            let mut builder = BuilderSettings::default();
            for MapEntry { key, value, .. } in node.entries() {
                let text = || value.as_text().unwrap_or_default().to_owned();
                match key.as_str() {
                    "name" => builder.name = text(),
                    "address" => builder.address = text(),
                    "platforms" => {
                        let texts = value.items().iter().filter_map(Node::as_text);
                        builder.platforms = texts.map(str::to_owned).collect();
                    }
                    "cacert" | "cert" | "key" => {
                        let path = root.join(text()).display().to_string();
                        builder.options.insert(key.clone(), path);
                    }
                    _ if value.is_null() => {}
                    _ => drop(builder.options.insert(key.clone(), value.as_raw().to_owned())),
                }
            }
            builder
        };
        items.iter().map(builder).collect()
    }

    /// The value of a key with its place.
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
            .filter(|node| !node.is_null())
    }

    /// Reads the files of `root`, each only where it exists.
    pub(super) fn read(root: &Path) -> Result<Self, ProjectError> {
        let schema = schemars::SchemaGenerator::default().into_root_schema_for::<File>();
        let shape = Shape::from_schema(schema.as_value());
        let mut settings = Self::default();
        let mut faults = Vec::new();
        for name in FILES {
            let Some(at) = resolve(root, name)? else {
                continue;
            };
            let bytes = std::fs::read(&at).map_err(|error| ProjectError::Unreadable {
                path: at,
                reason: error.to_string(),
            })?;
            match decode(name, &bytes).and_then(|source| compose(&source, 0)) {
                Ok(root) => {
                    faults.extend(conform(&root, &shape, ""));
                    faults.extend(complete(&root, &shape, ""));
                    faults.extend(root.get("source").and_then(url_fault));
                    settings.entries.extend(root.entries().iter().cloned());
                }
                // A file with nothing but comments says nothing, which is fine here.
                Err(located) if located.fault == Fault::Empty => {}
                Err(located) => faults.push(*located),
            }
        }
        if faults.is_empty() { Ok(settings) } else { Err(ProjectError::Settings(faults)) }
    }
}

/// The label is printed and clicked: a scheme, and no blanks or control characters.
fn url_fault(node: &Node) -> Option<Located<Fault>> {
    let url = node.as_text()?;
    let scheme = ["https://", "http://", "ssh://", "git://"]
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    if let Some(rest) = scheme
        && !rest.is_empty()
        && rest.chars().all(|c| c.is_ascii_graphic())
    {
        // It stands in labels and records: `git@` is a name, anything else before `@` a credential.
        let host = rest.split('/').next().unwrap_or(rest);
        let user = host.rsplit_once('@').map_or("", |(user, _)| user);
        let is_name = user.is_empty() || (url.starts_with("ssh://") && !user.contains(':'));
        if is_name {
            return None;
        }
        let rule = Refusal {
            expected: "a URL without credentials".to_owned(),
            hint: Some("it becomes a label of every image".to_owned()),
        };
        let found = url.replace(user, "…");
        return Some(Located::new(&node.mark, Fault::Refused { found, rule }));
    }
    let rule = Refusal {
        expected: "a URL".to_owned(),
        hint: Some("for example `https://git.example.org/team/agents`".to_owned()),
    };
    Some(Located::new(&node.mark, Fault::Refused { found: url.to_owned(), rule }))
}

#[cfg(test)]
mod tests {
    use crate::project::Project;

    fn open(files: &[(&str, &str)]) -> Result<Project, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Project::open(folder.path()).map_err(|error| format!("{error}\nhint: {:?}", error.hint()))
    }

    #[test]
    fn the_local_file_wins_and_null_drops() {
        let project = open(&[
            ("mad.yaml", "source: https://example.org/x\nbase: debian:trixie\ntag: agents\n"),
            ("mad.local.yaml", "# mine\nbase: mad/base:trixie\ntag: null\n"),
        ])
        .unwrap();
        assert_eq!(project.settings().source(), Some("https://example.org/x"));
        assert_eq!(project.settings().base(), Some("mad/base:trixie"));
        assert_eq!(project.settings().tag("cpu"), None);
        assert_eq!(project.settings().node("base").unwrap().mark.to_string(), "mad.local.yaml:2:7");
    }

    #[test]
    fn nothing_and_comments_are_fine() {
        assert_eq!(open(&[("mad.yaml", "# nothing yet\n")]).unwrap().settings().base(), None);
        assert!(open(&[]).is_ok());
    }

    #[test]
    fn builders_have_their_files_in_the_project() {
        let text = "builders:\n- {name: a, address: \"tcp://h:1\", cacert: certs/ca.pem, key: /k, platforms: [linux/amd64]}\n- {name: b, address: \"kube://n/d\", port: 99}\n";
        let project = open(&[("mad.yaml", text)]).unwrap();
        let builders = project.settings().builders(std::path::Path::new("/p"));
        let [a, b] = builders.as_slice() else { panic!("{builders:?}") };
        assert_eq!((a.name.as_str(), a.address.as_str()), ("a", "tcp://h:1"));
        assert_eq!(a.options["cacert"], "/p/certs/ca.pem");
        assert_eq!(a.options["key"], "/k");
        assert_eq!(a.platforms, ["linux/amd64"]);
        assert_eq!(b.options["port"], "99");
        let local = [("mad.yaml", text), ("mad.local.yaml", "builders: null\n")];
        assert!(open(&local).unwrap().settings().builders(std::path::Path::new("/p")).is_empty());
        for (wrong, words) in [
            ("builders: x\n", "found"),
            ("builders: [{name: a}]\n", "`address`"),
            ("builders: [{name: a, address: b, cacrt: c}]\n", "did you mean `cacert`?"),
        ] {
            let error = open(&[("mad.yaml", wrong)]).err().unwrap();
            assert!(error.contains(words), "{wrong}: {error}");
        }
    }

    #[test]
    fn faults_of_both_files_are_told() {
        let files = [("mad.yaml", "bse: x\n"), ("mad.local.yaml", "source: nowhere\ntag: 1\n")];
        insta::assert_snapshot!(open(&files).unwrap_err(), @r#"
        mad.yaml:1:1: unknown key `bse`
          |
        1 | bse: x
          | ^^^
          = hint: did you mean `base`?

        mad.local.yaml:2:6: found the number `1`, expected text for `tag`
          |
        2 | tag: 1
          |      ^
          = hint: write it in quotes: "1"

        mad.local.yaml:1:9: found `nowhere`, expected a URL
          |
        1 | source: nowhere
          |         ^^^^^^^
          = hint: for example `https://git.example.org/team/agents`
        hint: None
        "#);
    }
}
