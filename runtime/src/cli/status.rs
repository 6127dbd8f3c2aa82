//! `mad-runtime status`: the programs, the gateway's servers and clients, the GPUs.

use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use runtime_config::{Mcp, RuntimeConfig};
use serde_json::{Value, json};

use super::http::http;
use super::metrics::metrics;
use super::table::aligned;
use super::{Place, incidents, programs};
use crate::gateway::Status;
use crate::gpu::{self, GpuSample};
use crate::watch::ask_watch;

#[derive(clap::Args)]
pub struct Args {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// What has failed, what was done about it, and the numbers of it
    #[arg(long)]
    incidents: bool,
    /// The programs in Prometheus' text format
    #[arg(long, conflicts_with_all = ["json", "incidents"])]
    metrics: bool,
    #[command(flatten)]
    place: Place,
}

pub fn status(config: &RuntimeConfig, args: &Args) -> Result<()> {
    let directory = &args.place.directory;
    if args.incidents {
        return incidents::show(directory, args.json);
    }
    if args.metrics {
        let report = ask_watch(directory).ok();
        let (history, _) = incidents::read(directory)?;
        out!("{}", metrics(report.as_ref(), &history));
        if let Some(sample) = GpuSample::read(directory) {
            out!("{}", gpu::metrics(&sample, now_ms()));
        }
        return Ok(());
    }
    let report = match config.services.is_empty() {
        true => None,
        false => Some(
            ask_watch(directory)
                .with_context(|| format!("no watch at `{}/watch.sock`", directory.display()))?,
        ),
    };
    let sample = GpuSample::read(directory);
    match (&report, &config.mcp) {
        (None, None) => bail!("the configuration has neither `mcp` nor `services`"),
        (Some(report), None) if args.json => {
            outln!("{}", with_gpu(serde_json::to_value(report)?, sample.as_ref())?);
        }
        (None, Some(mcp)) if args.json => {
            let status = serde_json::from_str(&gateway(mcp)?).context("the gateway's status")?;
            outln!("{}", with_gpu(status, sample.as_ref())?);
        }
        (Some(report), Some(mcp)) if args.json => {
            // A gateway that is down is no reason to hide the rest.
            let gateway = gateway(mcp).ok().and_then(|text| serde_json::from_str(&text).ok());
            let mut value = gateway.unwrap_or_else(|| json!({}));
            value["services"] = serde_json::to_value(&report.services)?;
            outln!("{}", with_gpu(value, sample.as_ref())?);
        }
        (report, mcp) => {
            if let Some(report) = report {
                out!("{}", programs::table(report));
            }
            match mcp.as_ref().map(gateway) {
                None => {}
                Some(Err(error)) if report.is_some() => outln!("\n{error:#}"),
                Some(text) => {
                    let status = serde_json::from_str(&text?).context("the gateway's status")?;
                    let gap = if report.is_some() { "\n" } else { "" };
                    out!("{gap}{}", table(&status));
                }
            }
            if let Some(sample) = sample {
                let ago = programs::time(now_ms().saturating_sub(sample.at_ms));
                out!("\nGPU, {ago} ago\n{}", super::gpu::table(&sample.report));
            }
        }
    }
    Ok(())
}

/// What `mad-runtime gpu watch` saw last, where it runs or ran.
fn with_gpu(mut status: Value, sample: Option<&GpuSample>) -> Result<Value> {
    if let Some(sample) = sample {
        status["gpu"] = serde_json::to_value(sample)?;
    }
    Ok(status)
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}

fn gateway(config: &Mcp) -> Result<String> {
    let answer = http(config, "GET", "/status", &[], "")?;
    if answer.status != 200 {
        bail!("the gateway answered {}: {}", answer.status, answer.body.trim());
    }
    Ok(answer.body)
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
