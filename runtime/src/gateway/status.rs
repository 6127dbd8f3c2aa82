//! What the gateway knows of itself, for people and for programs.

use serde::{Deserialize, Serialize};

use super::hub::Hub;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub version: String,
    pub uptime_s: u64,
    pub draining: bool,
    pub servers: Vec<ServerStatus>,
    pub clients: Vec<ClientStatus>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerStatus {
    pub name: String,
    pub ready: bool,
    /// Of the server's keeper, below which its processes are.
    pub pid: Option<u32>,
    pub up_s: Option<u64>,
    pub restarts: u64,
    pub in_flight: usize,
    pub waiting: usize,
    pub answers: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
    /// Lines that were passed to nobody.
    pub noise: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientStatus {
    pub number: u64,
    pub transport: String,
    pub peer: String,
    pub since_s: u64,
    pub in_flight: usize,
    pub unread_bytes: usize,
}

pub fn status(hub: &Hub) -> Status {
    let servers = hub.servers.values().map(|server| {
        let link = server.link();
        ServerStatus {
            name: server.name.clone(),
            ready: server.is_ready(),
            pid: link.as_ref().and_then(|link| link.pid),
            up_s: link.as_ref().map(|link| link.since.elapsed().as_secs()),
            restarts: server.restarts.get(),
            in_flight: link.as_ref().map_or(0, |link| link.calls.get()),
            waiting: server.waiting(),
            answers: server.latency.count(),
            p50_us: server.latency.quantile_us(0.5),
            p99_us: server.latency.quantile_us(0.99),
            noise: server.noise.get(),
        }
    });
    let mut clients: Vec<_> = hub
        .clients
        .borrow()
        .values()
        .map(|client| ClientStatus {
            number: client.number,
            transport: client.transport.name().into(),
            peer: client.peer.to_string(),
            since_s: client.since.elapsed().as_secs(),
            in_flight: client.in_flight.get(),
            unread_bytes: client.stream.borrow().as_ref().map_or(0, |stream| stream.bytes()),
        })
        .collect();
    clients.sort_unstable_by_key(|client| client.number);
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        uptime_s: hub.since.elapsed().as_secs(),
        draining: hub.draining.is_set(),
        servers: servers.collect(),
        clients,
    }
}
