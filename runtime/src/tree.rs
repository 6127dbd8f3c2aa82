//! Processes by their parents, as /proc has them: to end one with all that it started.
//!
//! A process group is not enough: a launcher may open its own session. Descendants that lose their parent
//! come to the nearest subreaper, so that whoever calls here and is one finds all of them below itself.

use std::collections::{HashMap, HashSet};
use std::{fs, io};

use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, waitpid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Every process below `root`, without those below (and including) `spared`.
pub fn descendants(root: u32, spared: &HashSet<u32>) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(pid) = open.pop() {
        for child in children.remove(&pid).unwrap_or_default() {
            if !spared.contains(&child) {
                found.push(child);
                open.push(child);
            }
        }
    }
    found
}

/// The name of a program may hold spaces and brackets; what follows the last bracket is plain.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Waits until a process has ended, who need not be a child; an error where the kernel cannot tell (before 5.3).
pub async fn ended(pid: u32) -> io::Result<()> {
    let pid = Pid::from_raw(pid as i32).ok_or(io::ErrorKind::InvalidInput)?;
    let pidfd = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
    // Its successor is `unsafe`, for descriptors that somebody else closes; nobody else has this one.
    #[allow(deprecated)]
    let process = AsyncFd::with_interest(pidfd, Interest::READABLE)?;
    process.readable().await.map(drop)
}

/// Whether there is such a process, and it has not ended.
pub fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Ends what has lost its keeper and come to this process, a subreaper: all below it but `keepers` and theirs.
/// Whether nothing is left.
pub fn end_orphans(keepers: &HashSet<u32>) -> bool {
    let orphans = descendants(std::process::id(), keepers);
    signal(&orphans, Signal::KILL);
    reap(&orphans);
    orphans.is_empty()
}

/// Sends `signal` to each; one that is gone already is no error.
pub fn signal(pids: &[u32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(*pid as i32)) {
        kill_process(pid, signal).ok();
    }
}

/// Takes the exit status of each that has ended and is a child of ours.
pub fn reap(pids: &[u32]) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(*pid as i32)) {
        waitpid(Some(pid), WaitOptions::NOHANG).ok();
    }
}
