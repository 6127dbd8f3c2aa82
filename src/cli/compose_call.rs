//! What the commands that call Compose share: where its files are, and the call.

use std::path::PathBuf;
use std::process::Command;

use crate::cli::error::{Context, Result};

use super::exit::{CheckFailed, Interrupted, UsageError};
use super::globals::Globals;
use super::{environment, interrupt};
use crate::compose::{Host, Program, command_line};
use crate::project::Project;
use crate::render::Compose;

/// The files that every host takes.
pub const FILES: &[&str] = &[Compose::FILE];

/// A project's environment on this host.
pub struct Placed {
    pub host: Host,
    /// Where its compose.yaml is.
    pub folder: PathBuf,
}

impl Placed {
    pub fn of(project: &Project, profile: &str) -> Result<Self> {
        let root = project.root().canonicalize()?;
        let host = Host { project: root, profile: profile.to_owned() };
        let folder = host.folder(&environment::state_folder()?);
        Ok(Self { host, folder })
    }

    /// The call of what was brought up before.
    pub fn call(&self, arguments: &[String]) -> Result<Vec<String>> {
        if !self.folder.join(Compose::FILE).is_file() {
            return Err(UsageError {
                message: format!(
                    "the profile `{}` was never brought up in `{}`",
                    self.host.profile,
                    self.host.project.display()
                ),
                hint: Some(format!("start it: `mad up -p {}`", self.host.profile)),
            }
            .into());
        }
        Ok(Program::find()?.call(&self.folder, FILES, arguments))
    }
}

/// Says the call, makes it with this program's streams, and judges its status.
pub fn call(globals: &Globals, words: &[String]) -> Result<()> {
    globals.note(&format!("$ {}", command_line(words)));
    // Ctrl-C reaches Compose too, which then stops what it started: it is waited for.
    let cancel = interrupt::token()?;
    let status = Command::new(&words[0])
        .args(&words[1..])
        .status()
        .with_context(|| format!("cannot run `{}`", words[0]))?;
    if cancel.is_cancelled() {
        return Err(Interrupted.into());
    }
    if status.success() {
        return Ok(());
    }
    Err(CheckFailed(format!("`{}` ended with {status}", words[0])).into())
}
