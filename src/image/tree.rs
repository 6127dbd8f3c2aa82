//! Layers on top of each other: the tree that a container sees.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::archive::{Change, LayerEntries};
use super::{ImageError, Node, TreePath};

/// The paths of an image, sorted.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: BTreeMap<TreePath, Node>,
    next_inode: u64,
}

impl Tree {
    /// Lays a layer on top. What it removes, it removes from the layers below only, wherever in
    /// the layer the order stands.
    pub fn apply(&mut self, index: usize, layer: &LayerEntries) -> Result<(), ImageError> {
        for (path, change) in layer {
            match change {
                Change::Remove => {
                    self.nodes.remove(path);
                    self.clear(path);
                }
                Change::Empty => self.clear(path),
                Change::Write(_) | Change::HardLink(_) => {}
            }
        }
        let mut written: HashMap<&TreePath, Node> = HashMap::new();
        for (path, change) in layer {
            let node = match change {
                Change::Write(entry) => {
                    self.next_inode += 1;
                    Node {
                        kind: entry.kind.clone(),
                        mode: entry.mode,
                        uid: entry.uid,
                        gid: entry.gid,
                        xattrs: entry.xattrs.clone(),
                        layer: index,
                        inode: self.next_inode,
                    }
                }
                Change::HardLink(target) => {
                    let found = written.get(target).or_else(|| self.nodes.get(target));
                    let Some(node) = found else {
                        let what = "it is a hard link to nothing";
                        return Err(ImageError::Unsupported { path: path.to_string(), what });
                    };
                    Node { layer: index, ..node.clone() }
                }
                Change::Remove | Change::Empty => continue,
            };
            let is_folder = node.kind == super::Kind::Folder;
            let was_folder =
                self.nodes.get(path).is_some_and(|old| old.kind == super::Kind::Folder);
            if was_folder && !is_folder {
                self.clear(path);
            }
            written.insert(path, node.clone());
            self.nodes.insert(path.clone(), node);
        }
        Ok(())
    }

    /// Removes all below a path.
    fn clear(&mut self, path: &TreePath) {
        let (first, after) = path.range_below();
        let end = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let below: Vec<TreePath> = self
            .nodes
            .range::<[u8], _>((Bound::Excluded(first.as_slice()), end))
            .map(|(path, _)| path.clone())
            .filter(|below| !below.as_bytes().is_empty())
            .collect();
        for path in below {
            self.nodes.remove(&path);
        }
    }
}
