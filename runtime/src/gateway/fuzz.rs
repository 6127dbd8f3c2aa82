//! What the fuzz targets call: any bytes as a stream of lines, and any bytes as a connection over HTTP.
//!
//! Both check more than that nothing panics. Lines are compared with a second, simple reading of the same
//! bytes; over HTTP nothing behind the token may be answered.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use runtime_config::RuntimeConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

use super::frame::{self, Kind, Message, deeper_than, id_key};
use super::http;
use super::hub::Hub;
use super::lines::{Line, Lines};

const LIMIT: usize = 64;
const TOKEN: &str = "correct-horse-battery-staple";

/// A stream that gives its bytes in pieces of one size.
struct Pieces<'a>(&'a [u8], usize);

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = self.1.min(self.0.len()).min(buffer.remaining());
        let (now, rest) = self.0.split_at(count);
        buffer.put_slice(now);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

/// The first byte is the size of the pieces, the rest is the stream.
pub fn framing(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    let expected = simple(bytes);
    let mut found = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("no driver");
    runtime.block_on(async {
        let mut lines = Lines::new(Pieces(bytes, usize::from(*size).max(1)), LIMIT);
        while let Some(line) = lines.next().await.expect("no error") {
            found.push(match line {
                Line::Text(text) => Some(text),
                Line::TooLong => None,
            });
        }
    });
    let last_is_open = !bytes.is_empty() && bytes.last() != Some(&b'\n');
    if last_is_open && found.len() > expected.len() {
        // The last line was over the limit before its end came.
        assert_eq!(found.pop(), Some(None));
    }
    let plain: Vec<Option<&[u8]>> = found.iter().map(Option::as_deref).collect();
    assert_eq!(plain, expected);
    found.iter().flatten().for_each(|text| message(text));
    message(bytes);
}

/// The same lines, with everything in memory.
fn simple(bytes: &[u8]) -> Vec<Option<&[u8]>> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    lines.pop();
    let lines = lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.map(|line| (line.len() <= LIMIT).then_some(line)).collect()
}

/// A message, and its text with an id replaced and put back.
fn message(text: &[u8]) {
    deeper_than(text, 8);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(message) = Message::parse(text) else { return };
    let Some(id) = message.id else { return };
    assert!(serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
    let changed = message.with(&mut [(id, "12345")]);
    let changed = std::str::from_utf8(&changed).expect("still UTF-8");
    let again = Message::parse(changed).unwrap_or_else(|_| panic!("still a message: {changed}"));
    assert_eq!((again.kind, &again.method), (message.kind, &message.method));
    let own = again.id.expect("there");
    assert_eq!(own.get(), "12345");
    assert_eq!(again.with(&mut [(own, id.get())]), text.as_bytes());
    if message.kind == Kind::Request && id_key(id).is_some() {
        let progress = message.asks_progress().ok().flatten();
        progress.map(|token| message.with(&mut [(id, "1"), (token, "2")]));
    }
    assert!(!frame::one_line(bytes::Bytes::copy_from_slice(text.as_bytes())).contains(&b'\n'));
}

thread_local! {
    static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
    );
}

/// The bytes as all that a client without the token sends, and then as all that one sends who needs none.
pub fn http(data: &[u8]) {
    RUNTIME.with_borrow(|runtime| {
        for guarded in [true, false] {
            let local = LocalSet::new();
            let answer = local.block_on(runtime, exchange(data, guarded));
            let text = String::from_utf8_lossy(&answer);
            assert!(answer.is_empty() || text.starts_with("HTTP/1."), "{text}");
            if guarded {
                assert!(!text.contains("mad_mcp") && !text.contains("reached"), "{text}");
            }
        }
    });
}

async fn exchange(data: &[u8], guarded: bool) -> Vec<u8> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    spawn_local(server(listener));
    let text = format!(
        r#"{{"mcp":{{"listen":["127.0.0.1:0"],"limits":{{"message":"4KiB"}},
            "servers":{{"test":{{"connect":"127.0.0.1:{port}","start_timeout":"30s"}}}}}}}}"#
    );
    let config = RuntimeConfig::parse(&text).expect("a configuration").mcp.expect("there");
    let hub = Hub::new(config, guarded.then_some(TOKEN));
    for server in hub.servers.values() {
        server.start();
        server.introduction().await.expect("it answers");
    }
    let (mut near, far) = tokio::io::duplex(64 << 10);
    let served = spawn_local(http::serve(hub.clone(), far, IpAddr::V4(Ipv4Addr::LOCALHOST)));
    near.write_all(data).await.ok();
    let mut answer = Vec::new();
    let read = async {
        near.shutdown().await.ok();
        near.read_to_end(&mut answer).await.ok();
    };
    // Streams of events have no end.
    timeout(Duration::from_millis(20), read).await.ok();
    drop(near);
    // With bytes of a next request unread, the end of the client shows at the next comment, after 15 s.
    timeout(Duration::from_secs(20), served).await.expect("the connection ends").ok();
    hub.servers.values().for_each(|server| server.stop.set());
    for server in hub.servers.values() {
        server.stopped.wait().await;
    }
    assert!(Rc::strong_count(&hub) > 0);
    answer
}

/// Answers everything.
async fn server(listener: TcpListener) {
    let Ok((stream, _)) = listener.accept().await else { return };
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(message) = Message::parse(&line)
            && let Some(id) = message.id
        {
            let result = r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"reached","version":"1"}}"#;
            let mut answer = frame::result(id.get(), result).to_vec();
            answer.push(b'\n');
            if write.write_all(&answer).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    /// The targets' own tests: each seed once.
    #[test]
    fn the_seeds_of_the_fuzz_targets_hold() {
        for data in [
            &b"\x03{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{\"progressToken\":1}}}\n"[..],
            b"\x01a\r\n\n0123456789012345678901234567890123456789012345678901234567890123456789\nx",
            b"\xff0123456789012345678901234567890123456789012345678901234567890123456789",
            b"",
        ] {
            super::framing(data);
        }
        for data in [
            &b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
            b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 57\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\0\0\0\0hello",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 57\r\n\r\nshort",
            b"GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            super::http(data);
        }
    }
}
