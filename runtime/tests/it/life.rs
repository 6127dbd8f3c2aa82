//! Start, replacement, drain, end: of the gateway and of what it started.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Gateway, children_below, eventually, request, server};

/// A server behind a shell behind another program, in a session of its own.
fn nested() -> serde_json::Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/children/server.mjs");
    let launcher = format!("setsid --wait sh -c 'node {script} stay & wait'");
    json!({"command": ["sh", "-c", format!("{launcher}; true")]})
}

fn alive(pids: &[u32]) -> Vec<u32> {
    let running = |pid: &&u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    };
    pids.iter().filter(running).copied().collect()
}

#[test]
fn two_seconds_after_sigterm_no_descendant_is_alive() {
    let mut gateway = Gateway::unready(json!({"servers": {"nested": nested()}}), &[]);
    none_is_left(&mut gateway, "-TERM");
}

#[test]
fn two_seconds_after_sigkill_no_descendant_is_alive() {
    let mut gateway = Gateway::unready(json!({"servers": {"nested": nested()}}), &[]);
    none_is_left(&mut gateway, "-KILL");
}

fn none_is_left(gateway: &mut Gateway, signal: &str) {
    eventually("all there", || children_below(gateway.pid()).len() >= 4);
    let started = children_below(gateway.pid());
    gateway.signal(signal);
    gateway.wait();
    let begin = Instant::now();
    while !alive(&started).is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(2), "alive: {:?}", alive(&started));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_hundred_aborted_connects_leave_nothing_behind() {
    let gateway = Gateway::with(json!({"servers": {
        "test": {"command": server("")["command"], "isolation": "session"}}}));
    for index in 0..100 {
        let mut line = crate::support::Line::new(gateway.connect());
        if index % 2 == 0 {
            line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}));
        }
    }
    eventually("nobody there", || gateway.status()["clients"] == json!([]));
    eventually("nothing left", || children_below(gateway.pid()).is_empty());
}

#[test]
fn a_server_is_replaced_and_no_client_notices() {
    let gateway =
        Gateway::with(json!({"limits": {"rate": "100000/s"}, "servers": {"test": server("")}}));
    let mut line = gateway.line();
    let before = line.text("before", "pid", json!({}));
    let mut slow = gateway.line();
    slow.tool("s", "sleep", json!({"ms": 600, "text": "from the old one"}));
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    gateway.signal("-HUP");
    let mut id = 0;
    eventually("replaced", || {
        id += 1;
        line.text(id, "pid", json!({})) != before
    });
    assert_eq!(crate::support::text(&slow.next()), "from the old one");
    eventually("the old one is gone", || children_below(gateway.pid()).len() == 2);
}

#[test]
fn what_is_in_flight_is_answered_before_the_end() {
    let mut gateway = Gateway::with(json!({"drain": "5s", "servers": {"test": server("")}}));
    let mut line = gateway.line();
    line.tool(1, "sleep", json!({"ms": 400}));
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    gateway.signal("-TERM");
    eventually("draining", || gateway.log().contains("draining"));
    line.tool(2, "echo", json!({"text": "too late"}));
    let answers = [line.next(), line.next()];
    let of = |id: u64| answers.iter().find(|answer| answer["id"] == json!(id)).expect("answered");
    assert_eq!(crate::support::text(of(1)), "slept");
    assert_eq!(of(2)["error"]["code"], json!(-32000));
    assert_eq!(line.raw(), None);
    assert!(gateway.wait().success());
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let gateway = Gateway::start();
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.json");
    std::fs::write(
        &config,
        json!({"mcp": {"listen": [gateway.address], "servers": {"a": server("")}}}).to_string(),
    )
    .expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
        .args(["--config", config.to_str().expect("text"), "gateway"])
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains(&format!("cannot listen on `{}`", gateway.address)), "{told}");
}

#[test]
fn without_file_descriptors_who_is_connected_stays_and_later_others_come() {
    let gateway = Gateway::unready(
        json!({"servers": {"test": server("")}}),
        &["sh", "-c", "ulimit -n 24; exec \"$@\"", "sh"],
    );
    let mut line = gateway.line();
    let crowd: Vec<_> = (0..60).map(|_| gateway.connect()).collect();
    eventually("exhausted", || gateway.log().contains("cannot accept"));
    assert_eq!(line.text(1, "echo", json!({"text": "still"})), "still");
    drop(crowd);
    eventually("open again", || request(gateway.address, "GET", "/health", &[], "").status == 200);
}

