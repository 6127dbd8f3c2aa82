//! Paths, permissions, and what is done to files.

use super::state::{Done, Inode, Kind, Machine, Node};

impl Machine {
    /// The real path: links followed, the last one only where asked.
    pub(super) fn resolve(&self, path: &str, follow_last: bool) -> Done<String> {
        let path =
            if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.cwd) };
        let mut done = String::new();
        let mut open: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).rev().map(str::to_owned).collect();
        let mut turns = 0;
        while let Some(part) = open.pop() {
            turns += 1;
            if turns > 60 {
                return Err("too many links".to_owned());
            }
            let here = if done.is_empty() { "/" } else { &done };
            if !self.may(here, 1) {
                return Err(format!("{here} may not be entered"));
            }
            let next = format!("{done}/{part}");
            match self.nodes.get(&next).map(|node| &node.kind) {
                Some(Kind::Link(target)) if follow_last || !open.is_empty() => {
                    if target.starts_with('/') {
                        done.clear();
                    }
                    open.extend(
                        target.split('/').filter(|part| !part.is_empty()).rev().map(str::to_owned),
                    );
                }
                _ => done = next,
            }
        }
        Ok(if done.is_empty() { "/".to_owned() } else { done })
    }

    /// Whether the user may read (4), write (2) or enter (1).
    pub(super) fn may(&self, path: &str, what: u32) -> bool {
        let Some(node) = self.nodes.get(path) else { return false };
        let (owner, mode) = match &node.kind {
            Kind::File(number) => (&self.inodes[*number].owner, self.inodes[*number].mode),
            _ => (&node.owner, node.mode),
        };
        self.user == "root"
            || if *owner == self.user { mode >> 6 & what == what } else { mode & what == what }
    }

    pub(super) fn parent(path: &str) -> &str {
        match path.rsplit_once('/') {
            Some(("", _)) | None => "/",
            Some((parent, _)) => parent,
        }
    }

    /// Whether an entry may be made or removed.
    pub(super) fn may_change(&self, path: &str) -> Done {
        let parent = Self::parent(path);
        let folder = self.nodes.get(parent).filter(|node| node.kind == Kind::Folder);
        let folder = folder.ok_or_else(|| format!("no folder {parent}"))?;
        let is_sticky =
            folder.mode & 0o1000 != 0 && self.user != "root" && folder.owner != self.user;
        let owner = self.nodes.get(path).map(|node| match &node.kind {
            Kind::File(number) => &self.inodes[*number].owner,
            _ => &node.owner,
        });
        if !self.may(parent, 2) || is_sticky && owner.is_some_and(|owner| *owner != self.user) {
            return Err(format!("{path} may not be changed"));
        }
        Ok(())
    }

    pub(super) fn read(&self, path: &str) -> Done<String> {
        let path = self.resolve(path, true)?;
        match self.nodes.get(&path).map(|node| &node.kind) {
            Some(Kind::File(number)) if self.may(&path, 4) => Ok(self.inodes[*number].text.clone()),
            _ => Err(format!("{path} cannot be read")),
        }
    }

    pub(super) fn write(&mut self, path: &str, text: &str, appends: bool) -> Done {
        let path = self.resolve(path, true)?;
        match self.nodes.get(&path).map(|node| node.kind.clone()) {
            Some(Kind::File(number)) if self.may(&path, 2) => {
                let inode = &mut self.inodes[number];
                if !appends {
                    inode.text.clear();
                }
                inode.text.push_str(text);
                Ok(())
            }
            Some(_) => Err(format!("{path} cannot be written")),
            None => {
                self.may_change(&path)?;
                let inode = Inode {
                    text: text.to_owned(),
                    owner: self.user.clone(),
                    mode: 0o666 & !self.umask,
                };
                self.inodes.push(inode);
                let node =
                    Node { kind: Kind::File(self.inodes.len() - 1), owner: String::new(), mode: 0 };
                self.nodes.insert(path, node);
                Ok(())
            }
        }
    }

    pub(super) fn make_folder(&mut self, path: &str, mode: u32) -> Done {
        self.may_change(path)?;
        self.nodes
            .insert(path.to_owned(), Node { kind: Kind::Folder, owner: self.user.clone(), mode });
        Ok(())
    }

    /// As the engine does it: no permission is asked.
    pub(super) fn make_folders(&mut self, path: &str, mode: u32) -> Done {
        let user = std::mem::replace(&mut self.user, "root".to_owned());
        let done = self.make_missing(path, mode, &user);
        self.user = user;
        done
    }

    pub(super) fn make_missing(&mut self, path: &str, mode: u32, owner: &str) -> Done {
        let mut made = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            made = format!("{made}/{part}");
            let real = self.resolve(&made, true)?;
            match self.nodes.get(&real).map(|node| node.kind.clone()) {
                None => {
                    self.make_folder(&real, mode)?;
                    self.nodes.get_mut(&real).expect("just made").owner = owner.to_owned();
                }
                Some(Kind::Folder) => {}
                Some(_) => return Err(format!("{real} is no folder")),
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> Done {
        let path = self.resolve(path, false)?;
        if !self.nodes.contains_key(&path) {
            return Ok(());
        }
        let below = format!("{path}/");
        let mut gone: Vec<String> = self
            .nodes
            .range(below.clone()..)
            .map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(&below))
            .collect();
        gone.reverse();
        gone.push(path);
        for path in gone {
            self.may_change(&path)?;
            self.nodes.remove(&path);
        }
        Ok(())
    }

    /// Where a copy, move or link ends up: in a folder, under its own name.
    pub(super) fn target(&self, from: &str, to: &str) -> Done<String> {
        let real = self.resolve(to, true)?;
        let is_folder = self.nodes.get(&real).is_some_and(|node| node.kind == Kind::Folder);
        Ok(if is_folder {
            format!("{to}/{}", from.rsplit('/').next().unwrap_or_default())
        } else {
            to.to_owned()
        })
    }

    pub(super) fn list(&self, folder: &str) -> Done<Vec<String>> {
        let real = self.resolve(folder, true)?;
        if !self.may(&real, 4) || self.nodes.get(&real).is_none_or(|node| node.kind != Kind::Folder)
        {
            return Err(format!("{folder} cannot be listed"));
        }
        let below = if real == "/" { real } else { format!("{real}/") };
        let names = self.nodes.keys().filter_map(|path| path.strip_prefix(below.as_str()));
        Ok(names
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    pub(super) fn change(&mut self, path: &str, change: &dyn Fn(&mut String, &mut u32)) -> Done {
        let real = self.resolve(path, true)?;
        let user = self.user.clone();
        let node = self.nodes.get_mut(&real).ok_or_else(|| format!("no {path}"))?;
        let (owner, mode) = match &node.kind {
            Kind::File(number) => {
                let inode = &mut self.inodes[*number];
                (&mut inode.owner, &mut inode.mode)
            }
            _ => (&mut node.owner, &mut node.mode),
        };
        if user != "root" && *owner != user {
            return Err(format!("{real} is not {user}'s"));
        }
        change(owner, mode);
        Ok(())
    }
}
