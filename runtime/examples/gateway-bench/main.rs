//! Figures of the gateway beside a bare multiplexer, with a real server behind both: see `benches/gateway`.
//!
//! `gateway-bench GATEWAY ECHO SECONDS [FOLDER]`: the program, the script of a server that only echoes, the time of
//! each three runs, and where npm's gateways and claude-flow are installed. With `rates` as the last word only
//! requests a second.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a program of its own")]

mod client;
mod load;
mod multiplexer;
mod process;

use std::error::Error;
use std::time::Duration;

use client::Kind;
use process::Gateway;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|word| word == "multiplex") {
        return multiplexer::run(&args[2]).await;
    }
    let [_, gateway, server, seconds, rest @ ..] = &args[..] else {
        return Err("GATEWAY ECHO SECONDS [FOLDER] [rates]".into());
    };
    let only_rates = rest.last().is_some_and(|word| word == "rates");
    let folder = rest.first().filter(|word| *word != "rates");
    let time = Duration::from_secs(seconds.parse()?);
    if let Some(folder) = folder {
        let real = format!("{folder}/node_modules/claude-flow/src/mcp/mcp-server.js");
        println!("claude-flow's server, whose `swarm_status` is called:");
        rates(gateway, &real, "swarm_status", time).await?;
    }
    println!("a server that only echoes:");
    rates(gateway, server, "echo", time).await?;
    if only_rates {
        return Ok(());
    }
    if let Some(folder) = folder {
        others(folder, gateway, server, time).await?;
    }
    memory(gateway, server).await?;
    connects(gateway, server).await?;
    colliding_ids(gateway, server).await?;
    crashes(gateway, server, time.max(Duration::from_secs(5))).await
}

/// Runs of each beside runs of the multiplexer, in turns: what else the machine does falls on both.
const ROUNDS: usize = 5;
const KINDS: [(&str, Kind); 3] =
    [("TCP", Kind::Line), ("WebSocket", Kind::WebSocket), ("HTTP", Kind::Http)];

async fn rates(gateway: &str, server: &str, tool: &str, time: Duration) -> Result<()> {
    println!(
        "requests/s, one in flight each, its ratio to the multiplexer's runs beside it; processor time a request of the \
         process itself, and of clients, gateway and server together, with its ratio: medians of {ROUNDS} runs. \
         On a machine that does more than this only the last ratio means anything."
    );
    let floor = Gateway::multiplexer(server).await?;
    let gateway = Gateway::start(gateway, server).await?;
    for clients in [50, 200] {
        let mut floors = [const { Vec::new() }; 3];
        let mut runs = KINDS.map(|_| [const { Vec::new() }; 5]);
        for _ in 0..ROUNDS {
            let mut before = load::run(&floor, tool, Kind::Line, clients, time / 3).await?;
            for ((_, kind), run) in KINDS.iter().zip(&mut runs) {
                let own = load::run(&gateway, tool, *kind, clients, time / 3).await?;
                let after = load::run(&floor, tool, Kind::Line, clients, time / 3).await?;
                let beside = |of: fn(&load::Rate) -> f64| f64::midpoint(of(&before), of(&after));
                let figures = [
                    own.rate,
                    own.rate / beside(|run| run.rate),
                    own.micros_each,
                    own.micros_of_all,
                    beside(|run| run.micros_of_all) / own.micros_of_all,
                ];
                run.iter_mut().zip(figures).for_each(|(all, figure)| all.push(figure));
                let figures = [after.rate, after.micros_each, after.micros_of_all];
                floors.iter_mut().zip(figures).for_each(|(all, figure)| all.push(figure));
                before = after;
            }
        }
        let [rate, own, all] = floors.map(median);
        println!("  {clients} clients: multiplexer {rate:.0}        {own:.1} µs  {all:.1} µs");
        for ((name, _), figures) in KINDS.iter().zip(runs) {
            let [rate, ratio, own, all, cost] = figures.map(median);
            println!("    {name:<10} {rate:>6.0}  {ratio:.2}  {own:.1} µs  {all:.1} µs  {cost:.2}");
        }
    }
    Ok(())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// supergateway and mcp-proxy of npm, from the folder that they are installed in.
async fn others(folder: &str, gateway: &str, server: &str, time: Duration) -> Result<()> {
    let ours = Gateway::start(gateway, server).await?;
    let child = format!("node {server}");
    let start = async |program: &str, words: &[&str]| {
        Gateway::other(&format!("{folder}/node_modules/.bin/{program}"), words).await
    };
    let supergateway = start(
        "supergateway",
        &[
            "--stdio",
            &child,
            "--outputTransport",
            "ws",
            "--messagePath",
            "/",
            "--logLevel",
            "none",
            "--port",
        ],
    )
    .await?;
    let proxy =
        async || start("mcp-proxy", &["--host", "127.0.0.1", "--shell", &child, "--port"]).await;
    let mcp_proxy = proxy().await?;
    for (name, other, kind) in [
        ("supergateway, WebSocket", &supergateway, Kind::WebSocket),
        ("mcp-proxy, HTTP", &mcp_proxy, Kind::Http),
    ] {
        let mut runs = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            match load::run(other, "echo", kind, 20, time / 3).await {
                Ok(other) => runs.0.push(other.rate),
                Err(error) => {
                    println!("  {name}, 20 clients: {error}");
                    break;
                }
            }
            runs.1.push(load::run(&ours, "echo", kind, 20, time / 3).await?.rate);
        }
        if !runs.0.is_empty() {
            let (other, own) = (median(runs.0), median(runs.1));
            println!("  {name}, 20 clients: {other:.0} requests/s, mad-runtime {own:.0}");
        }
    }
    let _kept = (
        load::connect(supergateway.address, Kind::WebSocket, 1).await?,
        load::connect(mcp_proxy.address, Kind::Http, 1).await?,
        load::connect(ours.address, Kind::WebSocket, 1).await?,
    );
    let (one, two, own) = (supergateway.tree_mb()?, mcp_proxy.tree_mb()?, ours.tree_mb()?);
    println!(
        "memory with the server, 1 client: supergateway {one:.0} MB, mcp-proxy {two:.0} MB, mad-runtime {own:.0} MB: {:+.0} % against the two",
        (own / (one + two) - 1.0) * 100.0
    );
    Ok(())
}

