//! A collector that is killed, at any moment.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::support::{Collector, wait_until};

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn fifty_kills_corrupt_nothing_and_lose_nothing_that_was_written() {
    let mut collector = Collector::new(json!({"budget": "1GiB"}));
    let mut pipe = collector.pipe();
    let stop = AtomicBool::new(false);
    let written = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let filler = "x".repeat(150);
            while !stop.load(Ordering::Relaxed) {
                for _ in 0..5 {
                    let number = written.fetch_add(1, Ordering::Relaxed);
                    pipe.write_all(format!("line {number} {filler}\n").as_bytes())
                        .expect("written");
                }
                thread::sleep(Duration::from_millis(4));
            }
        });
        // Also when an assertion fails, or nobody would join the thread.
        let _ends = Ends(&stop);
        let mut seen = BTreeSet::new();
        let mut random = 88_172_645_463_325_252u64;
        for _ in 0..50 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            thread::sleep(Duration::from_millis(10 + random % 60));
            // What a query finds now must be found for good.
            seen.extend(collector.numbers());
            collector.kill();
            collector.start();
        }
        stop.store(true, Ordering::Relaxed);
        // One that no kill follows: what the last of them took with it may be gone.
        let last = written.fetch_add(1, Ordering::Relaxed);
        collector
            .pipe()
            .write_all(format!("line {last} is the last\n").as_bytes())
            .expect("written");
        wait_until("the last line is kept", || collector.numbers().contains(&last));
        let kept = collector.numbers();
        let distinct: BTreeSet<u64> = kept.iter().copied().collect();
        assert_eq!(distinct.len(), kept.len(), "no line is there twice");
        assert!(seen.is_subset(&distinct), "lost: {:?}", seen.difference(&distinct).take(5));
        let (kept, written) = (kept.len() as u64, written.load(Ordering::Relaxed));
        println!(
            "{written} lines written over 50 kills, {} of them lost from memory",
            written - kept
        );
        // What is lost is what the collector held at each moment: a part of a second, and how much of it depends on
        // the machine.
        assert!(kept > 0);
    });
    collector.stop();
    // Every segment decodes to its end.
    let packed = fs::read_dir(collector.folder.path().join("kept")).expect("listed");
    let packed = packed.filter(|file| {
        file.as_ref().expect("listed").path().extension().is_some_and(|e| e == "zst")
    });
    assert!(packed.count() > 5);
    let unfinished = fs::read_dir(collector.folder.path().join("kept")).expect("listed");
    assert_eq!(
        unfinished
            .filter(|file| file
                .as_ref()
                .expect("listed")
                .path()
                .extension()
                .is_some_and(|e| e == "tmp"))
            .count(),
        0
    );
}
