//! Two nodes at one path.

use std::collections::BTreeSet;

use super::Aspect;
use crate::image::path::shown;
use crate::image::{Kind, Node, Sha256};

/// What differs, links between names left out.
pub(super) fn aspects(before: &Node, after: &Node) -> BTreeSet<Aspect> {
    let mut found = BTreeSet::new();
    match (&before.kind, &after.kind) {
        (
            Kind::File { size: before_bytes, sha256: before_sha256, .. },
            Kind::File { size: after_bytes, sha256: after_sha256, .. },
        ) => {
            if before_sha256 != after_sha256 {
                found.insert(Aspect::Content {
                    before_bytes: *before_bytes,
                    after_bytes: *after_bytes,
                    before_sha256: *before_sha256,
                    after_sha256: *after_sha256,
                });
            }
        }
        (Kind::Symlink { target: one }, Kind::Symlink { target: other }) => {
            if one != other {
                let (before, after) = (shown(one).into_owned(), shown(other).into_owned());
                found.insert(Aspect::Target { before, after });
            }
        }
        (
            Kind::Device { block: one, major: a, minor: b },
            Kind::Device { block: other, major: c, minor: d },
        ) if one == other => {
            if (a, b) != (c, d) {
                found.insert(Aspect::Device { before: (*a, *b), after: (*c, *d) });
            }
        }
        (one, other) if one.word() == other.word() => {}
        (one, other) => {
            return BTreeSet::from([Aspect::Type { before: one.word(), after: other.word() }]);
        }
    }
    // The mode of a symbolic link has no meaning on Linux.
    let is_link = matches!(before.kind, Kind::Symlink { .. });
    if before.mode != after.mode && !is_link {
        found.insert(Aspect::Mode { before: before.mode, after: after.mode });
    }
    let (one, other) = ((before.uid, before.gid), (after.uid, after.gid));
    if one != other {
        found.insert(Aspect::Owner { before: one, after: other });
    }
    for name in before.xattrs.keys().chain(after.xattrs.keys()) {
        let (one, other) = (before.xattrs.get(name), after.xattrs.get(name));
        if one != other {
            found.insert(Aspect::Attribute {
                name: name.clone(),
                before: one.map(hex::encode),
                after: other.map(hex::encode),
            });
        }
    }
    found
}

/// Whether two files are the same as their rule reads them; `false` where it does not read one.
pub(super) fn reads_the_same(before: &Node, after: &Node) -> bool {
    let normal = |node: &Node| -> Option<Sha256> {
        match &node.kind {
            Kind::File { normal, .. } => *normal,
            _ => None,
        }
    };
    normal(before).is_some_and(|one| normal(after) == Some(one))
}
