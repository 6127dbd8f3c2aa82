//! What people do with `supervisorctl`, and what becomes of the watch itself.

use serde_json::json;

use crate::support::{Programs, signal};

#[test]
fn what_an_operator_stops_stays_stopped() {
    let group = json!({"group": "core"});
    let stack = Programs::new().add("a", group.clone()).add("b", group).start();
    stack.ready();
    assert!(stack.ctl(&["status"]).contains("core:a"), "{}", stack.ctl(&["status"]));
    assert_eq!(stack.ctl(&["stop", "core:a"]), "core:a: stopped\n");
    stack.eventually("stopped", || stack.program("a")["phase"] == "stopped");
    // Another failure later it still is.
    signal(stack.pid("b"), "-KILL");
    stack.until_incidents(&["b crash recovered"]);
    assert_eq!(stack.program("a")["phase"], "stopped");
    stack.ready();
    stack.ctl(&["start", "core:a"]);
    stack.eventually("ready", || stack.program("a")["phase"] == "ready");
    stack.ctl(&["restart", "core:a"]);
    stack.eventually("ready", || stack.program("a")["phase"] == "ready");
    assert_eq!(stack.incidents(), ["b crash recovered"]);
    assert!(stack.ctl(&["tail", "core:a"]).contains("listening"));
}

#[test]
fn a_watch_that_is_killed_is_back_and_goes_on() {
    let stack =
        Programs::new().add("a", json!({"restart": {"delay": "6s"}})).add("b", json!({})).start();
    stack.ready();
    // supervisord counts the listener as running only then, and restarts it at once.
    stack.eventually("the listener runs", || {
        stack.ctl(&["status", "healthcheck"]).contains("RUNNING")
    });
    let watch: u32 = stack.ctl(&["pid", "healthcheck"]).trim().parse().expect("its pid");
    signal(stack.pid("a"), "-KILL");
    stack.until_incidents(&["a crash open"]);
    signal(watch, "-KILL");
    stack.until_incidents(&["a crash recovered"]);
    stack.ready();
    assert_eq!(stack.program("b")["phase"], "ready");
}
