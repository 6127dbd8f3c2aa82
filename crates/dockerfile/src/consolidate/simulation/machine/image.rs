//! What a build leaves, as it is compared.

use std::collections::BTreeMap;

use super::state::{Kind, Machine};

/// What a build leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Each path with all that is compared.
    files: BTreeMap<String, String>,
    user: String,
    workdir: Option<String>,
    env: BTreeMap<String, String>,
}

impl Image {
    /// Paths and settings that are not the same.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let paths: std::collections::BTreeSet<&String> =
            self.files.keys().chain(other.files.keys()).collect();
        let mut differences: Vec<String> = paths
            .into_iter()
            .filter(|path| self.files.get(*path) != other.files.get(*path))
            .map(|path| format!("{path}: {:?} / {:?}", self.files.get(path), other.files.get(path)))
            .collect();
        let settings = |image: &Self| format!("{} {:?} {:?}", image.user, image.workdir, image.env);
        if settings(self) != settings(other) {
            differences.push(format!("{} / {}", settings(self), settings(other)));
        }
        differences
    }

    pub fn content(&self, path: &str) -> Option<String> {
        self.files.get(path)?.split_once("::").map(|(_, text)| text.to_owned())
    }

    pub fn owner(&self, path: &str) -> Option<String> {
        self.files.get(path)?.split(' ').nth(1).map(str::to_owned)
    }
}

impl Machine {
    pub(super) fn image(
        self,
        user: String,
        workdir: Option<String>,
        env: BTreeMap<String, String>,
    ) -> Image {
        let mut files = BTreeMap::new();
        let mut first_names: BTreeMap<usize, String> = BTreeMap::new();
        for (path, node) in &self.nodes {
            let told = match &node.kind {
                Kind::Folder => format!("folder {} {:o}", node.owner, node.mode),
                Kind::Link(target) => format!("link {} {target}", node.owner),
                Kind::File(number) => {
                    let first = first_names.entry(*number).or_insert_with(|| path.clone());
                    let inode = &self.inodes[*number];
                    format!("file {} {:o} {first} ::{}", inode.owner, inode.mode, inode.text)
                }
            };
            files.insert(path.clone(), told);
        }
        files.insert("users".to_owned(), self.users.join(" "));
        Image { files, user, workdir, env }
    }
}
