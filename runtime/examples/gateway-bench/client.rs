//! One client, on any transport.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Result;

#[derive(Clone, Copy)]
pub enum Kind {
    Line,
    WebSocket,
    Http,
}

pub enum Client {
    Line(BufReader<TcpStream>),
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Http { stream: BufReader<TcpStream>, session: String },
}

impl Client {
    /// Connected and initialised.
    pub async fn connect(address: SocketAddr, kind: Kind) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // The default of 128 KiB is filled with zeros for each read.
        let config = WebSocketConfig::default().read_buffer_size(4 << 10);
        let mut client = match kind {
            Kind::Line => Self::Line(BufReader::new(stream)),
            Kind::WebSocket => Self::WebSocket(Box::new(
                client_async_with_config(format!("ws://{address}/"), stream, Some(config)).await?.0,
            )),
            Kind::Http => Self::Http { stream: BufReader::new(stream), session: String::new() },
        };
        let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "b", "version": "1"}}});
        client.ask(&initialize.to_string()).await?;
        Ok(client)
    }

    /// One request, and the text of its answer.
    pub async fn ask(&mut self, body: &str) -> Result<String> {
        if let Self::Http { .. } = self {
            return self.post(body).await;
        }
        self.send(body).await?;
        self.next().await
    }

    /// Sends without waiting; not over HTTP.
    pub async fn send(&mut self, body: &str) -> Result<()> {
        match self {
            Self::Line(stream) => {
                stream.get_mut().write_all(format!("{body}\n").as_bytes()).await?
            }
            Self::WebSocket(socket) => socket.send(Message::text(body)).await?,
            Self::Http { .. } => return Err("HTTP answers each request".into()),
        }
        Ok(())
    }

    pub async fn next(&mut self) -> Result<String> {
        match self {
            Self::Line(stream) => {
                let mut line = String::new();
                match stream.read_line(&mut line).await? {
                    0 => Err("closed".into()),
                    _ => Ok(line),
                }
            }
            Self::WebSocket(socket) => loop {
                match socket.next().await.ok_or("closed")?? {
                    Message::Text(text) => return Ok(text.to_string()),
                    Message::Close(_) => return Err("closed".into()),
                    _ => {}
                }
            },
            Self::Http { .. } => Err("HTTP answers each request".into()),
        }
    }

    async fn post(&mut self, body: &str) -> Result<String> {
        let Self::Http { stream, session } = self else { return Err("not HTTP".into()) };
        let header = match session.as_str() {
            "" => String::new(),
            session => format!("Mcp-Session-Id: {session}\r\n"),
        };
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n{header}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Err("closed".into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let lower = line.to_ascii_lowercase();
            chunked |= lower == "transfer-encoding: chunked";
            let line = if lower.starts_with("mcp-session-id") {
                line.replacen("Mcp-Session-Id", "mcp-session-id", 1)
            } else {
                lower
            };
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse()?;
            } else if let Some(value) = line.strip_prefix("mcp-session-id: ") {
                *session = value.to_owned();
            }
        }
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).await?;
        while chunked {
            let mut size = String::new();
            stream.read_line(&mut size).await?;
            let size = usize::from_str_radix(size.trim(), 16)?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).await?;
            chunked = size > 0;
            bytes.extend(&chunk[..size]);
        }
        let text = String::from_utf8(bytes)?;
        // As an event, or as it is.
        Ok(text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(&text).to_owned())
    }
}

pub fn echo(id: usize, text: &str) -> String {
    call(id, "echo", text)
}

pub fn call(id: usize, tool: &str, text: &str) -> String {
    let params = json!({"name": tool, "arguments": {"text": text}});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}).to_string()
}

/// What the answer to an echo says, or nothing for an error.
pub fn echoed(answer: &str) -> Option<(usize, String)> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    let text = answer["result"]["content"][0]["text"].as_str()?.to_owned();
    Some((answer["id"].as_u64()? as usize, text))
}
