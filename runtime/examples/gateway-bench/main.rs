//! Figures of the gateway beside a bare multiplexer, with a real server behind both: see `benches/gateway`.
//!
//! `gateway-bench GATEWAY SERVER SECONDS`: the program, the server's script, the time of each run. A server
//! without a tool `echo` is asked for `$TOOL`, and then only the ids of its answers are looked at.

#![allow(clippy::disallowed_methods, reason = "a program of its own")]

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
    let [_, gateway, server, seconds] = &args[..] else {
        return Err("GATEWAY SERVER SECONDS".into());
    };
    let time = Duration::from_secs(seconds.parse()?);
    rates(gateway, server, time).await?;
    memory(gateway, server).await?;
    connects(gateway, server).await?;
    if std::env::var_os("TOOL").is_some() {
        return Ok(());
    }
    colliding_ids(gateway, server).await?;
    crashes(gateway, server, time).await
}

async fn rates(gateway: &str, server: &str, time: Duration) -> Result<()> {
    println!("requests/s, one in flight each     50 clients        200 clients");
    let floor = Gateway::multiplexer(server).await?;
    let mut base = [0.0; 2];
    for (index, clients) in [50, 200].into_iter().enumerate() {
        base[index] = load::run(floor.address, Kind::Line, clients, time).await?.rate;
    }
    println!("bare multiplexer, TCP      {:>16.0} {:>18.0}", base[0], base[1]);
    let gateway = Gateway::start(gateway, server).await?;
    for (name, kind) in [("TCP", Kind::Line), ("WebSocket", Kind::WebSocket), ("HTTP", Kind::Http)]
    {
        let mut cells = String::new();
        for clients in [50, 200] {
            // Before and after: what else the machine does falls on both.
            let before = load::run(floor.address, Kind::Line, clients, time / 2).await?.rate;
            let rate = load::run(gateway.address, kind, clients, time).await?.rate;
            let after = load::run(floor.address, Kind::Line, clients, time / 2).await?.rate;
            cells += &format!(" {rate:>9.0} ({:.2})", rate / ((before + after) / 2.0));
        }
        println!("mad-runtime, {name:<12} {cells}");
    }
    Ok(())
}

async fn memory(gateway: &str, server: &str) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    println!("memory of the gateway, idle: {:.1} MB", gateway.resident_mb()?);
    for (name, kind) in [("TCP", Kind::Line), ("WebSocket", Kind::WebSocket), ("HTTP", Kind::Http)]
    {
        let clients = load::connect(gateway.address, kind, 200).await?;
        println!("memory with 200 clients on {name}: {:.1} MB", gateway.resident_mb()?);
        drop(clients);
    }
    println!("memory of gateway, keeper and server: {:.1} MB", gateway.tree_mb()?);
    Ok(())
}

async fn connects(gateway: &str, server: &str) -> Result<()> {
    let gateway = Gateway::start(gateway, server).await?;
    for (name, kind) in [("TCP", Kind::Line), ("WebSocket", Kind::WebSocket), ("HTTP", Kind::Http)]
    {
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
        "server killed {kills} times under load: {} connections closed, {} calls failed, {} answered; \
         slowest error {:.0} ms after its kill, ready again after {:.0} ms at most",
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
