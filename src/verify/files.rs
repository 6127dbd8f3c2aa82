//! One pass over the files of an image: modes and owners, what its package managers have, and what looks like a
//! credential.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use super::dpkg;
use super::facts::FileCounts;
use super::secrets::{Found, Searcher};

/// So much of a file is searched; what is larger is a library or a model.
const SEARCHED: u64 = 8 << 20;

/// What is read of a list of packages, and of a description of one.
const MOST_LIST: u64 = 64 << 20;

const NODE: &str = "opt/mad/node/node_modules/";
const VENV: &str = "opt/mad/venv/lib/";
const DPKG: &str = "var/lib/dpkg/status";

/// A file's owner and mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub uid: u64,
    pub gid: u64,
    /// The twelve bits.
    pub mode: u32,
    pub is_folder: bool,
}

/// What was seen of the files.
#[derive(Debug, Clone, Default)]
pub(super) struct Files {
    pub counts: FileCounts,
    /// Those with set-user-id or set-group-id, by path, with their mode. No folders.
    pub setuid: BTreeMap<String, Node>,
    /// The folders that were asked for.
    pub folders: BTreeMap<String, Node>,
    /// Debian packages and their versions; `None` where there is no list of them.
    pub debian: Option<BTreeMap<String, String>>,
    /// npm packages at the top of mad's folder.
    pub npm: BTreeMap<String, String>,
    /// Python packages, by PyPI's normal form of the name.
    pub python: BTreeMap<String, String>,
    /// What looks like a credential.
    pub secrets: Vec<Found>,
    /// The numbers of users, by name, by /etc/passwd.
    pub users: BTreeMap<String, (u64, u64)>,
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// Folders, absolute.
    pub folders: BTreeSet<String>,
    /// Absent where nobody asks for credentials.
    pub searcher: Option<Searcher>,
}

/// Reads the archive of an image's files.
///
/// # Errors
///
/// A stream that breaks, or that is no archive.
pub(super) fn read(archive: &mut dyn Read, look: &Look) -> io::Result<Files> {
    let mut files = Files::default();
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        let header = entry.header();
        let kind = header.entry_type();
        let node = Node {
            uid: header.uid().unwrap_or_default(),
            gid: header.gid().unwrap_or_default(),
            mode: header.mode().unwrap_or_default() & 0o7777,
            is_folder: kind.is_dir(),
        };
        files.counts.files += 1;
        files.counts.bytes += entry.size();
        let absolute = format!("/{path}");
        if kind.is_dir() && look.folders.contains(&absolute) {
            files.folders.insert(absolute, node);
            continue;
        }
        if !kind.is_file() && !kind.is_hard_link() {
            continue;
        }
        if node.mode & 0o6000 != 0 {
            files.setuid.insert(absolute, node);
        }
        if !kind.is_file() {
            continue;
        }
        let is_list = path == DPKG || path == "etc/passwd";
        let npm = top_package(&path);
        let python = distribution(&path);
        let size = entry.size();
        if let Some((name, version)) = python {
            files.python.insert(name, version);
        }
        let most = if is_list || npm.is_some() { MOST_LIST } else { SEARCHED };
        if look.searcher.is_none() && !is_list && npm.is_none() {
            continue;
        }
        let mut bytes = Vec::new();
        (&mut entry).take(most).read_to_end(&mut bytes)?;
        if path == DPKG {
            files.debian = Some(dpkg::installed(&String::from_utf8_lossy(&bytes)));
        } else if path == "etc/passwd" {
            files.users = users(&String::from_utf8_lossy(&bytes));
        } else if let Some(name) = npm {
            files.npm.extend(version_of(&bytes).map(|version| (name, version)));
        }
        if let Some(searcher) = &look.searcher {
            files.counts.cut += u64::from(size > most);
            files.secrets.extend(searcher.file(&path, &bytes));
        }
    }
    files.secrets.sort();
    Ok(files)
}

