//! Processes of this host, those in build steps included: the engine runs beside us.

use std::time::{Duration, Instant};

/// The commands of running processes that have `marker` in their arguments.
pub fn with_marker(marker: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc is mounted").flatten();
    processes
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()))
        // A process that ended meanwhile has no command any more.
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|command| String::from_utf8_lossy(&command).replace('\0', " "))
        .filter(|command| command.contains(marker))
        .collect()
}

/// How long it takes until no process has `marker` any more; panics after `limit`.
pub fn gone_after(marker: &str, limit: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        let left = with_marker(marker);
        if left.is_empty() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < limit, "still running after {limit:?}: {left:?}");
        // Processes of others cannot be waited for, only looked at.
        std::thread::sleep(Duration::from_millis(10));
    }
}
