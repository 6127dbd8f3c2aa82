//! A profile by its name: read, merged, checked.

use std::collections::BTreeSet;

use super::error::ProfileError;
use super::fault::Fault;
use super::identity::{identity, repeats};
use super::layers::{self, Layer};
use super::merge::merge;
use super::schema::{file_shape, profile_shape};
use super::{Profile, SetArgument, check, key};
use crate::project::Project;
use crate::project::yaml::{
    Located, MapEntry, Mark, Node, Position, Source, Value, complete, conform, to_json,
};

/// A profile that is ready to be rendered, and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What is to be built.
    pub profile: Profile,
    /// Its name: `cpu` for `cpu` and for `profiles/cpu.yaml`.
    pub name: String,
    /// Its files, the farthest ancestor first.
    pub layers: Vec<Layer>,
    /// The keys that `--set` and `--base` changed, as they were typed.
    pub set: BTreeSet<String>,
    merged: Node,
}

impl Profile {
    /// The names of the profiles that the project and the binary have, sorted.
    pub fn names(project: &Project) -> Vec<String> {
        layers::names(project)
    }

    /// Loads the profile `name` and what it extends; then `base` of the settings, then `sets`, then
    /// `base` lie over it, each over those before.
    pub fn load(
        project: &Project,
        name: &str,
        sets: &[SetArgument],
        base: Option<&str>,
    ) -> Result<Loaded, ProfileError> {
        let files = layers::read(project, name)?;
        let settings = project.settings().node("base").map(|base| base_layer(base.clone()));
        let argument = base.map(|base| {
            let source = Source::argument("--base", base);
            base_layer(Node::text_at(base, Mark::new(&source, 1, 1, base.chars().count())))
        });
        let mut nodes: Vec<Node> = files.iter().map(|file| file.root.clone()).collect();
        nodes.extend(settings);
        nodes.extend(sets.iter().map(|set| set.layer().clone()));
        nodes.extend(argument);

        // Types first: the merge and the rules may then take them for granted.
        let shape = file_shape();
        refuse(nodes.iter().flat_map(|node| {
            let wrong = conform(node, shape, "").into_iter().map(|fault| fault.map(Fault::Yaml));
            wrong.chain(repeats(node, ""))
        }))?;

        let file = nodes[files.len() - 1].mark.clone();
        let mut merged = nodes
            .into_iter()
            .reduce(|base, over| merge(base, over, ""))
            .expect("a profile has a file");
        // What is missing from the whole is missing from the file that was asked for.
        merged.mark = Mark::start(file.source());
        let missing =
            complete(&merged, profile_shape(), "").into_iter().map(|fault| fault.map(Fault::Yaml));
        refuse(missing.chain(check::check(project, &merged)))?;

        without_extends(&mut merged);
        let profile = serde_json::from_value(to_json(&merged, profile_shape()))
            .expect("a tree that conforms to the schema of a type can be read as that type");
        let layers = files
            .into_iter()
            .map(|file| Layer {
                path: file.source.name().to_owned(),
                text: file.source.text().to_owned(),
            })
            .collect();
        let set = sets.iter().map(|set| set.key().to_owned());
        let set = set.chain(base.map(|_| "base".to_owned())).collect();
        Ok(Loaded { profile, name: layers::stem(name).to_owned(), layers, set, merged })
    }
}

impl Loaded {
    /// All its files as one tree, each value with its place.
    pub(super) fn merged(&self) -> &Node {
        &self.merged
    }

    /// Where the value of a key was written: `apt.runtime` is where the list was given last,
    /// `apt.runtime.git` or `apt.runtime.0` one entry of it. `None` for what no file says.
    pub fn locate(&self, path: &str) -> Option<Position> {
        let (parts, _) = key::parse(path).ok()?;
        let mut node = &self.merged;
        let mut mark = &self.merged.mark;
        let mut above = String::new();
        for part in parts {
            if let Value::List(items) = &node.value {
                let by_name =
                    items.iter().find(|item| identity(&above, item).as_deref() == Some(&part.name));
                node = by_name.or_else(|| items.get(part.name.parse::<usize>().ok()?))?;
                mark = &node.mark;
            } else {
                let entry = node.entry(&part.name).filter(|entry| !entry.value.is_null())?;
                node = &entry.value;
                // A list starts at its first dash; the line to show is the one with its name.
                mark = if matches!(node.value, Value::Scalar(_)) {
                    &node.mark
                } else {
                    &entry.key_mark
                };
            }
            above = if above.is_empty() { part.name } else { format!("{above}.{}", part.name) };
        }
        Some(mark.position())
    }
}

fn base_layer(value: Node) -> Node {
    let mark = value.mark.clone();
    let entry = MapEntry { key: "base".to_owned(), key_mark: mark.clone(), value };
    Node::new(Value::Map(vec![entry]), mark)
}

fn without_extends(root: &mut Node) {
    if let Value::Map(entries) = &mut root.value {
        entries.retain(|entry| entry.key != "extends");
    }
}

/// All faults at once, in the order of the files and of the lines in each.
fn refuse(faults: impl Iterator<Item = Located<Fault>>) -> Result<(), ProfileError> {
    let mut faults: Vec<_> = faults.collect();
    let mut files: Vec<String> = Vec::new();
    for fault in &faults {
        let name = fault.mark.source().name();
        if !files.iter().any(|file| file == name) {
            files.push(name.to_owned());
        }
    }
    faults.sort_by_key(|fault| {
        let name = fault.mark.source().name();
        (files.iter().position(|file| file == name), fault.mark.line(), fault.mark.column())
    });
    if faults.is_empty() { Ok(()) } else { Err(ProfileError::Faults(faults)) }
}