/// The name of the npm package whose `package.json` this is, of those at the top of mad's folder.
fn top_package(path: &str) -> Option<String> {
    let name = path.strip_prefix(NODE)?.strip_suffix("/package.json")?;
    let parts = name.split('/').count();
    let is_top = parts == 1 || parts == 2 && name.starts_with('@');
    is_top.then(|| name.to_owned())
}

fn version_of(json: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(json).ok()?;
    Some(value.get("version")?.as_str()?.to_owned())
}

/// `…/site-packages/NAME-VERSION.dist-info/METADATA`: the name in its normal form, and the version.
fn distribution(path: &str) -> Option<(String, String)> {
    let folder = path.strip_prefix(VENV)?.strip_suffix(".dist-info/METADATA")?;
    let (name, version) = folder.rsplit_once('/')?.1.rsplit_once('-')?;
    Some((crate::profile::pypi_name(name), version.to_owned()))
}

fn users(passwd: &str) -> BTreeMap<String, (u64, u64)> {
    let one = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let mut number = |at| fields.nth(at)?.parse().ok();
        let uid = number(1)?;
        Some((name, (uid, number(0)?)))
    };
    passwd.lines().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::testing::{Entry, archive};

    #[test]
    fn one_pass_sees_owners_packages_and_programs_that_change_the_user() {
        let bytes = archive(&[
            Entry::folder("work/", 1000, 0o2775),
            Entry::folder("other/", 0, 0o755),
            Entry::file("usr/bin/su", 0o4755, b"\x7fELF"),
            Entry::file("usr/bin/true", 0o755, b"\x7fELF"),
            Entry::file(
                "etc/passwd",
                0o644,
                b"root:x:0:0::/root:/bin/sh\ndev:x:1000:1001::/:/x\nbroken\n",
            ),
            Entry::file(
                "var/lib/dpkg/status",
                0o644,
                b"Package: git\nStatus: install ok installed\nVersion: 1:2.47-1\n\n",
            ),
            Entry::file(
                "opt/mad/node/node_modules/a/package.json",
                0o644,
                br#"{"version": "1.2.3"}"#,
            ),
            Entry::file(
                "opt/mad/node/node_modules/@s/b/package.json",
                0o644,
                br#"{"version": "4.0.0"}"#,
            ),
            Entry::file(
                "opt/mad/node/node_modules/a/node_modules/c/package.json",
                0o644,
                br#"{"version": "9.0.0"}"#,
            ),
            Entry::file(
                "opt/mad/venv/lib/python3.13/site-packages/Foo_Bar-1.0.dist-info/METADATA",
                0o644,
                b"",
            ),
        ]);
        let look = Look { folders: ["/work".to_owned()].into(), searcher: None };
        let files = read(&mut &bytes[..], &look).unwrap();
        assert_eq!(files.setuid.keys().collect::<Vec<_>>(), ["/usr/bin/su"]);
        assert_eq!(
            files.folders["/work"],
            Node { uid: 1000, gid: 1000, mode: 0o2775, is_folder: true }
        );
        assert_eq!(files.folders.len(), 1);
        assert_eq!(files.debian.unwrap()["git"], "1:2.47-1");
        assert_eq!(files.users["dev"], (1000, 1001));
        let pairs = |map: &BTreeMap<String, String>| {
            map.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&files.npm), ["@s/b 4.0.0", "a 1.2.3"]);
        assert_eq!(pairs(&files.python), ["foo-bar 1.0"]);
        assert_eq!(files.counts.files, 10);
    }

    #[test]
    fn a_stream_that_breaks_is_an_error() {
        let bytes = archive(&[Entry::file("a", 0o644, &[7; 4000])]);
        assert!(
            read(
                &mut &bytes[..2000],
                &Look { searcher: Some(Searcher::new(&[])), ..Look::default() }
            )
            .is_err()
        );
        assert_eq!(read(&mut &[][..], &Look::default()).unwrap().counts.files, 0);
    }
}
