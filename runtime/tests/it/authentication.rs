//! The token, and who does not have it.

use std::path::Path;

use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, client};

use crate::support::{Gateway, JSON, Line, eventually, request, server};

const TOKEN: &str = "correct-horse-battery-staple";

fn guarded(folder: &Path) -> Gateway {
    let file = folder.join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).expect("written");
    let gateway = Gateway::unready(
        json!({"token": {"file": file}, "servers": {"test": server("")}, "limits": {"clients": 8}}),
        &[],
    );
    eventually("ready", || request(gateway.address, "GET", "/ready", &[], "").status == 200);
    gateway
}

fn initialize() -> String {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}}}).to_string()
}

#[test]
fn without_the_token_there_is_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    for (method, path) in [
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("GET", "/sse"),
        ("GET", "/status"),
        ("GET", "/metrics"),
        ("POST", "/messages?sessionId=x"),
    ] {
        assert_eq!(
            request(gateway.address, method, path, &JSON, &initialize()).status,
            401,
            "{method} {path}"
        );
    }
    let mut with = JSON.to_vec();
    let bearer = format!("Bearer {TOKEN}");
    with.push(("Authorization", &bearer));
    assert_eq!(request(gateway.address, "POST", "/mcp", &with, &initialize()).status, 200);
    assert!(!gateway.log().contains(TOKEN));
}

#[test]
fn a_raw_stream_authenticates_with_its_first_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let mut line = Line::new(gateway.connect());
    line.send(json!({"jsonrpc": "2.0", "id": "auth", "method": "authenticate", "params": {"token": TOKEN}}));
    assert_eq!(line.next()["result"]["authenticated"], json!(true));
    line.initialize(json!({}));
    assert_eq!(line.text(1, "echo", json!({"text": "in"})), "in");
}

/// As browsers do, tungstenite takes no answer without a subprotocol where some were offered.
#[test]
fn a_page_authenticates_with_a_subprotocol_and_gets_one_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let bearer = format!("bearer.{TOKEN}");
    for (offered, chosen) in [
        (bearer.clone(), &*bearer),
        (format!("mcp, {bearer}"), "mcp"),
        (format!("{bearer}, mcp"), "mcp"),
    ] {
        let address = format!("ws://{}/", gateway.address);
        let mut upgrade = address.into_client_request().expect("a request");
        let offered = offered.parse().expect("a header");
        upgrade.headers_mut().insert("Sec-WebSocket-Protocol", offered);
        let (mut socket, response) = client(upgrade, gateway.connect()).expect("upgraded");
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], chosen);
        socket.send(Message::text(initialize())).expect("sent");
        let answer = socket.read().expect("a frame").into_text().expect("text");
        assert!(answer.contains("serverInfo"), "{answer}");
    }
    assert!(!gateway.log().contains(TOKEN));
}

#[test]
fn a_request_before_authentication_is_refused_and_the_stream_closed() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let mut line = Line::new(gateway.connect());
    line.send(initialize());
    let refused = line.next();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(0), &json!(-32001)));
    assert_eq!(line.raw(), None);
}

#[test]
fn ten_thousand_wrong_tokens_open_nothing_and_lock_out_only_the_guesser() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let bearer = format!("Bearer {TOKEN}");
    let mut with = JSON.to_vec();
    with.push(("Authorization", &bearer));
    let session = request(gateway.address, "POST", "/mcp", &with, &initialize());
    assert_eq!(session.status, 200);

    use std::io::{Read, Write};
    let mut stream = gateway.connect();
    let guess = "GET /status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer guess\r\n\r\n";
    let writer = {
        let mut stream = stream.try_clone().expect("cloned");
        std::thread::spawn(move || {
            for _ in 0..9_999 {
                stream.write_all(guess.as_bytes()).expect("written");
            }
            let last = guess.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
            stream.write_all(last.as_bytes()).expect("written");
        })
    };
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("read");
    writer.join().expect("written");
    let count = |status: &str| all.matches(&format!("HTTP/1.1 {status}")).count();
    assert_eq!((count("401"), count("429"), count("200")), (10, 9_990, 0));
    // The right token from there waits too; from elsewhere it does not.
    assert_eq!(request(gateway.address, "POST", "/mcp", &with, &initialize()).status, 429);
    let elsewhere = socket_from("127.0.0.2", gateway.address);
    let mut line = Line::new(elsewhere);
    line.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"token": TOKEN}}),
    );
    assert_eq!(line.next()["result"]["authenticated"], json!(true));
}

fn socket_from(source: &str, to: std::net::SocketAddr) -> std::net::TcpStream {
    let socket =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let source: std::net::SocketAddr = format!("{source}:0").parse().expect("an address");
    socket.bind(&source.into()).expect("bound");
    socket.connect(&to.into()).expect("connected");
    socket.into()
}

#[test]
fn a_websocket_authenticates_with_its_first_message_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let stream = gateway.connect();
    let (mut socket, _) =
        tokio_tungstenite::tungstenite::client(format!("ws://{}/", gateway.address), stream)
            .expect("upgraded");
    let mut say = |text: String| {
        socket.send(text.into()).expect("sent");
        socket.read().expect("a frame").into_text().expect("text").to_string()
    };
    let first =
        json!({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"token": TOKEN}});
    assert!(say(first.to_string()).contains("authenticated"));
    assert!(say(initialize()).contains("serverInfo"));
}

#[test]
fn a_session_ends_with_the_token_that_made_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let gateway = guarded(folder.path());
    let other = "another-token-for-the-same-gateway";
    let headers = |token: &str, id: Option<&str>| {
        let mut headers: Vec<(String, String)> =
            JSON.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        headers.push(("Authorization".into(), format!("Bearer {token}")));
        headers.extend(id.map(|id| ("Mcp-Session-Id".into(), id.into())));
        headers
    };
    let post = |token: &str, id: Option<&str>, body: &str| {
        let headers = headers(token, id);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        request(gateway.address, "POST", "/mcp", &headers, body)
    };
    let opened = post(TOKEN, None, &initialize());
    let id = opened.header("mcp-session-id").expect("a session").to_owned();
    let mut line = Line::new(gateway.connect());
    line.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"token": TOKEN}}),
    );
    line.next();
    std::fs::write(folder.path().join("token"), other).expect("written");
    gateway.signal("-HUP");
    eventually("read again", || gateway.log().contains("another token"));
    assert_eq!(line.raw(), None);
    let call = crate::support::call(1, "echo", json!({"text": "x"})).to_string();
    assert_eq!(post(TOKEN, Some(&id), &call).status, 401);
    assert_eq!(post(other, Some(&id), &call).status, 404);
    assert_eq!(post(other, None, &initialize()).status, 200);
}
