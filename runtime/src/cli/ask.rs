//! `mad-runtime mcp`: a call by hand.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use runtime_config::Mcp;
use serde_json::{Value, json};

use super::http::{Answer, http};

#[derive(Subcommand)]
pub enum Ask {
    /// List the tools of a server
    Tools { server: String },
    /// Call a tool
    Call {
        server: String,
        tool: String,
        /// A JSON object
        #[arg(default_value = "{}")]
        arguments: String,
    },
}

pub fn ask(config: &Mcp, ask: Ask) -> Result<ExitCode> {
    let (server, method, params) = match ask {
        Ask::Tools { server } => (server, "tools/list", json!({})),
        Ask::Call { server, tool, arguments } => {
            let arguments: Value = serde_json::from_str(&arguments)
                .with_context(|| format!("`{arguments}` is no JSON object"))?;
            if !arguments.is_object() {
                bail!("`{arguments}` is no JSON object");
            }
            (server, "tools/call", json!({"name": tool, "arguments": arguments}))
        }
    };
    if !config.servers.contains_key(&server) {
        let known: Vec<_> = config.servers.keys().map(String::as_str).collect();
        bail!("there is no server `{server}`; there is {}", known.join(", "));
    }
    let path = format!("/mcp/{server}");
    let opened = post(
        config,
        &path,
        None,
        "initialize",
        1,
        &json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "mad-runtime mcp", "version": env!("CARGO_PKG_VERSION")},
        }),
    )?;
    let session =
        opened.header("mcp-session-id").context("the gateway opened no session")?.to_owned();
    let answer = post(config, &path, Some(&session), method, 2, &params);
    http(config, "DELETE", &path, &[("Mcp-Session-Id", &session)], "").ok();
    let answer = message(&answer?, 2)?;
    if let Some(error) = answer.get("error") {
        eprintln!("error: {}", error["message"].as_str().unwrap_or("the server refused"));
        return Ok(ExitCode::FAILURE);
    }
    let result = &answer["result"];
    outln!("{}", serde_json::to_string_pretty(result)?);
    Ok(if result["isError"] == json!(true) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn post(
    config: &Mcp,
    path: &str,
    session: Option<&str>,
    method: &str,
    id: u32,
    params: &Value,
) -> Result<Answer> {
    let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
    let mut headers = vec![
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
    ];
    headers.extend(session.map(|session| ("Mcp-Session-Id", session)));
    let answer = http(config, "POST", path, &headers, &body)?;
    if answer.status >= 400 {
        bail!("the gateway answered {}: {}", answer.status, answer.body.trim());
    }
    Ok(answer)
}

/// The answer with this id, in a JSON body or among events.
fn message(answer: &Answer, id: u32) -> Result<Value> {
    let lines = answer.body.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
    lines
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|value| value["id"] == json!(id))
        .context("the gateway's answer holds no answer of the server")
}
