//! Streamable HTTP and the older HTTP+SSE, well and badly used.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::{Value, json};

use crate::support::{Gateway, JSON, Session, call, exchange, parse, request, text};

fn initialize() -> String {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}}})
    .to_string()
}

#[test]
fn a_stale_session_is_not_found_and_initialize_with_it_opens_a_new_one() {
    let gateway = Gateway::start();
    let stale =
        Session { address: gateway.address, path: "/mcp".into(), id: "0123456789abcdef".into() };
    assert_eq!(stale.post(&call(1, "echo", json!({"text": "x"}))).status, 404);
    let opened = stale.post(&serde_json::from_str(&initialize()).expect("JSON"));
    assert_eq!(opened.status, 200);
    assert!(opened.header("mcp-session-id").is_some_and(|id| id != stale.id));
    let none =
        request(gateway.address, "POST", "/mcp", &JSON, &call(1, "echo", json!({})).to_string());
    assert_eq!(none.status, 400);
}

#[test]
fn a_session_that_was_deleted_is_gone() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({}));
    let id = [("Mcp-Session-Id", &*session.id)];
    assert_eq!(request(gateway.address, "DELETE", "/mcp", &id, "").status, 204);
    assert_eq!(session.post(&call(1, "echo", json!({}))).status, 404);
    assert_eq!(gateway.status()["clients"], json!([]));
}

#[test]
fn a_foreign_origin_or_host_is_refused_on_every_way_in() {
    let gateway = Gateway::start();
    let upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for foreign in [
        ("Origin", "https://evil.example"),
        ("Host", "evil.example"),
        ("Host", "evil.example:80"),
        ("Origin", "null"),
    ] {
        for (method, path, mut headers) in [
            ("POST", "/mcp", JSON.to_vec()),
            ("GET", "/mcp", vec![("Accept", "text/event-stream")]),
            ("GET", "/sse", vec![]),
            ("GET", "/", upgrade.to_vec()),
            ("POST", "/messages?sessionId=1", JSON.to_vec()),
            ("GET", "/metrics", vec![]),
            ("DELETE", "/mcp", vec![]),
        ] {
            headers.push(foreign);
            let response = request(gateway.address, method, path, &headers, &initialize());
            assert_eq!(response.status, 403, "{method} {path} {foreign:?}");
        }
    }
    let mut own = JSON.to_vec();
    own.push(("Origin", "http://localhost:5173"));
    assert_eq!(request(gateway.address, "POST", "/mcp", &own, &initialize()).status, 200);
}

#[test]
fn an_origin_that_is_configured_is_let_in() {
    let gateway = Gateway::with(
        json!({"origins": ["https://good.example"], "servers": {"test": crate::support::server("")}}),
    );
    let mut headers = JSON.to_vec();
    headers.push(("Origin", "https://good.example"));
    assert_eq!(request(gateway.address, "POST", "/mcp", &headers, &initialize()).status, 200);
}

#[test]
fn a_body_in_chunks_and_one_that_waits_for_continue_are_taken() {
    let gateway = Gateway::start();
    let body = initialize();
    let (left, right) = body.split_at(10);
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{left}\r\n{:x}\r\n{right}\r\n0\r\n\r\n",
        left.len(),
        right.len()
    );
    assert_eq!(exchange(gateway.address, chunked.as_bytes()).status, 200);

    let mut stream = gateway.connect();
    write!(stream, "{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", body.len())
        .expect("written");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("told to go on");
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));
    stream.write_all(body.as_bytes()).expect("written");
    let mut rest = String::new();
    stream.read_to_string(&mut rest).expect("read");
    assert_eq!(parse(&rest).status, 200);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({}));
    let mut all = String::new();
    for id in 0..10 {
        let body = call(id, "echo", json!({"text": id.to_string()})).to_string();
        let close = if id == 9 { "Connection: close\r\n" } else { "" };
        all += &format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\n{close}Content-Type: application/json\r\nMcp-Session-Id: {}\r\nContent-Length: {}\r\n\r\n{body}",
            session.id,
            body.len()
        );
    }
    let mut stream = gateway.connect();
    stream.write_all(all.as_bytes()).expect("written");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).expect("read");
    let ids: Vec<u64> = answers
        .split("\r\n\r\n")
        .skip(1)
        .filter_map(|part| {
            let end = part.find("HTTP/1.1").unwrap_or(part.len());
            serde_json::from_str::<Value>(&part[..end]).ok()?["id"].as_u64()
        })
        .collect();
    assert_eq!(ids, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_request_with_two_lengths_is_no_request() {
    let gateway = Gateway::start();
    let hidden = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for framing in [
        "Content-Length: 0\r\nContent-Length: 44\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: +44\r\n",
    ] {
        let bytes = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n{hidden}"
        );
        let mut stream = gateway.connect();
        stream.write_all(bytes.as_bytes()).expect("written");
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut all = String::new();
        stream.read_to_string(&mut all).ok();
        assert!(!all.contains("mad_mcp"), "{framing}: the hidden request was answered: {all}");
    }
    assert_eq!(request(gateway.address, "GET", "/health", &[], "").status, 200);
}

