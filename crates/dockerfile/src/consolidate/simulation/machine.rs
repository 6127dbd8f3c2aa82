//! An engine of a few hundred lines: executes Dockerfiles of [`super::generate`] on files in memory.
//!
//! The language: `RUN` with commands joined by `&&`, perhaps with `|| true` at the end; plain words, `~`,
//! `~user`, `$VARIABLE`, a `*` at the end of a path, `>` and `>>` at the end of a command.

use std::collections::BTreeMap;

use crate::{File, Workdir};

/// A file, folder or link.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    kind: Kind,
    owner: String,
    mode: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Folder,
    /// Names of one file share their number.
    File(usize),
    Link(String),
}

/// Contents, owner and mode of a file, whatever its names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Inode {
    text: String,
    owner: String,
    mode: u32,
}

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

struct Machine {
    nodes: BTreeMap<String, Node>,
    inodes: Vec<Inode>,
    /// Users in the order in which they came: their numbers.
    users: Vec<String>,
    env: BTreeMap<String, String>,
    user: String,
    cwd: String,
    umask: u32,
}

type Done<T = ()> = Result<T, String>;

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its line.
    pub line: usize,
    pub fault: String,
}

/// Builds the one stage of a Dockerfile.
pub fn build(text: &str) -> Result<Image, Failure> {
    let file = File::parse(text.as_bytes()).expect("generated and rewritten files can be read");
    let mut machine = Machine::new();
    let mut config_user = String::new();
    let mut workdir = None;
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for (at, block) in file.blocks().iter().enumerate() {
        let instruction = &block.instruction;
        let words = instruction.words();
        machine.user = if config_user.is_empty() { "root".to_owned() } else { config_user.clone() };
        machine.cwd = workdir.clone().unwrap_or_else(|| "/".to_owned());
        machine.env = env.clone();
        machine.umask = 0o022;
        let done = match instruction.keyword.as_str() {
            "USER" => {
                config_user = words[0].clone();
                Ok(())
            }
            "ENV" => {
                for word in &words {
                    let (name, value) = word.split_once('=').expect("generated so");
                    env.insert(name.to_owned(), value.to_owned());
                }
                Ok(())
            }
            "WORKDIR" => {
                let path = file.state(at).expand(&words[0]).expect("generated so");
                let path =
                    if path.starts_with('/') { path } else { format!("{}/{path}", machine.cwd) };
                workdir = Some(path.clone());
                machine.make_folders(&path, 0o755)
            }
            "COPY" => machine.copy(&words, instruction.flag("chown").next()),
            "RUN" => machine.run(&instruction.arguments),
            _ => Ok(()),
        };
        done.map_err(|fault| Failure { line: instruction.line, fault })?;
    }
    // The model agrees on where it ends.
    if let Workdir::Known(path) = file.state_after(0).workdir() {
        assert_eq!(Some(path.to_string()), workdir);
    }
    Ok(machine.image(config_user, workdir, env))
}

