//! `mad-runtime status`, and the small HTTP client that it needs.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use runtime_config::Mcp;

use crate::gateway::{Status, read_token};

pub fn status(config: &Mcp, as_json: bool) -> Result<()> {
    let answer = http(config, "GET", "/status", &[], "")?;
    if answer.status != 200 {
        bail!("the gateway answered {}: {}", answer.status, answer.body.trim());
    }
    if as_json {
        println!("{}", answer.body);
        return Ok(());
    }
    print!("{}", table(&serde_json::from_str(&answer.body).context("the gateway's status")?));
    Ok(())
}

fn table(status: &Status) -> String {
    let mut rows = vec![
        [
            "SERVER",
            "STATE",
            "PID",
            "UP",
            "RESTARTS",
            "IN FLIGHT",
            "WAITING",
            "ANSWERS",
            "P50",
            "P99",
        ]
        .map(String::from)
        .to_vec(),
    ];
    let micros =
        |value: Option<u64>| value.map_or("-".into(), |us| format!("{:.1} ms", us as f64 / 1e3));
    for server in &status.servers {
        rows.push(vec![
            server.name.clone(),
            if server.ready { "ready".into() } else { "down".into() },
            server.pid.map_or("-".into(), |pid| pid.to_string()),
            server.up_s.map_or("-".into(), |seconds| format!("{seconds} s")),
            server.restarts.to_string(),
            server.in_flight.to_string(),
            server.waiting.to_string(),
            server.answers.to_string(),
            micros(server.p50_us),
            micros(server.p99_us),
        ]);
    }
    let mut text = aligned(&rows);
    text.push('\n');
    let mut rows = vec![
        ["CLIENT", "TRANSPORT", "PEER", "SINCE", "IN FLIGHT", "UNREAD"].map(String::from).to_vec(),
    ];
    for client in &status.clients {
        rows.push(vec![
            client.number.to_string(),
            client.transport.clone(),
            client.peer.clone(),
            format!("{} s", client.since_s),
            client.in_flight.to_string(),
            format!("{} B", client.unread_bytes),
        ]);
    }
    text + &aligned(&rows)
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| &**value)
    }
}

/// One request to the gateway of this configuration, HTTP/1.0: no chunks in the answer, and its end is the
/// end of the connection.
pub fn http(
    config: &Mcp,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer> {
    let address = address(config)?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))
        .with_context(|| format!("no gateway at {address}"))?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\n");
    if let Some(token) = &config.token {
        request += &format!("Authorization: Bearer {}\r\n", read_token(token.path())?);
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no HTTP answer")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    Ok(Answer {
        status: status.context("no HTTP answer")?,
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    })
}

/// Where the gateway is reached from inside.
fn address(config: &Mcp) -> Result<SocketAddr> {
    let mut address = *config.listen.first().context("`mcp.listen` is empty")?;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(address)
}
