//! Programs whose output is collected.

use serde_json::json;

use super::support::{Collector, wait_until};

#[test]
fn a_program_keeps_its_status_and_outlives_the_collector() {
    let mut collector = Collector::new(json!({}));
    let script = "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); sleep 0.01; done; echo oops >&2; exit 7";
    let mut program = collector.program(&["sh", "-c", script]).spawn().expect("started");
    wait_until("its output comes", || !collector.numbers().is_empty());
    collector.kill();
    // It goes on without anybody who reads.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(program.try_wait().expect("asked").is_none());
    collector.start();
    assert_eq!(program.wait().expect("it ended").code(), Some(7));
    wait_until("its last line is kept", || collector.query(&["oops", "stream=stderr"]).len() == 1);
    assert_eq!(collector.numbers().last(), Some(&199));
}

#[test]
fn a_command_that_is_not_there_is_said_where_its_output_goes() {
    let collector = Collector::new(json!({}));
    let status = collector.program(&["/nowhere/at/all"]).status().expect("run");
    assert_eq!(status.code(), Some(127));
    wait_until("it is kept", || !collector.query(&["cannot start", "level=error"]).is_empty());
}

#[test]
fn what_waits_at_the_end_is_kept() {
    let mut collector = Collector::new(json!({}));
    let many = "seq -f 'line %g' 0 19999; printf 'line 20000 has no end'";
    assert!(collector.program(&["sh", "-c", many]).status().expect("run").success());
    collector.stop();
    assert_eq!(collector.numbers(), (0..=20_000).collect::<Vec<_>>());
}