impl Machine {
    fn new() -> Self {
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

    fn image(self, user: String, workdir: Option<String>, env: BTreeMap<String, String>) -> Image {
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

    fn home(&self, user: &str) -> Done<String> {
        match user {
            "root" => Ok("/root".to_owned()),
            user if self.users.iter().any(|other| other == user) => Ok(format!("/home/{user}")),
            user => Err(format!("no user {user}")),
        }
    }

    // Paths.

    /// The real path: links followed, the last one only where asked.
    fn resolve(&self, path: &str, follow_last: bool) -> Done<String> {
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
    fn may(&self, path: &str, what: u32) -> bool {
        let Some(node) = self.nodes.get(path) else { return false };
        let (owner, mode) = match &node.kind {
            Kind::File(number) => (&self.inodes[*number].owner, self.inodes[*number].mode),
            _ => (&node.owner, node.mode),
        };
        self.user == "root"
            || if *owner == self.user { mode >> 6 & what == what } else { mode & what == what }
    }

    fn parent(path: &str) -> &str {
        match path.rsplit_once('/') {
            Some(("", _)) | None => "/",
            Some((parent, _)) => parent,
        }
    }

    /// Whether an entry may be made or removed.
    fn may_change(&self, path: &str) -> Done {
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

    fn read(&self, path: &str) -> Done<String> {
        let path = self.resolve(path, true)?;
        match self.nodes.get(&path).map(|node| &node.kind) {
            Some(Kind::File(number)) if self.may(&path, 4) => Ok(self.inodes[*number].text.clone()),
            _ => Err(format!("{path} cannot be read")),
        }
    }

    fn write(&mut self, path: &str, text: &str, appends: bool) -> Done {
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

    fn make_folder(&mut self, path: &str, mode: u32) -> Done {
        self.may_change(path)?;
        self.nodes
            .insert(path.to_owned(), Node { kind: Kind::Folder, owner: self.user.clone(), mode });
        Ok(())
    }

    /// As the engine does it: no permission is asked.
    fn make_folders(&mut self, path: &str, mode: u32) -> Done {
        let user = std::mem::replace(&mut self.user, "root".to_owned());
        let done = self.make_missing(path, mode, &user);
        self.user = user;
        done
    }

    fn make_missing(&mut self, path: &str, mode: u32, owner: &str) -> Done {
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

    fn remove(&mut self, path: &str) -> Done {
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
    fn target(&self, from: &str, to: &str) -> Done<String> {
        let real = self.resolve(to, true)?;
        let is_folder = self.nodes.get(&real).is_some_and(|node| node.kind == Kind::Folder);
        Ok(if is_folder {
            format!("{to}/{}", from.rsplit('/').next().unwrap_or_default())
        } else {
            to.to_owned()
        })
    }

    // Instructions.

    fn copy(&mut self, words: &[String], owner: Option<&str>) -> Done {
        let owner = owner.unwrap_or("root").to_owned();
        if owner != "root" {
            self.home(&owner)?;
        }
        let user = std::mem::replace(&mut self.user, "root".to_owned());
        let to = words[1].as_str();
        let folder = if to.ends_with('/') { to } else { Self::parent(to) };
        let done = self.make_missing(folder, 0o755, &owner).and_then(|()| {
            let to = if to.ends_with('/') {
                format!("{to}{}", words[0])
            } else {
                self.target(&words[0], to)?
            };
            let real = self.resolve(&to, true)?;
            self.nodes.remove(&real);
            self.write(&real, &format!("context {}\n", words[0]), false)?;
            if let Some(Kind::File(number)) = self.nodes.get(&real).map(|node| node.kind.clone()) {
                self.inodes[number].owner = owner;
                self.inodes[number].mode = 0o644;
            }
            Ok(())
        });
        self.user = user;
        done
    }

    fn run(&mut self, text: &str) -> Done {
        self.home(&self.user.clone())?;
        let (text, may_fail) = match text.strip_suffix(" || true") {
            Some(text) => (text, true),
            None => (text, false),
        };
        for command in text.split(" && ") {
            match self.command(command) {
                Err(_) if may_fail => return Ok(()),
                done => done?,
            }
        }
        Ok(())
    }

    /// The words of a command, expanded.
    fn words(&self, text: &str) -> Done<Vec<String>> {
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let word = if let Some(rest) = word.strip_prefix("~/") {
                format!("{}/{rest}", self.home(&self.user)?)
            } else if let Some(rest) = word.strip_prefix('~') {
                let (user, rest) = rest.split_once('/').unwrap_or((rest, ""));
                format!("{}/{rest}", self.home(user)?)
            } else if let Some(name) = word.strip_prefix('$') {
                let (name, rest) = name.split_once('/').unwrap_or((name, ""));
                let value = match name {
                    "HOME" => self.home(&self.user)?,
                    name => self.env.get(name).cloned().unwrap_or_default(),
                };
                if rest.is_empty() { value } else { format!("{value}/{rest}") }
            } else {
                word.to_owned()
            };
            match word.strip_suffix("/*") {
                Some(folder) => {
                    let names = self.list(folder).unwrap_or_default();
                    if names.is_empty() {
                        words.push(word);
                    } else {
                        words.extend(names.iter().map(|name| format!("{folder}/{name}")));
                    }
                }
                None => words.push(word),
            }
        }
        Ok(words)
    }

    fn list(&self, folder: &str) -> Done<Vec<String>> {
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

    fn command(&mut self, text: &str) -> Done {
        let (text, output) = match text.split_once(" >> ") {
            Some((text, path)) => (text, Some((path, true))),
            None => match text.split_once(" > ") {
                Some((text, path)) => (text, Some((path, false))),
                None => (text, None),
            },
        };
        let output = match output {
            Some((path, appends)) => {
                let path = self.words(path)?.remove(0);
                // The shell opens it before the command is executed.
                self.write(&path, "", appends)?;
                Some(path)
            }
            None => None,
        };
        let words = self.words(text)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let printed = self.execute(&words)?;
        match output {
            Some(path) => self.write(&path, &printed, true),
            None => Ok(()),
        }
    }

    fn execute(&mut self, words: &[&str]) -> Done<String> {
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

    fn change(&mut self, path: &str, change: &dyn Fn(&mut String, &mut u32)) -> Done {
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
