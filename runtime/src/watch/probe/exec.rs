//! A command that ends with 0.

use std::process::Stdio;

use runtime_config::services::Service;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

/// Of what the command says, in an incident.
const LONGEST: usize = 200;

pub async fn exec(words: &[String], service: &Service) -> Result<(), String> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).envs(&service.env);
    if let Some(directory) = &service.directory {
        command.current_dir(directory);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let child = command.spawn().map_err(|error| format!("cannot run `{}`: {error}", words[0]))?;
    let group = child.id().map(Group);
    let output = child.wait_with_output().await.map_err(|error| error.to_string())?;
    // It has ended: its number may be another group's soon.
    std::mem::forget(group);
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let last: String = last.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let status = match output.status.code() {
        Some(code) => format!("`{}` exited with {code}", words[0]),
        None => format!("`{}` was ended by a signal", words[0]),
    };
    Err(if last.is_empty() { status } else { format!("{status}: {last}") })
}

/// A command that is given up ends with what it started.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = Pid::from_raw(self.0 as i32) {
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}
