//! The files, users and settings while a build runs.

use std::collections::BTreeMap;

/// A file, folder or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) owner: String,
    pub(super) mode: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    /// Names of one file share their number.
    File(usize),
    Link(String),
}

/// Contents, owner and mode of a file, whatever its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inode {
    pub(super) text: String,
    pub(super) owner: String,
    pub(super) mode: u32,
}

pub(super) struct Machine {
    pub(super) nodes: BTreeMap<String, Node>,
    pub(super) inodes: Vec<Inode>,
    /// Users in the order in which they came: their numbers.
    pub(super) users: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) user: String,
    pub(super) cwd: String,
    pub(super) umask: u32,
}

pub(super) type Done<T = ()> = Result<T, String>;

impl Machine {
    pub(super) fn new() -> Self {
        let mut machine = Self {
            nodes: BTreeMap::new(),
            inodes: Vec::new(),
            users: Vec::new(),
            env: BTreeMap::new(),
            user: "root".to_owned(),
            cwd: "/".to_owned(),
            umask: 0o022,
        };
        for path in [
            "/",
            "/etc",
            "/home",
            "/opt",
            "/srv",
            "/tmp",
            "/root",
            "/usr",
            "/usr/local",
            "/usr/local/bin",
        ] {
            let mode = match path {
                "/tmp" => 0o1777,
                "/root" => 0o700,
                _ => 0o755,
            };
            machine.nodes.insert(
                path.to_owned(),
                Node { kind: Kind::Folder, owner: "root".to_owned(), mode },
            );
        }
        machine
    }

    pub(super) fn home(&self, user: &str) -> Done<String> {
        match user {
            "root" => Ok("/root".to_owned()),
            user if self.users.iter().any(|other| other == user) => Ok(format!("/home/{user}")),
            user => Err(format!("no user {user}")),
        }
    }
}
