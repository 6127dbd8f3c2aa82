//! Servers that misbehave.

use serde_json::json;

use crate::support::{Gateway, eventually, request, server};

#[test]
fn a_server_that_exits_at_start_is_told_and_holds_up_nobody() {
    let gateway = Gateway::unready(
        json!({"servers": {"bad": server("exit"), "good": server("")}, "default": "good"}),
        &[],
    );
    let mut line = gateway.line();
    assert_eq!(line.text(1, "echo", json!({"text": "here"})), "here");
    eventually("restarted", || gateway.status()["servers"][0]["restarts"].as_u64() > Some(2));
    assert!(request(gateway.address, "GET", "/ready", &[], "").body.contains("bad"));
}

#[test]
fn a_command_that_does_not_exist_is_told() {
    let gateway = Gateway::unready(
        json!({"servers": {"x": {"command": ["/no/such/program"], "start_timeout": "1s"}}}),
        &[],
    );
    let mut line = crate::support::Line::new(gateway.connect());
    let answer = line.initialize(json!({}));
    assert_eq!(answer["error"]["code"], json!(-32000), "{answer}");
    eventually("logged", || gateway.log().contains("cannot start `/no/such/program`"));
}

#[test]
fn a_crash_fails_what_is_in_flight_and_the_client_stays() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    let mut other = gateway.line();
    other.tool("o", "never", json!({}));
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    line.tool(1, "crash", json!({}));
    for (line, id) in [(&mut line, json!(1)), (&mut other, json!("o"))] {
        let answer = line.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(-32000)), "{answer}");
        assert_eq!(line.text(2, "echo", json!({"text": "again"})), "again");
    }
}

#[test]
fn half_an_answer_is_no_answer() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    line.tool(1, "halfway", json!({}));
    assert_eq!(line.next()["error"]["code"], json!(-32000));
    assert_eq!(line.text(2, "echo", json!({"text": "again"})), "again");
}

#[test]
fn a_server_that_exits_after_each_call_is_started_again_for_the_next() {
    let gateway = Gateway::with(json!({"servers": {"test": server("once")}}));
    let mut line = gateway.line();
    for round in 0..3 {
        assert_eq!(line.text(round, "echo", json!({"text": "one"})), "one");
        eventually("ended", || gateway.status()["servers"][0]["restarts"].as_u64() > Some(round));
    }
}

#[test]
fn the_list_of_tools_is_the_same_to_the_byte_after_a_crash() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    line.send(&list);
    let before = line.raw();
    line.tool(2, "crash", json!({}));
    line.next();
    line.send(&list);
    assert_eq!(line.raw(), before);
}

#[test]
fn noise_on_standard_output_is_not_passed_on() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    for tool in ["banner", "invalid", "stderr"] {
        assert_eq!(line.text(tool, tool, json!({})), "after");
    }
    assert!(line.is_silent());
}

#[test]
fn what_a_server_says_is_logged_a_line_at_a_time_and_its_last_words_too() {
    let script = "for n in 1 2 3; do echo said $n >&2; done; sleep 0.1; echo later >&2; printf 'last words' >&2";
    let restart = json!({"delay": "60s", "max_delay": "60s"});
    let gateway = Gateway::unready(
        json!({"servers": {"x": {"command": ["sh", "-c", script], "restart": restart}}}),
        &[],
    );
    eventually("logged", || gateway.log().contains(r#""stderr":"last words""#));
    let log = gateway.log();
    for said in ["said 1", "said 2", "said 3", "later"] {
        let lines = log.lines().filter(|line| line.contains(&format!(r#""stderr":"{said}""#)));
        assert_eq!(lines.count(), 1, "{said}: {log}");
    }
}

#[test]
fn an_answer_in_single_bytes_arrives_whole() {
    let gateway = Gateway::start();
    assert_eq!(gateway.line().text(1, "utf8", json!({})), "zwölf €uro 🎉");
}

#[test]
fn an_answer_of_five_megabytes_arrives_whole_and_one_over_the_limit_does_not() {
    let gateway =
        Gateway::with(json!({"limits": {"message": "6MiB"}, "servers": {"test": server("")}}));
    let mut line = gateway.line();
    assert_eq!(line.text(1, "long", json!({"bytes": 5 << 20})).len(), 5 << 20);
    line.tool(2, "long", json!({"bytes": 7 << 20}));
    eventually("dropped", || gateway.status()["servers"][0]["noise"] == json!(1));
    assert_eq!(line.text(3, "echo", json!({"text": "on"})), "on");
}

#[test]
fn a_second_answer_and_answers_to_nobody_reach_nobody() {
    let gateway = Gateway::start();
    let (mut line, mut other) = (gateway.line(), gateway.line());
    assert_eq!(line.text(1, "twice", json!({})), "first");
    assert_eq!(line.text(2, "unknown", json!({})), "mine");
    assert!(line.is_silent() && other.is_silent());
}

#[test]
fn a_call_that_is_never_answered_holds_up_no_other() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    line.tool(1, "never", json!({}));
    assert_eq!(line.text(2, "echo", json!({"text": "past it"})), "past it");
}

#[test]
fn a_server_that_is_stuck_holds_up_no_other() {
    let gateway = Gateway::unready(
        json!({"servers": {"stuck": {"command": ["sleep", "1000"]}, "test": server("")}}),
        &[],
    );
    let session = crate::support::Session::open(gateway.address, "/mcp/test", json!({}));
    assert_eq!(session.text(1, "echo", json!({"text": "x"})), "x");
}