#[test]
fn the_start_of_a_server_is_no_answer_to_a_client() {
    let gateway = Gateway::start();
    let answers = || gateway.status()["servers"][0]["answers"].clone();
    assert_eq!(answers(), json!(0));
    assert_eq!(gateway.status()["servers"][0]["p99_us"], json!(null));
    let mut line = gateway.line();
    line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    assert_eq!(line.next()["id"], json!(1));
    assert_eq!(answers(), json!(1));
}

#[test]
fn people_ask_by_hand() {
    let gateway = Gateway::start();
    let config = gateway.config.with_file_name("with-port.json");
    std::fs::write(
        &config,
        json!({"mcp": {"listen": [gateway.address], "servers": {"test": server("")}}}).to_string(),
    )
    .expect("written");
    let run = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_mad-runtime"))
            .args(["--config", config.to_str().expect("text")])
            .args(words)
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, out) = run(&["mcp", "call", "test", "echo", r#"{"text": "by hand"}"#]);
    assert!(code == Some(0) && out.contains("by hand"), "{out}");
    let (code, out) = run(&["mcp", "tools", "test"]);
    assert!(code == Some(0) && out.contains("\"echo\""), "{out}");
    assert_eq!(run(&["mcp", "call", "test", "nonsense"]).0, Some(1));
    assert_eq!(run(&["mcp", "call", "nobody", "echo"]).0, Some(1));
    let (code, out) = run(&["status"]);
    assert!(code == Some(0) && out.contains("test") && out.contains("ready"), "{out}");
    let (_, out) = run(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(status["servers"][0]["name"], json!("test"));
    let metrics = request(gateway.address, "GET", "/metrics", &[], "").body;
    assert!(metrics.contains("mad_mcp_server_ready{server=\"test\"} 1"), "{metrics}");
}

#[test]
fn a_keeper_that_is_killed_takes_its_server_with_it_and_the_gateway_starts_another() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/children/server.mjs");
    // In a session of its own, and deaf to the end of its input.
    let launcher = format!("setsid --wait sh -c 'node {script} stay; true'; true");
    let gateway = Gateway::with(json!({"servers": {"test": {"command": ["sh", "-c", launcher]}}}));
    let before = children_below(gateway.pid());
    let keeper = gateway.status()["servers"][0]["pid"].as_u64().expect("a pid");
    kill(&[keeper as u32]);
    eventually("the old ones gone", || alive(&before).is_empty());
    eventually("ready again", || gateway.status()["servers"][0]["ready"] == json!(true));
    assert_eq!(gateway.line().text(1, "echo", json!({"text": "again"})), "again");
}

#[test]
fn when_gateway_and_keeper_are_killed_at_once_the_server_dies() {
    let mut gateway =
        Gateway::with(json!({"servers": {"test": {"command": server("stay")["command"]}}}));
    let started = children_below(gateway.pid());
    kill(&[&[gateway.pid()], &started[..1]].concat());
    gateway.wait();
    eventually("nothing left", || alive(&started).is_empty());
}

fn kill(pids: &[u32]) {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    assert!(Command::new("kill").arg("-KILL").args(pids).status().expect("kill runs").success());
}

#[test]
fn without_a_file_system_to_write_to_all_works() {
    let gateway = Gateway::unready(
        json!({"servers": {"test": server("")}}),
        &[
            "sh",
            "-c",
            "ulimit -f 0; cd /; TMPDIR=/no/such/folder HOME=/no/such/folder exec \"$@\"",
            "sh",
        ],
    );
    assert_eq!(gateway.line().text(1, "echo", json!({"text": "read-only"})), "read-only");
    let session = crate::support::Session::open(gateway.address, "/mcp", json!({}));
    assert_eq!(session.text(1, "echo", json!({"text": "too"})), "too");
}

#[test]
fn a_server_that_cannot_be_started_for_want_of_file_descriptors_is_started_later() {
    let gateway = Gateway::unready(
        json!({"servers": {"test": server("once")}}),
        &["sh", "-c", "ulimit -n 24; exec \"$@\"", "sh"],
    );
    let mut line = gateway.line();
    let crowd: Vec<_> = (0..60).map(|_| gateway.connect()).collect();
    eventually("exhausted", || gateway.log().contains("cannot accept"));
    // It ends after this call, and there is nothing to start the next with.
    assert_eq!(line.text(1, "echo", json!({"text": "one"})), "one");
    eventually("not started", || gateway.log().contains("did not start"));
    drop(crowd);
    assert_eq!(line.text(2, "echo", json!({"text": "two"})), "two");
}
