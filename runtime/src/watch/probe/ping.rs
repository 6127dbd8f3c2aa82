//! JSON-RPC's `ping`: a program that answers, and be it with an error, is alive.

use bytes::Bytes;
use hyper::Request;
use runtime_config::services::Target;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::address::{body, connect, send};

const REQUEST: &str = r#"{"jsonrpc":"2.0","id":"mad-runtime","method":"ping"}"#;
const LONGEST: u64 = 1 << 20;

pub async fn ping(target: &Target) -> Result<(), String> {
    match &target.path {
        None => on_a_line(target).await,
        Some(path) => over_http(target, path).await,
    }
}

async fn on_a_line(target: &Target) -> Result<(), String> {
    let mut stream = connect(target).await?;
    let line = format!("{REQUEST}\n");
    stream.write_all(line.as_bytes()).await.map_err(|error| format!("`{target}`: {error}"))?;
    let mut lines = BufReader::new(stream.take(LONGEST)).lines();
    // Notifications may come first.
    while let Ok(Some(line)) = lines.next_line().await {
        if is_answer(&line) {
            return Ok(());
        }
    }
    Err(format!("`{target}` gave no answer of JSON-RPC"))
}

async fn over_http(target: &Target, path: &str) -> Result<(), String> {
    let request = Request::post(path)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream");
    let answered = send(target, request, Bytes::from_static(REQUEST.as_bytes())).await?;
    let status = answered.status();
    let body = body(answered).await?;
    let body = String::from_utf8_lossy(&body);
    let mut lines = body.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
    if is_answer(&body) || lines.any(is_answer) {
        return Ok(());
    }
    Err(format!("`{target}` answered {status}, and no JSON-RPC"))
}

fn is_answer(text: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
    value["jsonrpc"] == "2.0" && (value.get("result").is_some() || value.get("error").is_some())
}
