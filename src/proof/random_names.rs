//! Names that are other ones in every build: `run.p0fLjh` here, `run.gceUnY` there.
//!
//! They are found between two builds of the first file, in one folder each, and only a name like
//! them takes their place in the rewritten file's image. The path then stands for the other one, and
//! everything at it and below it is compared: nothing else in that folder is excused.

use std::collections::{BTreeMap, BTreeSet};

use super::tolerance::Name;
use crate::image::{Contents, Kind, Node, TreePath};

/// How deep folders with random names may lie in each other.
const DEEPEST: usize = 8;
/// With more names on one side of a folder nothing is looked for in it: it would take long.
const MOST_NAMES: usize = 512;

/// An image in which random names are those of the first build.
#[derive(Debug)]
pub(super) struct Renamed {
    pub contents: Contents,
    /// The first build's path of each, and what the name was in this image.
    pub names: BTreeMap<TreePath, Vec<u8>>,
}

impl Renamed {
    /// Finds the names of `other` that stand for names of `first`; `accepts` is told a path of
    /// `first` and a name of `other`.
    pub fn of(
        first: &Contents,
        other: &Contents,
        accepts: impl Fn(&TreePath, &[u8]) -> bool,
    ) -> Option<Self> {
        let mut names = BTreeMap::new();
        let mut renamed: Option<Contents> = None;
        for _ in 0..DEEPEST {
            let other = renamed.as_ref().unwrap_or(other);
            let (gone, came) = (only(first, other), only(other, first));
            let mut found = BTreeMap::new();
            for (folder, gone) in &gone {
                if let Some(came) = came.get(folder) {
                    pair((first, gone), (other, came), &accepts, &mut found);
                }
            }
            if found.is_empty() {
                break;
            }
            names.extend(found.iter().map(|(new, old)| (old.clone(), new.name().to_vec())));
            renamed = Some(other.with_names(&found));
        }
        renamed.map(|contents| Self { contents, names })
    }
}

/// Paths that only the one image has, in folders that both have.
fn only<'a>(one: &'a Contents, other: &Contents) -> BTreeMap<TreePath, Vec<&'a TreePath>> {
    let mut found: BTreeMap<TreePath, Vec<&TreePath>> = BTreeMap::new();
    for (path, _) in one.nodes().filter(|(path, _)| other.get(path).is_none()) {
        let Some(folder) = path.parent() else { continue };
        if folder.parent().is_none() || other.get(&folder).is_some() {
            found.entry(folder).or_default().push(path);
        }
    }
    found
}

/// Pairs names of one folder, the most alike first: new path to old path.
fn pair(
    (first, gone): (&Contents, &[&TreePath]),
    (other, came): (&Contents, &[&TreePath]),
    accepts: &impl Fn(&TreePath, &[u8]) -> bool,
    found: &mut BTreeMap<TreePath, TreePath>,
) {
    if gone.len().max(came.len()) > MOST_NAMES {
        return;
    }
    let mut taken = BTreeSet::new();
    for alike in [is_equal, is_of_one_kind] {
        for old in gone {
            let new = came.iter().find(|new| {
                !taken.contains(**new)
                    && !taken.contains(*old)
                    && first.get(old).zip(other.get(new)).is_some_and(|(a, b)| alike(a, b))
                    && accepts(old, new.name())
            });
            if let Some(new) = new {
                taken.extend([*old, *new]);
                found.insert((*new).clone(), (*old).clone());
            }
        }
    }
}

fn is_equal(one: &Node, other: &Node) -> bool {
    let same_content = match (&one.kind, &other.kind) {
        (Kind::File { sha256: a, .. }, Kind::File { sha256: b, .. }) => a == b,
        (a, b) => a == b,
    };
    same_content && (one.mode, one.uid, one.gid) == (other.mode, other.uid, other.gid)
}

fn is_of_one_kind(one: &Node, other: &Node) -> bool {
    one.kind.word() == other.kind.word()
}

/// What a name was in every build of the first file, that of the first build first; `None` where it
/// is always the same, or not always there.
pub(super) fn samples<'a>(
    path: &'a TreePath,
    builds: impl Iterator<Item = (&'a BTreeMap<TreePath, Vec<u8>>, &'a Contents)>,
) -> Option<Name<'a>> {
    let mut samples = vec![path.name()];
    let mut differs = false;
    for (names, contents) in builds {
        match names.get(path) {
            Some(name) => {
                differs = true;
                samples.push(name);
            }
            None => drop(contents.get(path)?),
        }
    }
    if differs { Name::of(samples) } else { None }
}
