//! The files that one profile is made of, the farthest ancestor first.

use std::sync::Arc;

use super::ProfileError;
use super::fault::Fault;
use crate::project::yaml::{Located, Node, Source, compose, decode, suggest};
use crate::project::{Asset, AssetError, Project};

/// How many files a profile is made of at most.
pub const MAX_FILES: usize = 64;

/// Bytes of text in all its files, once aliases are put in place.
pub const MAX_PROFILE_BYTES: usize = 16 << 20;

/// One file of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Path of the asset, relative to the project.
    pub path: String,
    /// The file as it is.
    pub text: String,
}

/// A file and what it says.
pub(super) struct LoadedFile {
    pub(super) source: Arc<Source>,
    pub(super) root: Node,
}

/// The files of `name`, each once: what is extended comes before what extends it, in the order in
/// which `extends` names it, and a file that is reached twice stays where it was reached first.
pub(super) fn read(project: &Project, name: &str) -> Result<Vec<LoadedFile>, ProfileError> {
    let mut reader = Reader { project, done: Vec::new(), bytes: 0 };
    let asset = match project.asset(&path_of(name)) {
        Err(AssetError::NotFound { suggestion, .. }) => {
            let (suggestion, known) = meant(project, name, suggestion);
            return Err(ProfileError::Unknown { name: name.to_owned(), suggestion, known });
        }
        asset => asset?,
    };
    reader.visit(name, &asset, &mut Vec::new())?;
    Ok(reader.done)
}

/// `cpu` is `profiles/cpu.yaml`; a name that ends in `.yaml` is a path of the project.
pub(super) fn path_of(name: &str) -> String {
    if is_path(name) { name.to_owned() } else { format!("profiles/{name}.yaml") }
}

fn is_path(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// The names of `profiles/*.yaml`, less the tables that lie beside them (`cuda-versions.yaml`).
pub(super) fn names(project: &Project) -> Vec<String> {
    named_assets(project).into_iter().map(|(name, _)| name).collect()
}

/// Likewise, each with its file.
pub(super) fn named_assets(project: &Project) -> Vec<(String, Asset)> {
    let named = |asset: Asset| {
        let name = asset.path.strip_prefix("profiles/")?.strip_suffix(".yaml")?;
        let is_profile = !name.contains('/') && !name.ends_with("-versions");
        is_profile.then(|| (name.to_owned(), asset.clone()))
    };
    let assets = project.assets("profiles").unwrap_or_default();
    assets.into_iter().filter_map(named).collect()
}

/// The name of a profile that was asked for by its path.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".yaml").unwrap_or(file)
}

/// What `name` most likely stands for, and all profiles there are. `beside` is what is near a path.
fn meant(project: &Project, name: &str, beside: Option<String>) -> (Option<String>, Vec<String>) {
    let known = names(project);
    let near = suggest(name, known.iter().map(String::as_str)).map(str::to_owned);
    (if is_path(name) { beside } else { near }, known)
}

/// A profile that is being read: its name as written, its path.
struct OpenProfile {
    name: String,
    path: String,
}

struct Reader<'a> {
    project: &'a Project,
    done: Vec<LoadedFile>,
    /// Bytes of text in all files, once aliases are put in place.
    bytes: usize,
}

impl Reader<'_> {
    fn visit(
        &mut self,
        name: &str,
        asset: &Asset,
        above: &mut Vec<OpenProfile>,
    ) -> Result<(), ProfileError> {
        let source = decode(&asset.path, &asset.bytes)
            .map_err(|fault| ProfileError::one(fault.map(Fault::Yaml)))?;
        let root =
            compose(&source, 0).map_err(|fault| ProfileError::one(fault.map(Fault::Yaml)))?;
        self.bytes += root.text_bytes();
        if self.done.len() + above.len() >= MAX_FILES || self.bytes > MAX_PROFILE_BYTES {
            let fault = Fault::TooManyLayers { files: MAX_FILES, bytes: MAX_PROFILE_BYTES };
            return Err(ProfileError::one(Located::new(&root.mark, fault)));
        }
        above.push(OpenProfile { name: name.to_owned(), path: asset.path.clone() });
        for parent in parents(&root) {
            self.parent(parent, above)?;
        }
        above.pop();
        self.done.push(LoadedFile { source, root });
        Ok(())
    }

    fn parent(&mut self, parent: &Node, above: &mut Vec<OpenProfile>) -> Result<(), ProfileError> {
        let name = parent.as_text().unwrap_or_default();
        let fail = |fault| ProfileError::one(Located::new(&parent.mark, fault));
        let chain = |from: usize| above[from..].iter().map(|step| step.name.clone());
        let asset = match self.project.asset(&path_of(name)) {
            Err(AssetError::NotFound { suggestion, .. }) => {
                let (suggestion, known) = meant(self.project, name, suggestion);
                return Err(fail(Fault::NoProfile {
                    name: name.to_owned(),
                    chain: chain(0).collect(),
                    suggestion,
                    known,
                }));
            }
            asset => asset.map_err(|error| fail(Fault::Asset(error)))?,
        };
        if let Some(index) = above.iter().position(|step| step.path == asset.path) {
            return Err(fail(Fault::Cycle {
                chain: chain(index).chain([name.to_owned()]).collect(),
            }));
        }
        if self.done.iter().any(|read| read.source.name() == asset.path) {
            return Ok(());
        }
        self.visit(name, &asset, above)
    }
}

/// The names in `extends`, whether one or a list. Anything else there is told by the shape.
pub(super) fn parents(root: &Node) -> Vec<&Node> {
    match root.get("extends") {
        Some(one) if one.as_text().is_some() => vec![one],
        Some(list) => list.items().iter().filter(|item| item.as_text().is_some()).collect(),
        None => Vec::new(),
    }
}
