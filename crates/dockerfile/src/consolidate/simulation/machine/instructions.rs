//! What the engine does itself: everything but `RUN`.

use std::collections::BTreeMap;

use super::image::Image;
use super::state::{Done, Kind, Machine};
use crate::{File, Workdir};

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
}
