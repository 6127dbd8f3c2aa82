//! Backups of `/etc/passwd` and the like hold the state before the last change, which depends on
//! the order of the steps. Not anything goes: what a backup holds has to be in the other image as
//! well, in its backup or in the file itself.

use std::collections::BTreeSet;

use crate::image::TreePath;
use crate::image::noise::{Parts, stanzas};

/// The file that a path is the backup of.
pub(super) fn original(path: &TreePath) -> Option<TreePath> {
    let name = path.name();
    let original =
        name.strip_suffix(b"-old").or_else(|| name.strip_suffix(b"-")).or_else(|| {
            let dot = name.iter().rposition(|&byte| byte == b'.')?;
            Some(&name[..dot])
        })?;
    Some(path.parent()?.join(original))
}

/// A backup, and the file that it is of where there is one.
pub(super) struct Backup<'a> {
    pub backup: &'a [u8],
    pub original: &'a [u8],
}

/// Whether neither holds what the other image has not.
pub(super) fn is_of_another_moment(one: &Backup<'_>, other: &Backup<'_>, parts: Parts) -> bool {
    let split = |bytes: &[u8]| -> BTreeSet<Vec<u8>> {
        match parts {
            Parts::Lines => bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect(),
            Parts::Stanzas => stanzas(bytes).into_iter().collect(),
        }
    };
    let ends = |bytes: &[u8]| (bytes.is_empty(), bytes.ends_with(b"\n"));
    let all = |of: &Backup<'_>| &split(of.backup) | &split(of.original);
    ends(one.backup) == ends(other.backup)
        && split(one.backup).is_subset(&all(other))
        && split(other.backup).is_subset(&all(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_has_nothing_that_the_other_image_lacks() {
        let judged = |one: [&str; 2], other: [&str; 2]| {
            let backup = |[backup, original]: [&'static str; 2]| Backup {
                backup: backup.as_bytes(),
                original: original.as_bytes(),
            };
            let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
            is_of_another_moment(&backup(one.map(leak)), &backup(other.map(leak)), Parts::Lines)
        };
        assert!(judged(["r\na\n", "r\na\nb\n"], ["r\nb\n", "r\nb\na\n"]));
        // A password that was set and taken away again is left in one of them.
        assert!(!judged(["r:secret\n", "r:*\n"], ["r:\n", "r:*\n"]));
        assert!(!judged(["r\n", "r\n"], ["r\nx\n", "r\n"]));
        assert!(!judged(["r\n", "r\n"], ["", "r\n"]) && !judged(["r\n", "r\n"], ["r", "r\n"]));
        for (path, of) in
            [("etc/passwd-", "/etc/passwd"), ("a/status-old", "/a/status"), ("u/h.0", "/u/h")]
        {
            let path = TreePath::of_entry(path.as_bytes()).unwrap();
            assert_eq!(original(&path).unwrap().to_string(), of);
        }
    }
}
