//! The clients that the old servers of the plan's image had: newline JSON on one port, text frames on the other.
//! They speak 2024-11-05, send no `notifications/initialized`, and some never initialise.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::support::{Gateway, Line, eventually, request, server, text};

const TOKEN: &str = "correct-horse-battery-staple";

/// With the two ports of the old servers, here free ones.
fn two_ports() -> Gateway {
    Gateway::with(json!({
        "listen": ["127.0.0.1:0", "127.0.0.1:0"], "servers": {"claude-flow": server("")}}))
}

fn initialize(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "initialize", "params": {
        "protocolVersion": "2024-11-05", "capabilities": {"tools": {"listChanged": true}},
        "clientInfo": {"name": "tcp-client", "version": "1.0.0"}}})
}

fn list(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/list", "params": {}})
}

fn echo(id: impl Into<Value>, text: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call",
           "params": {"name": "echo", "arguments": {"text": text}}})
}

#[track_caller]
fn is_introduction(answer: &Value, id: &Value) {
    assert_eq!(answer["id"], *id, "{answer}");
    assert_eq!(answer["result"]["protocolVersion"], json!("2024-11-05"), "{answer}");
    assert_eq!(answer["result"]["serverInfo"]["name"], json!("test"), "{answer}");
}

#[track_caller]
fn has_tools(answer: &Value, id: &Value) {
    assert_eq!(answer["id"], *id, "{answer}");
    assert_eq!(answer["result"]["tools"][0]["name"], json!("echo"), "{answer}");
}

/// A connection that only writes lines and reads lines.
fn raw(address: SocketAddr) -> Line {
    Line::new(TcpStream::connect(address).expect("a connection"))
}

fn socket(address: SocketAddr, authorization: Option<&str>) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let mut request = format!("ws://{address}").into_client_request().expect("a request");
    if let Some(value) = authorization {
        request.headers_mut().insert("Authorization", value.parse().expect("a header"));
    }
    client(request, stream).expect("upgraded").0
}

fn ask(socket: &mut WebSocket<TcpStream>, message: &Value) -> Value {
    socket.send(Message::text(message.to_string())).expect("sent");
    match socket.read().expect("a frame") {
        Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
        other => panic!("no text frame: {other:?}"),
    }
}

#[test]
fn the_old_raw_tcp_client_initialises_lists_calls_and_ends() {
    let gateway = two_ports();
    let mut line = raw(gateway.addresses[0]);
    line.send(initialize("init-1"));
    is_introduction(&line.next(), &json!("init-1"));
    line.send(list("list-1"));
    has_tools(&line.next(), &json!("list-1"));
    line.send(echo("call-1", "over TCP"));
    let answer = line.next();
    assert_eq!(answer["id"], json!("call-1"));
    assert_eq!(text(&answer), "over TCP");
    line.stream.shutdown(Shutdown::Write).expect("closed");
    assert_eq!(line.raw(), None);
}

#[test]
fn the_old_websocket_client_gets_a_text_frame_for_each_of_its_own() {
    let gateway = two_ports();
    let mut socket = socket(gateway.addresses[1], None);
    is_introduction(&ask(&mut socket, &initialize(1)), &json!(1));
    has_tools(&ask(&mut socket, &list(2)), &json!(2));
    assert_eq!(text(&ask(&mut socket, &echo(3, "over WebSocket"))), "over WebSocket");
    socket.close(None).expect("closing");
    while socket.read().is_ok() {}
    eventually("gone", || gateway.status()["clients"] == json!([]));
}

#[test]
fn old_clients_that_never_initialise_are_answered_on_both_ports() {
    let gateway = two_ports();
    let mut line = raw(gateway.addresses[0]);
    line.send(list("test"));
    has_tools(&line.next(), &json!("test"));
    line.send(echo("call", "at once"));
    assert_eq!(text(&line.next()), "at once");
    let mut socket = socket(gateway.addresses[1], None);
    has_tools(&ask(&mut socket, &list("test")), &json!("test"));
    assert_eq!(text(&ask(&mut socket, &echo("call", "at once"))), "at once");
}

/// `echo '{…"method":"tools/list","params":{}}' | nc localhost 9500`, where `nc` closes its half or waits.
#[test]
fn one_line_and_the_end_of_input_is_answered() {
    let gateway = two_ports();
    let hello = json!({"jsonrpc": "2.0", "id": "1", "method": "initialize", "params": {}});
    for (message, id) in [(list("test"), "test"), (hello, "1")] {
        let mut stream = TcpStream::connect(gateway.addresses[0]).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        stream.write_all(format!("{message}\n").as_bytes()).expect("written");
        stream.shutdown(Shutdown::Write).expect("closed");
        let mut all = String::new();
        stream.read_to_string(&mut all).expect("the connection ends");
        assert!(all.ends_with("}\n"), "{all:?}");
        let answer: Value = serde_json::from_str(&all).expect("one line");
        assert_eq!(answer["id"], json!(id));
        assert!(answer["result"].is_object(), "{answer}");
    }
}

#[test]
fn an_old_client_on_each_port_with_the_same_ids_gets_its_own_answers() {
    let gateway = two_ports();
    let mut line = raw(gateway.addresses[0]);
    let mut socket = socket(gateway.addresses[1], None);
    line.send(initialize(1));
    is_introduction(&line.next(), &json!(1));
    is_introduction(&ask(&mut socket, &initialize(1)), &json!(1));
    for id in 2..50 {
        line.send(echo(id, &format!("tcp {id}")));
        assert_eq!(text(&ask(&mut socket, &echo(id, &format!("ws {id}")))), format!("ws {id}"));
        assert_eq!(text(&line.next()), format!("tcp {id}"));
    }
    assert_eq!(gateway.status()["servers"][0]["restarts"], json!(0));
}

#[test]
fn old_clients_bring_the_token_as_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN).expect("written");
    let gateway = Gateway::unready(
        json!({"listen": ["127.0.0.1:0", "127.0.0.1:0"], "token": {"file": file},
               "servers": {"claude-flow": server("")}}),
        &[],
    );
    eventually("ready", || request(gateway.address, "GET", "/ready", &[], "").status == 200);
    let mut line = raw(gateway.addresses[0]);
    line.send(
        json!({"jsonrpc": "2.0", "id": 1, "method": "authenticate", "params": {"token": TOKEN}}),
    );
    assert_eq!(line.next(), json!({"jsonrpc": "2.0", "id": 1, "result": {"authenticated": true}}));
    line.send(initialize(2));
    is_introduction(&line.next(), &json!(2));
    let mut socket = socket(gateway.addresses[1], Some(&format!("Bearer {TOKEN}")));
    is_introduction(&ask(&mut socket, &initialize(1)), &json!(1));
    assert_eq!(text(&ask(&mut socket, &echo(2, "in"))), "in");
}
