//! The parent of one server: passes its streams through, and ends it with all that it started.
//!
//! `mad-runtime keep PARENT -- COMMAND…` is what the gateway starts instead of the command. A death signal
//! of the kernel reaches only a direct child, and a launcher between (`sh -c`, `npx`) would leave the real
//! server behind when the gateway is killed. The keeper is a subreaper: whatever its server starts, also in
//! a session of its own, stays below it.
//!
//! When the keeper itself is killed, its server dies by the kernel's hand, and the rest comes to the gateway,
//! which is a subreaper too and ends it. When both are killed at once nobody is left to do that: then only
//! the server itself dies, and what it started sees its streams end.

use std::collections::HashSet;
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, getpid, getppid, set_child_subreaper, set_parent_process_death_signal,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::tree;

/// How long a server may take to end by itself.
const GRACE: Duration = Duration::from_millis(700);
/// Between two looks at what is left.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs until the server has ended or `parent` has; the status is the server's.
pub fn keep(parent: u32, command: &[OsString]) -> ExitCode {
    set_child_subreaper(Some(getpid())).ok();
    set_parent_process_death_signal(Some(Signal::TERM)).ok();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(_) => return ExitCode::from(126),
    };
    let code = runtime.block_on(wait(parent, command));
    end_all();
    code
}

async fn wait(parent: u32, command: &[OsString]) -> ExitCode {
    let Ok(mut stop) = signal(SignalKind::terminate()) else { return ExitCode::from(126) };
    let Ok(mut ended) = signal(SignalKind::child()) else { return ExitCode::from(126) };
    // The parent may have died before the death signal was set.
    if !is_parent(parent) {
        return ExitCode::from(126);
    }
    let mut child = match start(command) {
        Ok(child) => child,
        Err(error) => {
            eprintln!("cannot start `{}`: {error}", command[0].to_string_lossy());
            return ExitCode::from(127);
        }
    };
    loop {
        tokio::select! {
            _ = stop.recv() => return ExitCode::from(143),
            _ = ended.recv() => {}
        }
        if let Ok(Some(status)) = child.try_wait() {
            return ExitCode::from(status.code().unwrap_or(137) as u8);
        }
        let strays = tree::descendants(std::process::id(), &HashSet::from([child.id()]));
        tree::reap(&strays);
    }
}

/// Becomes `command`, which the kernel kills when `parent`, its keeper, ends.
pub fn become_command(parent: u32, command: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt;
    set_parent_process_death_signal(Some(Signal::KILL)).ok();
    if !is_parent(parent) {
        return ExitCode::from(126);
    }
    let error = Command::new(&command[0]).args(&command[1..]).exec();
    eprintln!("cannot start `{}`: {error}", command[0].to_string_lossy());
    ExitCode::from(127)
}

fn is_parent(pid: u32) -> bool {
    getppid().map(Pid::as_raw_nonzero).map(|parent| parent.get() as u32) == Some(pid)
}

/// The keeper itself must not hold the server's streams: their end is how the gateway sees a crash.
fn start(command: &[OsString]) -> std::io::Result<std::process::Child> {
    use std::os::unix::process::CommandExt;
    let me = std::process::id().to_string();
    let words = ["start", &me, "--"].map(OsString::from);
    let mut child = Command::new("/proc/self/exe");
    child.arg0("mad-runtime").args(words.iter().chain(command)).process_group(0);
    let child = child.spawn()?;
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(child)
}

fn end_all() {
    let me = std::process::id();
    let none = HashSet::new();
    let begin = Instant::now();
    tree::signal(&tree::descendants(me, &none), Signal::TERM);
    loop {
        let left = tree::descendants(me, &none);
        if left.is_empty() {
            return;
        }
        if begin.elapsed() > GRACE {
            tree::signal(&left, Signal::KILL);
        }
        tree::reap(&left);
        thread::sleep(PAUSE);
    }
}
