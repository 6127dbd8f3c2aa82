//! All that an image holds, and who wrote it.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::tree::Tree;
use super::{Config, ImageError, Node, Sha256, TreePath, archive};
use engine::{ImageExporter, read_image};

/// An image from inside.
#[derive(Debug, Default)]
pub struct Contents {
    nodes: BTreeMap<TreePath, Node>,
    /// The layers, lowest first.
    pub layers: Vec<Layer>,
    /// One for every instruction of the image and of its base, in order.
    pub history: Vec<History>,
    /// What it tells those who start it.
    pub config: Config,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Hash of the uncompressed layer, `sha256:…`; empty where the image does not say.
    pub diff_id: String,
    /// The instruction that wrote it, an index into [`Contents::history`]; `None` where the history
    /// does not fit the layers (`docker import`, squashed images).
    pub history: Option<usize>,
}

/// What an image says of one instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// As the builder wrote it, for example `RUN /bin/sh -c make # buildkit`.
    pub created_by: String,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

impl Contents {
    /// Reads the archive that `docker save` writes.
    pub fn read(archive: impl Read) -> Result<Self, ImageError> {
        let archive::Archive { layers, diff_ids, history, config } = archive::read(archive)?;
        let mut tree = Tree::default();
        for (index, layer) in layers.iter().enumerate() {
            tree.apply(index, layer)?;
        }
        let wrote: Vec<usize> = (0..history.len()).filter(|&at| !history[at].empty_layer).collect();
        let fits = wrote.len() == layers.len();
        let layers = (0..layers.len())
            .map(|index| Layer {
                diff_id: diff_ids.get(index).cloned().unwrap_or_default(),
                history: fits.then(|| wrote[index]),
            })
            .collect();
        Ok(Self { nodes: tree.nodes, layers, history, config })
    }

    /// Streams an image of the engine. Dropping the future stops the stream.
    pub async fn of_image(engine: &dyn ImageExporter, image: &str) -> Result<Self, ImageError> {
        read_image(engine, image, |archive| Self::read(archive)).await?
    }

    /// The contents of files, by hash: another look at the same archive. What is too large
    /// to be held in memory is not among them.
    pub fn files(
        archive: impl Read,
        wanted: &BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ImageError> {
        archive::files(archive, wanted)
    }

    /// The same of an image of the engine.
    pub async fn files_of_image(
        engine: &dyn ImageExporter,
        image: &str,
        wanted: BTreeMap<Sha256, u64>,
    ) -> Result<BTreeMap<Sha256, Vec<u8>>, ImageError> {
        read_image(engine, image, move |archive| Self::files(archive, &wanted)).await?
    }

    /// The same image with other names for some paths, and for all below them.
    pub fn with_names(&self, names: &BTreeMap<TreePath, TreePath>) -> Self {
        let renamed = |path: &TreePath| names.get(path).cloned().unwrap_or_else(|| path.clone());
        let mut nodes = BTreeMap::new();
        for (path, node) in &self.nodes {
            // The longest part of it that has another name.
            let mut name = renamed(path);
            let mut at = path.parent();
            while let Some(folder) = at.filter(|_| name == *path) {
                if let Some(new) = names.get(&folder) {
                    name = new.join(&path.as_bytes()[folder.as_bytes().len() + 1..]);
                }
                at = folder.parent();
            }
            nodes.insert(name, node.clone());
        }
        Self {
            nodes,
            layers: self.layers.clone(),
            history: self.history.clone(),
            config: self.config.clone(),
        }
    }

    /// What is at a path.
    pub fn get(&self, path: &TreePath) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// What is at a path, in bytes and without a slash in front.
    pub fn at(&self, path: &[u8]) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// Every path, sorted.
    pub fn nodes(&self) -> impl Iterator<Item = (&TreePath, &Node)> {
        self.nodes.iter()
    }

    /// How many paths it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The instruction that wrote a layer, where the image says so.
    pub fn step_of(&self, layer: usize) -> Option<&History> {
        self.history.get(self.layers.get(layer)?.history?)
    }

    /// The files with more than one name, by inode.
    pub(super) fn hard_links(&self) -> HashMap<u64, Vec<&TreePath>> {
        let mut names: HashMap<u64, Vec<&TreePath>> = HashMap::new();
        for (path, node) in &self.nodes {
            names.entry(node.inode).or_default().push(path);
        }
        names.retain(|_, names| names.len() > 1);
        names
    }
}

#[cfg(test)]
mod tests;
