//! A directory that cannot be used.

use serde_json::json;

use super::support::{Collector, wait_until};

#[test]
fn programs_run_on_where_nothing_can_be_kept() {
    // A file stands in the place of the directory, which no user can write to.
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    std::fs::write(&kept, "").expect("written");
    let mut collector = Collector::new(json!({"directory": &kept}));
    // Ten times what the pipe holds.
    let status = collector.program(&["seq", "-f", "line %.0f", "0", "999999"]).status();
    assert!(status.expect("run").success());
    std::fs::remove_file(&kept).expect("removed");
    wait_until("the loss is told", || {
        kept.is_dir() && !collector.query(&["service=logs", "lost"]).is_empty()
    });
    collector.stop();
    let told: u64 = collector
        .query(&["service=logs", "lost"])
        .iter()
        .filter_map(|line| line["fields"]["lost_lines"].as_u64())
        .sum();
    assert_eq!(told + collector.numbers().len() as u64, 1_000_000);
}
