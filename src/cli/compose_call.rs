//! What the commands that call Compose share: where its files are, and the call.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::cli::error::{Context, Result};

use super::exit::{CheckFailed, Interrupted, UsageError};
use super::globals::Globals;
use super::{environment, interrupt};
use crate::compose::{Host, Program, command_line};
use crate::project::Project;
use crate::render::Compose;

/// Between two looks whether Compose has ended.
const POLL: Duration = Duration::from_millis(20);

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
    // Ctrl-C reaches Compose too, which then stops what it started: it is waited for. SIGTERM is passed on.
    let cancel = interrupt::token()?;
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .spawn()
        .with_context(|| format!("cannot run `{}`", words[0]))?;
    let mut is_passed_on = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if cancel.is_cancelled() && !is_passed_on && interrupt::came_to_us_alone() {
            is_passed_on = true;
            if let Some(pid) = Pid::from_raw(child.id().cast_signed()) {
                // One that has just ended needs none.
                let _ = kill_process(pid, Signal::TERM);
            }
        }
        std::thread::sleep(POLL);
    };
    if cancel.is_cancelled() {
        return Err(Interrupted.into());
    }
    if status.success() {
        return Ok(());
    }
    Err(CheckFailed(format!("`{}` ended with {status}", words[0])).into())
}