#[test]
fn what_is_no_json_or_too_large_has_a_status_that_says_so() {
    let gateway = Gateway::with(
        json!({"limits": {"message": "4KiB"}, "servers": {"test": crate::support::server("")}}),
    );
    let post = |headers: &[(&str, &str)], body: &str| {
        request(gateway.address, "POST", "/mcp", headers, body).status
    };
    assert_eq!(post(&JSON, "{"), 400);
    assert_eq!(post(&JSON, "[]"), 400);
    assert_eq!(post(&[("Content-Type", "text/plain")], &initialize()), 415);
    assert_eq!(post(&[JSON[0], ("Accept", "text/html")], &initialize()), 406);
    assert_eq!(post(&JSON, &format!("\"{}\"", "x".repeat(5000))), 413);
    assert_eq!(request(gateway.address, "POST", "/mcp/nobody", &JSON, &initialize()).status, 404);
    assert_eq!(request(gateway.address, "PUT", "/mcp", &[], "").status, 405);
}

#[test]
fn news_wait_for_a_session_that_has_no_stream_open() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({}));
    assert_eq!(session.text(1, "change", json!({})), "changed");
    let mut stream = gateway.connect();
    write!(
        stream,
        "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nMcp-Session-Id: {}\r\n\r\n",
        session.id
    )
    .expect("written");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("tools/list_changed")));
}

