//! The check of all mounts, by a deadline.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use runtime_config::Mount;

use super::facts::{Facts, User};
use super::judge::{Finding, Severity, judge};
use super::table;

/// One mount, and what is wrong with it.
pub struct Checked {
    pub mount: Mount,
    /// The file system, if anything is mounted.
    pub file_system: Option<String>,
    pub is_mounted: bool,
    pub findings: Vec<Finding>,
}

impl Checked {
    pub fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Looks at every mount of the configuration at `config`. What has not answered by the deadline hangs; the
/// process that waits for it is killed, and not waited for: in the kernel it may stay as it is.
pub fn check(mounts: &[Mount], config: &Path, deadline: Duration) -> io::Result<Vec<Checked>> {
    if mounts.is_empty() {
        return Ok(Vec::new());
    }
    let table = table::parse(&std::fs::read_to_string("/proc/self/mountinfo")?);
    let seen = look_apart(mounts.len(), config, deadline)?;
    let user = User::own();
    let checked = mounts.iter().zip(seen).map(|(mount, facts)| {
        let own = table::seen(&table, mount.path()).filter(|own| own.point == mount.path());
        Checked {
            mount: mount.clone(),
            file_system: own.map(|own| own.kind.clone()),
            is_mounted: own.is_some(),
            findings: judge(mount, facts.as_ref(), &table, mounts, &user),
        }
    });
    Ok(checked.collect())
}

fn look_apart(count: usize, config: &Path, deadline: Duration) -> io::Result<Vec<Option<Facts>>> {
    let begin = Instant::now();
    let mut child = Command::new("/proc/self/exe")
        .arg("--config")
        .arg(config)
        .args(["mounts", "look"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Ok(facts) = serde_json::from_str::<Facts>(&line) {
                sender.send(facts).ok();
            }
        }
    });
    let mut seen: Vec<Option<Facts>> = vec![None; count];
    while seen.iter().any(Option::is_none) {
        let left = deadline.saturating_sub(begin.elapsed());
        match received.recv_timeout(left) {
            Ok(facts) => {
                let index = facts.index;
                if let Some(place) = seen.get_mut(index) {
                    *place = Some(facts);
                }
            }
            Err(_) => {
                child.kill().ok();
                return Ok(seen);
            }
        }
    }
    child.wait()?;
    Ok(seen)
}
