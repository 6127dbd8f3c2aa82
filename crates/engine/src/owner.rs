//! Whose an unfinished image or container is, so that what a killed process left behind can be swept
//! and what a running one needs is not.
//!
//! An image that no tag points to yet is called
//!
//! ```text
//! mad/candidate:BUILD.PLACE.PID-START.SINCE
//!               |     |     |         the owner's birth, seconds since 1970
//!               |     |     the process, and when it began, see proc(5)
//!               |     the machine since it was started, and its view of processes
//!               the build
//! ```
//!
//! A process of the same place is looked for. One of another place (another machine, a container of
//! its own) cannot be, so what it left stays for a week. A name without an owner is a person's.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use tokio_util::sync::CancellationToken;

use super::{Builder, limits};

/// Where images are named until their tags move.
pub const CANDIDATES: &str = "mad/candidate";

/// Where images are named that were held back, until the profile's next one is.
pub const HELD: &str = "mad/held";

/// Where images are named while they are compared.
pub const PROOFS: &str = "mad/proof";

/// The label of a container that says whose it is.
pub(crate) const OWNER_LABEL: &str = "mad.owner";

/// The process that an unfinished thing is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    place: String,
    pid: i32,
    start: u64,
    /// Seconds since 1970.
    since: u64,
}

impl Owner {
    /// This process.
    pub fn this() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { place: place(), pid, start: start_of(pid).unwrap_or(0), since }
    }

    /// As it is written behind a name, and in the label of a container.
    pub fn text(&self) -> String {
        format!("{}.{}-{}.{}", self.place, self.pid, self.start, self.since)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let place = parts.next()?.to_owned();
        let (pid, start) = parts.next()?.split_once('-')?;
        let since = parts.next()?.parse().ok()?;
        let pid = pid.parse().ok().filter(|pid| *pid > 0)?;
        parts.next().is_none().then_some(Self { place, pid, start: start.parse().ok()?, since })
    }

    /// Whether nobody can need any more what this text says the owner of. A text that names none
    /// belongs to somebody.
    pub(crate) fn is_gone(text: &str, here: &Self) -> bool {
        let Some(owner) = Self::parse(text) else { return false };
        if owner.place != here.place {
            let age = Duration::from_secs(here.since.saturating_sub(owner.since));
            return age > limits::FOREIGN_CANDIDATE;
        }
        let pid = Pid::from_raw(owner.pid);
        match pid.map(test_kill_process) {
            None | Some(Err(Errno::SRCH)) => true,
            // Another process may have the number by now. Where the kernel does not tell, it has not.
            _ => start_of(owner.pid).is_some_and(|start| start != owner.start),
        }
    }
}

/// A name for the image of a build until its tags move, or its contents are read.
pub fn owned_name(repository: &str, build: &str) -> String {
    format!("{repository}:{build}.{}", Owner::this().text())
}

/// Runs `work`, and beside it what nothing depends on: it ends a moment after the work at the latest.
pub async fn beside<T>(work: impl Future<Output = T>, chores: impl Future<Output = ()>) -> T {
    tokio::pin!(work, chores);
    tokio::select! {
        done = &mut work => {
            let _ = tokio::time::timeout(limits::CALL_GRACE, chores).await;
            done
        }
        () = &mut chores => work.await,
    }
}

/// Takes away the names of the repositories whose owners are gone. Nothing depends on it, so it ends
/// a moment after `ended`, and what fails is tried by the next.
pub async fn sweep(engine: &dyn Builder, repositories: &[&str], ended: &CancellationToken) {
    let here = Owner::this();
    let sweeping = async {
        for repository in repositories {
            for name in engine.tags(repository).await.unwrap_or_default() {
                let owner = name.split_once('.').map_or("", |(_, owner)| owner);
                if Owner::is_gone(owner, &here) {
                    let _ = engine.untag(&name).await;
                }
            }
        }
    };
    let too_late = async {
        ended.cancelled().await;
        tokio::time::sleep(limits::CALL_GRACE).await;
    };
    tokio::select! {
        () = sweeping => {}
        () = too_late => {}
    }
}

/// The machine since it was started, and which processes are seen from here.
fn place() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let view = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    if boot.trim().is_empty() || view.as_os_str().is_empty() {
        // Nowhere that anybody can look.
        return uuid::Uuid::new_v4().simple().to_string()[..16].to_owned();
    }
    hash::sha256(format!("{} {}", boot.trim(), view.display()))[..16].to_owned()
}

/// When a process began, in ticks since the machine was started.
fn start_of(pid: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything; behind its bracket the third field is the first.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{Replay, ReplayEnd};

    fn gone(owner: &Owner) -> bool {
        Owner::is_gone(&owner.text(), &Owner::this())
    }

    #[test]
    fn only_what_nobody_can_need_is_gone() {
        let this = Owner::this();
        assert!(!gone(&this));
        assert_eq!(Owner::parse(&this.text()), Some(this.clone()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        child.wait().unwrap();
        assert!(gone(&Owner { pid, ..this.clone() }));
        // The number of another process: it began at another time.
        assert!(gone(&Owner { start: this.start + 1, ..this.clone() }));
        assert!(!gone(&Owner { pid: 1, start: start_of(1).unwrap_or(0), ..this.clone() }));
        let elsewhere = Owner { place: "0123456789abcdef".to_owned(), pid, ..this.clone() };
        assert!(!gone(&elsewhere));
        assert!(!gone(&Owner { since: this.since - 6 * 86_400, ..elsewhere.clone() }));
        assert!(!gone(&Owner { since: this.since + 90 * 86_400, ..elsewhere.clone() }));
        assert!(gone(&Owner { since: this.since - 8 * 86_400, ..elsewhere }));
        for text in ["", "x", "a.b.c", "a.1-2", "a.0-2.3", "a.1-2.3.4", "a.-1-2.3"] {
            assert!(!Owner::is_gone(text, &this), "{text}");
        }
    }

    #[tokio::test]
    async fn a_sweep_takes_what_is_left_behind_and_nothing_else() {
        let this = Owner::this();
        let dead = Owner { start: this.start + 1, ..this.clone() };
        let left = format!("mad/candidate:{}.{}", "a".repeat(32), dead.text());
        let live = format!("mad/candidate:{}.{}", "b".repeat(32), this.text());
        let kept = format!("mad/candidate:{}", "c".repeat(32));
        let other = format!("someone/else:x.{}", dead.text());
        let engine = [&left, &live, &kept, &other]
            .iter()
            .fold(Replay::new("", ReplayEnd::Hangs), |engine, name| {
                engine.with_name(name, "sha256:x")
            });
        sweep(&engine, &["mad/candidate"], &CancellationToken::new()).await;
        let names: Vec<String> = engine.names().keys().cloned().collect();
        assert_eq!(names, [live, kept, other]);
    }
}
