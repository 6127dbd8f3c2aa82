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
    /// One of them runs, or would if it got a processor.
    runnable: bool,
    output: Option<(u64, SystemTime)>,
}

impl Activity {
    /// Of a process with all that it started, and the log.
    pub fn of(pid: u32, log: &Path) -> Self {
        let mut pids = tree::descendants(pid, &HashSet::new());
        pids.push(pid);
        let stats: Vec<Stat> = pids.iter().filter_map(|pid| Stat::of(*pid)).collect();
        let processor = stats.iter().map(|stat| stat.processor).sum();
        let runnable = stats.iter().any(|stat| stat.runnable);
        let output = log.metadata().ok().and_then(|file| Some((file.len(), file.modified().ok()?)));
        Self { processor, runnable, output }
    }

    /// Whether something was done from `before` to this, in `elapsed`.
    pub fn since(&self, before: &Self, elapsed: Duration) -> bool {
        let worked = self.processor.saturating_sub(before.processor);
        // On a machine that is busy with others it may get no processor at all.
        let wants_to = self.runnable && before.runnable;
        wants_to
            || self.output != before.output
            || worked.as_secs_f64() > elapsed.as_secs_f64() * WORKING
    }
}

/// Of /proc/PID/stat (proc_pid_stat(5)): field 3, and fields 14 and 15 in clock ticks.
struct Stat {
    runnable: bool,
    processor: Duration,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let ticks = ticks(11)? + ticks(12)?;
        let second = rustix::param::clock_ticks_per_second();
        let processor = Duration::from_secs_f64(ticks as f64 / second as f64);
        Some(Self { runnable: fields.first() == Some(&"R"), processor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(processor_ms: u64, length: u64) -> Activity {
        let output = Some((length, SystemTime::UNIX_EPOCH));
        Activity { processor: Duration::from_millis(processor_ms), runnable: false, output }
    }

    #[test]
    fn work_and_output_are_activity_and_a_timer_is_not() {
        let second = Duration::from_secs(1);
        let before = activity(100, 5);
        assert!(!activity(140, 5).since(&before, second));
        assert!(activity(160, 5).since(&before, second));
        assert!(activity(100, 6).since(&before, second));
        let runnable = |activity: Activity| Activity { runnable: true, ..activity };
        assert!(runnable(activity(100, 5)).since(&runnable(activity(100, 5)), second));
        assert!(!runnable(activity(100, 5)).since(&before, second));
    }

    #[test]
    fn this_process_has_used_a_processor() {
        let log = Path::new("/nowhere");
        let before = Activity::of(std::process::id(), log);
        while !Activity::of(std::process::id(), log).since(&before, Duration::from_millis(100)) {
            std::hint::black_box((0..100_000).sum::<u64>());
        }
    }
}
