//! The programs that a command may execute, and those that the analysis does not know.

use super::state::{Done, Kind, Machine, Node};

impl Machine {
    pub(super) fn execute(&mut self, words: &[&str]) -> Done<String> {
        match words {
            ["echo", rest @ ..] => return Ok(format!("{}\n", rest.join(" "))),
            ["cat", paths @ ..] => return paths.iter().map(|path| self.read(path)).collect(),
            ["ls", folder] => return Ok(self.list(folder)?.join("\n") + "\n"),
            ["id"] => return Ok(format!("{} of {:?}\n", self.user, self.users)),
            ["test", "-e", path] => {
                let real = self.resolve(path, true)?;
                if !self.nodes.contains_key(&real) {
                    return Err(format!("no {path}"));
                }
            }
            ["umask", mode] => self.umask = u32::from_str_radix(mode, 8).expect("generated so"),
            ["cd", folder] => {
                let real = self.resolve(folder, true)?;
                if self.nodes.get(&real).is_none_or(|node| node.kind != Kind::Folder)
                    || !self.may(&real, 1)
                {
                    return Err(format!("no folder {folder}"));
                }
                self.cwd = real;
            }
            ["mkdir", "-p", paths @ ..] => {
                for path in paths {
                    let mut made =
                        if path.starts_with('/') { String::new() } else { self.cwd.clone() };
                    for part in path.split('/').filter(|part| !part.is_empty()) {
                        made = format!("{made}/{part}");
                        let real = self.resolve(&made, true)?;
                        match self.nodes.get(&real).map(|node| node.kind.clone()) {
                            None => self.make_folder(&real, 0o777 & !self.umask)?,
                            Some(Kind::Folder) => {}
                            Some(_) => return Err(format!("{real} is no folder")),
                        }
                    }
                }
            }
            ["touch", paths @ ..] => {
                for path in paths {
                    let real = self.resolve(path, true)?;
                    if self.nodes.contains_key(&real) {
                        if !self.may(&real, 2) {
                            return Err(format!("{real} may not be touched"));
                        }
                    } else {
                        self.write(path, "", true)?;
                    }
                }
            }
            ["rm", "-rf", paths @ ..] => {
                for path in paths {
                    self.remove(path)?;
                }
            }
            ["cp", from, to] => {
                let text = self.read(from)?;
                let to = self.target(from, to)?;
                self.write(&to, &text, false)?;
            }
            ["mv", from, to] => {
                let to = self.target(from, to)?;
                let (from, to) = (self.resolve(from, false)?, self.resolve(&to, false)?);
                let is_folder =
                    |path: &str| self.nodes.get(path).is_some_and(|node| node.kind == Kind::Folder);
                if from == to
                    || to.starts_with(&format!("{from}/"))
                    || !self.nodes.contains_key(&from)
                    || is_folder(&to)
                    || self.nodes.contains_key(&to) && is_folder(&from)
                {
                    return Err(format!("{from} cannot be moved"));
                }
                self.may_change(&from)?;
                self.may_change(&to)?;
                let below = format!("{from}/");
                let paths: Vec<String> = self
                    .nodes
                    .keys()
                    .filter(|path| **path == from || path.starts_with(&below))
                    .cloned()
                    .collect();
                for path in paths {
                    if let Some(node) = self.nodes.remove(&path) {
                        self.nodes.insert(format!("{to}{}", &path[from.len()..]), node);
                    }
                }
            }
            ["ln", "-s", target, link] => {
                let link = self.target(target, link)?;
                let link = self.resolve(&link, false)?;
                if self.nodes.contains_key(&link) {
                    return Err(format!("{link} is there"));
                }
                self.may_change(&link)?;
                let node = Node {
                    kind: Kind::Link((*target).to_owned()),
                    owner: self.user.clone(),
                    mode: 0o777,
                };
                self.nodes.insert(link, node);
            }
            ["ln", from, to] => {
                let to = self.target(from, to)?;
                let (from, to) = (self.resolve(from, false)?, self.resolve(&to, false)?);
                let node = self
                    .nodes
                    .get(&from)
                    .filter(|node| matches!(node.kind, Kind::File(_)))
                    .cloned();
                let node = node.ok_or_else(|| format!("no file {from}"))?;
                if self.nodes.contains_key(&to) {
                    return Err(format!("{to} is there"));
                }
                self.may_change(&to)?;
                self.nodes.insert(to, node);
            }
            ["chmod", mode, path] => {
                let mode = u32::from_str_radix(mode, 8).expect("generated so");
                self.change(path, &|_, other| *other = mode)?;
            }
            ["chown", owner, path] if self.user == "root" => {
                if *owner != "root" {
                    self.home(owner)?;
                }
                self.change(path, &|other, _| (*owner).clone_into(other))?;
            }
            ["useradd", "-m", name] if self.user == "root" => {
                if self.users.iter().any(|user| user == name) {
                    return Err(format!("{name} exists"));
                }
                self.users.push((*name).to_owned());
                let home = format!("/home/{name}");
                if !self.nodes.contains_key(&home) {
                    self.make_folder(&home, 0o700)?;
                    self.nodes.get_mut(&home).expect("just made").owner = (*name).to_owned();
                }
            }
            // Commands that the analysis does not know.
            ["collect", folder, to] => {
                let names = self.list(folder)?.join(" ");
                self.write(to, &format!("{names}\n"), true)?;
            }
            ["note_symlinks", target, link] => return self.execute(&["ln", "-s", target, link]),
            ["spread", from, to] => {
                let text = self.read(from)?;
                self.write(to, &text, true)?;
            }
            other => return Err(format!("{other:?} is not known, or not allowed")),
        }
        Ok(String::new())
    }
}
