//! Whether a program that gives no answer works: processor time, and output.
//!
//! A program that waits in a deadlock, or is stopped, does neither; one that turns in a circle works for good,
//! which is why being busy excuses for a while only.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::tree;

/// This much of a processor is work; less is a runtime's own timers.
const WORKING: f64 = 0.05;

#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    processor: Duration,
    output: Option<(u64, SystemTime)>,
}

impl Activity {
    /// Of a process with all that it started, and the log.
    pub fn of(pid: u32, log: &Path) -> Self {
        let mut pids = tree::descendants(pid, &HashSet::new());
        pids.push(pid);
        let processor = pids.iter().filter_map(|pid| processor_time(*pid)).sum();
        let output = log.metadata().ok().and_then(|file| Some((file.len(), file.modified().ok()?)));
        Self { processor, output }
    }

    /// Whether something was done from `before` to this, in `elapsed`.
    pub fn since(&self, before: &Self, elapsed: Duration) -> bool {
        let worked = self.processor.saturating_sub(before.processor);
        self.output != before.output || worked.as_secs_f64() > elapsed.as_secs_f64() * WORKING
    }
}

/// Fields 14 and 15 of /proc/PID/stat (proc_pid_stat(5)), in clock ticks.
fn processor_time(pid: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()? + ticks()?;
    let second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_secs_f64(ticks as f64 / second as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(processor_ms: u64, length: u64) -> Activity {
        let output = Some((length, SystemTime::UNIX_EPOCH));
        Activity { processor: Duration::from_millis(processor_ms), output }
    }

    #[test]
    fn work_and_output_are_activity_and_a_timer_is_not() {
        let second = Duration::from_secs(1);
        let before = activity(100, 5);
        assert!(!activity(140, 5).since(&before, second));
        assert!(activity(160, 5).since(&before, second));
        assert!(activity(100, 6).since(&before, second));
    }

    #[test]
    fn this_process_has_used_a_processor() {
        let mut sum = 0_u64;
        let log = Path::new("/nowhere");
        let before = Activity::of(std::process::id(), log);
        while !Activity::of(std::process::id(), log).since(&before, Duration::from_millis(100)) {
            sum = sum.wrapping_add((0..100_000).sum::<u64>());
        }
        assert!(sum > 0);
    }
}