async fn memory(gateway: &str, server: &str) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    println!("memory of the gateway, idle: {:.1} MB", gateway.resident_mb()?);
    for (name, kind) in KINDS {
        let clients = load::connect(gateway.address, kind, 200).await?;
        println!("memory with 200 clients on {name}: {:.1} MB", gateway.resident_mb()?);
        drop(clients);
    }
    println!("memory of gateway, keeper and server: {:.1} MB", gateway.tree_mb()?);
    Ok(())
}

async fn connects(gateway: &str, server: &str) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    for (name, kind) in KINDS {
        let mut times = Vec::new();
        for _ in 0..25 {
            times.extend(load::connect_times(gateway.address, kind, 20).await?);
        }
        times.sort();
        let p99 = times[times.len() * 99 / 100];
        println!(
            "connect and initialise, 20 at once, {name}: p99 {:.1} ms",
            p99.as_secs_f64() * 1e3
        );
    }
    Ok(())
}

async fn colliding_ids(gateway: &str, server: &str) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    let outcome = load::colliding(gateway.address, 50, 2_000).await?;
    println!(
        "{} shuffled colliding ids over 50 clients: {} misrouted, {} lost",
        50 * 2_000,
        outcome.misrouted,
        outcome.lost
    );
    Ok(())
}

async fn crashes(gateway: &str, server: &str, time: Duration) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    let kills = 3;
    let outcome = load::with_crashes(&gateway, 50, kills, time).await?;
    println!(
        "server killed {kills} times, every {} s, under load: {} connections closed, {} calls failed, {} answered; \
         slowest error {:.0} ms after its kill, ready again after {:.0} ms at most",
        time.as_secs(),
        outcome.closed,
        outcome.failed,
        outcome.answered,
        outcome.slowest_error.as_secs_f64() * 1e3,
        outcome.slowest_ready.as_secs_f64() * 1e3
    );
    println!(
        "the server's own start: {:.0} ms",
        process::own_start(server).await?.as_secs_f64() * 1e3
    );
    Ok(())
}
