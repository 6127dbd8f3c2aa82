//! Counters of the gateway, in Prometheus' text format.

use std::path::Path;
use std::time::SystemTime;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::hub::Hub;
use crate::gpu::{self, GpuSample};

#[derive(Default)]
pub struct Metrics {
    denied: Counter,
    connections: Counter,
    accept_failures: Counter,
}

type ByServer<M> = Family<[(&'static str, String); 1], M>;
type ByTransport = Family<[(&'static str, &'static str); 1], Gauge>;

impl Metrics {
    pub fn denied(&self) {
        self.denied.inc();
    }

    pub fn connected(&self) {
        self.connections.inc();
    }

    pub fn accept_failed(&self) {
        self.accept_failures.inc();
    }
}

/// All of it, as it is now.
pub fn text(hub: &Hub) -> String {
    let mut registry = Registry::with_prefix("mad_mcp");
    let metrics = &hub.metrics;
    registry.register("denied", "Tokens that were wrong or missing", metrics.denied.clone());
    registry.register("connections", "Connections taken", metrics.connections.clone());
    registry.register(
        "accept_failures",
        "Connections that could not be taken, for want of file descriptors",
        metrics.accept_failures.clone(),
    );
    let clients = ByTransport::default();
    for client in hub.clients.borrow().values() {
        clients.get_or_create(&[("transport", client.transport.name())]).inc();
    }
    registry.register("clients", "Connections and sessions", clients);
    let (ready, in_flight, waiting) =
        (ByServer::default(), ByServer::default(), ByServer::default());
    let (restarts, noise, answers) =
        (ByServer::<Gauge>::default(), ByServer::<Gauge>::default(), ByServer::<Gauge>::default());
    for server in hub.servers.values() {
        let label = [("server", server.name.clone())];
        let gauge = |family: &ByServer<Gauge>, value: i64| {
            family.get_or_create(&label).set(value);
        };
        gauge(&ready, i64::from(server.is_ready()));
        gauge(&in_flight, server.link().map_or(0, |link| link.calls.get() as i64));
        gauge(&waiting, server.waiting() as i64);
        gauge(&restarts, server.restarts.get() as i64);
        gauge(&noise, server.noise.get() as i64);
        gauge(&answers, server.latency.count() as i64);
    }
    registry.register("server_ready", "1 when the server has answered `initialize`", ready);
    registry.register("calls_in_flight", "Calls that wait for the server's answer", in_flight);
    registry.register("calls_waiting", "Calls that wait for the server to be ready", waiting);
    registry.register("server_restarts", "Starts after the first", restarts);
    registry.register("server_noise", "Lines of the server that were passed to nobody", noise);
    registry.register("answers", "Answers of the server to clients", answers);
    let mut out = String::new();
    encode(&mut out, &registry).ok();
    let directory = Path::new(runtime_config::services::RUN_DIRECTORY);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    if let Some(sample) = GpuSample::read(directory) {
        // The end of the text is the end of everything.
        let end = out.rfind("# EOF").unwrap_or(out.len());
        out.insert_str(end, &gpu::metrics(&sample, now.as_millis() as u64));
    }
    out
}