#[test]
fn the_older_transport_answers_on_its_stream() {
    let gateway = Gateway::start();
    let mut stream = gateway.connect();
    stream.write_all(b"GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let mut data =
        || lines.find_map(|line| Some(line.strip_prefix("data: ")?.to_owned())).expect("an event");
    let endpoint = data();
    for (body, answer) in [
        (initialize(), "serverInfo"),
        (call("x", "echo", json!({"text": "over events"})).to_string(), "over events"),
    ] {
        assert_eq!(request(gateway.address, "POST", &endpoint, &JSON, &body).status, 202);
        assert!(data().contains(answer));
    }
    assert_eq!(gateway.status()["clients"][0]["transport"], json!("sse"));
}

#[test]
fn one_port_is_for_every_transport_and_all_see_one_server() {
    let gateway = Gateway::start();
    let pid = gateway.line().text(1, "pid", json!({}));
    assert_eq!(Session::open(gateway.address, "/mcp", json!({})).text(1, "pid", json!({})), pid);
    let mut socket = crate::websocket::connect(gateway.address, "/");
    assert_eq!(text(&socket.call(1, "pid", json!({}))), pid);
}

#[test]
fn a_session_is_of_the_server_that_it_was_opened_at() {
    let gateway = Gateway::with(json!({"default": "a", "servers": {
        "a": crate::support::server(""), "b": crate::support::server("")}}));
    let session = Session::open(gateway.address, "/mcp/a", json!({}));
    let id = [&JSON[..], &[("Mcp-Session-Id", &*session.id)]].concat();
    let body = call(1, "pid", json!({})).to_string();
    let post = |path: &str| request(gateway.address, "POST", path, &id, &body).status;
    // Two paths of one server, another server, all of them.
    assert_eq!([post("/mcp"), post("/mcp/a")], [200, 200]);
    assert_eq!([post("/mcp/b"), post("/mcp/_all")], [404, 404]);
    assert_eq!(request(gateway.address, "GET", "/mcp/b", &id, "").status, 404);
    assert_eq!(request(gateway.address, "DELETE", "/mcp/b", &id, "").status, 404);
    assert_eq!(post("/mcp/a"), 200);
}

#[test]
fn a_page_of_an_allowed_origin_may_ask_and_read_and_another_may_not() {
    let gateway = Gateway::with(json!({
        "origins": ["https://good.example"], "servers": {"test": crate::support::server("")}}));
    let ask = |origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,mcp-session-id"),
            ("Access-Control-Request-Private-Network", "true"),
        ];
        request(gateway.address, "OPTIONS", "/mcp", &headers, "")
    };
    for origin in ["https://good.example", "http://localhost:3000"] {
        let told = ask(origin);
        assert_eq!(told.status, 204, "{origin}");
        assert_eq!(told.header("access-control-allow-origin"), Some(origin));
        assert_eq!(told.header("access-control-allow-methods"), Some("GET, POST, DELETE"));
        assert_eq!(
            told.header("access-control-allow-headers"),
            Some("content-type,mcp-session-id")
        );
        assert_eq!(told.header("access-control-allow-private-network"), Some("true"));
        assert_eq!(told.header("vary"), Some("origin"));
        let headers = [&JSON[..], &[("Origin", origin)]].concat();
        let answer = request(gateway.address, "POST", "/mcp", &headers, &initialize());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert!(
            answer
                .header("access-control-expose-headers")
                .is_some_and(|names| names.contains("mcp-session-id"))
        );
    }
    let told = ask("https://evil.example");
    assert_eq!((told.status, told.header("access-control-allow-origin")), (403, None));
    // Who is no page is told nothing of pages.
    let plain = request(gateway.address, "POST", "/mcp", &JSON, &initialize());
    assert_eq!(plain.header("access-control-allow-origin"), None);
    assert_eq!(request(gateway.address, "OPTIONS", "/mcp", &[], "").status, 405);
}

#[test]
fn what_other_programs_send_is_taken_or_has_a_status_that_says_why_not() {
    let gateway = Gateway::start();
    let session = Session::open(gateway.address, "/mcp", json!({}));
    let body = call(1, "echo", json!({"text": "x"})).to_string();
    let send = |line: &str, headers: &str, body: &str| {
        let text = format!(
            "{line}\r\nConnection: close\r\nContent-Type: application/json\r\nMcp-Session-Id: {}\r\n{headers}\r\n{body}",
            session.id
        );
        exchange(gateway.address, text.as_bytes()).status
    };
    let host = "Host: localhost\r\n";
    let length = format!("{host}Content-Length: {}\r\n", body.len());
    for (line, headers, body, status) in [
        ("POST /mcp HTTP/1.0", length.clone(), body.clone(), 200),
        ("POST http://localhost/mcp HTTP/1.1", length.clone(), body.clone(), 200),
        // The name in the target counts, not the one beside it.
        ("POST http://evil.example/mcp HTTP/1.1", length.clone(), body.clone(), 403),
        ("POST /mcp HTTP/1.1", format!("{length}Content-Encoding: gzip\r\n"), body.clone(), 415),
        (
            "POST /mcp HTTP/1.1",
            format!("{host}Transfer-Encoding: chunked\r\n"),
            format!("{:x};name=\"value\"\r\n{body}\r\n0\r\nX-Trailer: x\r\n\r\n", body.len()),
            200,
        ),
        ("POST /mcp/../health HTTP/1.1", length.clone(), body.clone(), 404),
        ("HEAD /health HTTP/1.1", host.to_owned(), String::new(), 200),
        ("HEAD /ready HTTP/1.1", host.to_owned(), String::new(), 200),
        ("HEAD /mcp HTTP/1.1", host.to_owned(), String::new(), 405),
        ("PUT /mcp HTTP/1.1", length.clone(), body.clone(), 405),
    ] {
        assert_eq!(send(line, &headers, &body), status, "{line} {headers}");
    }
}
