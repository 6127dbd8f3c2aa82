//! Clients that are slow, gone, or too much.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::support::{Gateway, Line, eventually, server};

#[test]
fn a_client_that_vanishes_has_its_call_cancelled() {
    let gateway = Gateway::start();
    let mut gone = gateway.line();
    gone.tool(1, "never", json!({}));
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    drop(gone);
    eventually("given up", || gateway.status()["servers"][0]["in_flight"] == json!(0));
    let seen: Vec<Value> =
        serde_json::from_str(&gateway.line().text(1, "cancelled", json!({}))).expect("a list");
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_client_that_vanishes_over_http_has_its_call_cancelled() {
    let gateway = Gateway::start();
    let session = crate::support::Session::open(gateway.address, "/mcp", json!({}));
    let body = crate::support::call(1, "never", json!({})).to_string();
    let mut stream = gateway.connect();
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nMcp-Session-Id: {}\r\nContent-Length: {}\r\n\r\n{body}",
        session.id,
        body.len()
    )
    .expect("written");
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    drop(stream);
    eventually("given up", || gateway.status()["servers"][0]["in_flight"] == json!(0));
}

#[test]
fn a_client_that_does_not_read_is_cut_alone() {
    let gateway =
        Gateway::with(json!({"limits": {"message": "64KiB"}, "servers": {"test": server("")}}));
    let mut slow = gateway.line();
    let mut other = gateway.line();
    // News that nobody asked for: no back-pressure holds them.
    slow.send(json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": "x".repeat(60_000)}}));
    slow.next();
    let uri = "x".repeat(60_000);
    for id in 0..300 {
        other.send(
            json!({"jsonrpc": "2.0", "id": id, "method": "resources/read", "params": {"uri": uri}}),
        );
        assert_eq!(other.next()["id"], json!(id));
    }
    eventually("cut", || gateway.status()["clients"].as_array().is_some_and(|all| all.len() == 1));
    assert_eq!(other.text(1, "echo", json!({"text": "here"})), "here");
}

#[test]
fn sixty_four_megabytes_without_a_newline_end_the_connection_and_take_no_memory() {
    let gateway =
        Gateway::with(json!({"limits": {"message": "1MiB"}, "servers": {"test": server("")}}));
    let mut stream = gateway.connect();
    let block = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        if stream.write_all(&block).is_err() {
            break;
        }
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok();
    assert!(answer.is_empty() || answer.contains("-32600"), "{answer}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).expect("there");
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let peak: u64 = peak.expect("there").trim().parse().expect("a number");
    assert!(peak < 40_000, "{peak} kB");
    assert_eq!(gateway.line().text(1, "echo", json!({"text": "here"})), "here");
}

#[test]
fn a_client_over_the_limit_is_told() {
    let gateway = Gateway::with(json!({"limits": {"clients": 2}, "servers": {"test": server("")}}));
    let kept = [gateway.line(), gateway.line()];
    let mut third = Line::new(gateway.connect());
    third.send("{}");
    assert!(third.raw().expect("told").contains("too many clients"));
    drop(kept);
    eventually("room again", || {
        let mut line = Line::new(gateway.connect());
        line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}));
        line.raw().is_some_and(|answer| answer.contains("result"))
    });
}

#[test]
fn more_calls_than_may_be_in_flight_wait_and_none_is_lost() {
    let gateway = Gateway::with(
        json!({"limits": {"queue": 4, "rate": "100000/s"}, "servers": {"test": server("")}}),
    );
    let mut line = gateway.line();
    for id in 0..100 {
        line.tool(id, "sleep", json!({"ms": 1}));
    }
    let mut ids: Vec<_> = (0..100).map(|_| line.next()["id"].as_u64().expect("an id")).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..100).collect::<Vec<_>>());
}

#[test]
fn a_message_nested_too_deeply_is_refused() {
    let gateway = Gateway::start();
    let mut line = gateway.line();
    let deep = "[".repeat(1000) + &"]".repeat(1000);
    line.send(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{deep}}}}}"#));
    assert_eq!(line.next()["error"]["code"], json!(-32600));
    assert_eq!(line.text(2, "echo", json!({"text": "[".repeat(1000)})), "[".repeat(1000));
}

#[test]
fn a_client_that_pings_is_not_idle_and_one_that_is_silent_is() {
    let gateway = Gateway::with(json!({"limits": {"idle": "1s"}, "servers": {"test": server("")}}));
    let mut silent = gateway.line();
    let mut alive = gateway.line();
    for id in 0..20 {
        alive.send(json!({"jsonrpc": "2.0", "id": id, "method": "ping"}));
        assert_eq!(alive.next()["id"], json!(id));
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    assert_eq!(silent.raw(), None);
    assert_eq!(alive.text("x", "echo", json!({"text": "here"})), "here");
}

#[test]
fn a_client_that_closes_only_its_half_gets_its_answers() {
    let gateway = Gateway::start();
    let mut line = Line::new(gateway.connect());
    line.send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}));
    line.tool(2, "sleep", json!({"ms": 300}));
    line.stream.shutdown(std::net::Shutdown::Write).expect("closed");
    assert_eq!(line.next()["id"], json!(1));
    assert_eq!(crate::support::text(&line.next()), "slept");
    assert_eq!(line.raw(), None);
}

#[test]
fn a_stream_of_events_that_is_closed_has_its_calls_cancelled() {
    let gateway = Gateway::start();
    let mut stream = gateway.connect();
    stream.write_all(b"GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(&stream));
    let endpoint = lines
        .find_map(|line| Some(line.expect("read").strip_prefix("data: ")?.to_owned()))
        .expect("an event");
    drop(lines);
    let body = crate::support::call(1, "never", json!({})).to_string();
    let posted =
        crate::support::request(gateway.address, "POST", &endpoint, &crate::support::JSON, &body);
    assert_eq!(posted.status, 202);
    eventually("in flight", || gateway.status()["servers"][0]["in_flight"] == json!(1));
    drop(stream);
    eventually("given up", || gateway.status()["servers"][0]["in_flight"] == json!(0));
    let seen = gateway.line().text(1, "cancelled", json!({}));
    assert_eq!(serde_json::from_str::<Vec<u64>>(&seen).expect("the server's ids").len(), 1);
    // The session went with its stream.
    let late =
        crate::support::request(gateway.address, "POST", &endpoint, &crate::support::JSON, &body);
    assert_eq!(late.status, 404);
}

#[test]
fn a_slow_start_is_waited_for_over_http() {
    let gateway = Gateway::unready(json!({"servers": {"test": server("slow")}}), &[]);
    let session = crate::support::Session::open(gateway.address, "/mcp", json!({}));
    assert_eq!(session.text(1, "echo", json!({"text": "here"})), "here");
}
