use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::line::{call, text};

pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The messages of an event stream.
    pub fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter_map(|data| serde_json::from_str(data).ok()).collect()
    }
}

/// One request over a connection of its own.
#[track_caller]
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    exchange(address, text.as_bytes())
}

/// These bytes, and the response until the end of the connection.
#[track_caller]
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.write_all(bytes).expect("written");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("read");
    parse(&String::from_utf8(all).expect("UTF-8"))
}

#[track_caller]
pub fn parse(all: &str) -> Response {
    let (head, body) = all.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no response: {all:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Response { status, head: head.to_owned(), body }
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || rest.len() < size {
            break;
        }
        text.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    text
}

/// A client on streamable HTTP, initialised.
pub struct Session {
    pub address: SocketAddr,
    pub path: String,
    pub id: String,
}

pub const JSON: [(&str, &str); 2] =
    [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")];

impl Session {
    #[track_caller]
    pub fn open(address: SocketAddr, path: &str, capabilities: Value) -> Self {
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}}});
        let response = request(address, "POST", path, &JSON, &body.to_string());
        assert_eq!(response.status, 200, "{}", response.body);
        let id = response.header("mcp-session-id").expect("a session").to_owned();
        Self { address, path: path.to_owned(), id }
    }

    #[track_caller]
    pub fn post(&self, body: &Value) -> Response {
        let mut headers = JSON.to_vec();
        headers.push(("Mcp-Session-Id", &self.id));
        request(self.address, "POST", &self.path, &headers, &body.to_string())
    }

    #[track_caller]
    pub fn text(&self, id: impl Into<Value>, name: &str, arguments: Value) -> String {
        let response = self.post(&call(id, name, arguments));
        match response.events().last() {
            Some(answer) => text(answer),
            None => text(&response.json()),
        }
    }
}
