//! WebSocket, as libraries use it and as they do not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

use crate::support::{Gateway, call, text};

pub struct Socket(WebSocket<TcpStream>);

pub fn connect(address: SocketAddr, path: &str) -> Socket {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let (socket, _) = client(format!("ws://{address}{path}"), stream).expect("upgraded");
    let mut socket = Socket(socket);
    socket.send(&json!({"jsonrpc": "2.0", "id": "i", "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}}}));
    assert_eq!(socket.next()["id"], json!("i"));
    socket
}

impl Socket {
    fn send(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).expect("sent");
    }

    fn next(&mut self) -> Value {
        loop {
            match self.0.read().expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    pub fn call(&mut self, id: u64, name: &str, arguments: Value) -> Value {
        self.send(&call(id, name, arguments));
        self.next()
    }
}

#[test]
fn a_message_in_fragments_and_one_in_a_binary_frame_are_messages() {
    let gateway = Gateway::start();
    let mut socket = connect(gateway.address, "/ws/test");
    let body = call(1, "echo", json!({"text": "ä in pieces"})).to_string().into_bytes();
    let last = body.len() - 1;
    for (index, byte) in body.into_iter().enumerate() {
        let code = if index == 0 { Data::Text } else { Data::Continue };
        let frame = Frame::message(vec![byte], OpCode::Data(code), index == last);
        socket.0.send(Message::Frame(frame)).expect("sent");
    }
    assert_eq!(text(&socket.next()), "ä in pieces");
    socket
        .0
        .send(Message::binary(call(2, "echo", json!({"text": "binary"})).to_string()))
        .expect("sent");
    assert_eq!(text(&socket.next()), "binary");
}

#[test]
fn a_message_over_several_lines_reaches_the_server_as_one() {
    let gateway = Gateway::start();
    let mut socket = connect(gateway.address, "/");
    let pretty =
        serde_json::to_string_pretty(&call(1, "echo", json!({"text": "a\nb"}))).expect("JSON");
    socket.0.send(Message::text(pretty)).expect("sent");
    assert_eq!(text(&socket.next()), "a\nb");
}

#[test]
fn a_flood_of_pings_is_answered_and_harms_nobody() {
    let gateway = Gateway::start();
    let mut socket = connect(gateway.address, "/");
    for _ in 0..2_000 {
        socket.0.write(Message::Ping(Default::default())).expect("sent");
    }
    socket.0.flush().expect("sent");
    assert_eq!(text(&socket.call(1, "echo", json!({"text": "after"}))), "after");
}

#[test]
fn a_frame_over_the_limit_closes_its_connection_alone() {
    let gateway = Gateway::with(
        json!({"limits": {"message": "64KiB"}, "servers": {"test": crate::support::server("")}}),
    );
    let (mut large, mut other) = (connect(gateway.address, "/"), connect(gateway.address, "/"));
    large.0.send(Message::text("x".repeat(70_000))).ok();
    while large.0.read().is_ok_and(|message| !message.is_close()) {}
    assert_eq!(text(&other.call(1, "echo", json!({"text": "here"}))), "here");
}

#[test]
fn bytes_that_are_no_frame_close_the_connection() {
    let gateway = Gateway::start();
    let mut socket = connect(gateway.address, "/");
    let stream = socket.0.get_mut();
    stream.write_all(&[0xff; 64]).expect("written");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).ok();
    assert_eq!(gateway.line().text(1, "echo", json!({"text": "here"})), "here");
}

#[test]
fn an_upgrade_with_a_body_is_refused_and_holds_no_connection() {
    let gateway = Gateway::start();
    for framing in ["Content-Length: 57", "Transfer-Encoding: chunked"] {
        let mut stream = gateway.connect();
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{framing}\r\n\r\nshort"
        )
        .expect("written");
        stream.shutdown(std::net::Shutdown::Write).expect("closed");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the connection ends");
        assert!(answer.starts_with("HTTP/1.1 400"), "{framing}: {answer}");
    }
}

#[test]
fn an_upgrade_that_is_none_of_websocket_13_is_refused_and_an_extension_is_not_taken() {
    let gateway = Gateway::start();
    let ask = |version: &str, key: &str| {
        let mut stream = gateway.connect();
        write!(
            stream,
            "GET /ws {version}\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
        )
        .expect("written");
        let mut answer = [0; 1024];
        let count = stream.read(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer[..count]).to_lowercase()
    };
    let right = "dGhlIHNhbXBsZSBub25jZQ==";
    let taken = ask("HTTP/1.1", right);
    assert!(taken.starts_with("http/1.1 101") && !taken.contains("extensions"), "{taken}");
    assert!(ask("HTTP/1.1", "short").starts_with("http/1.1 400"));
    assert!(ask("HTTP/1.0", right).starts_with("http/1.0 426"));
}
