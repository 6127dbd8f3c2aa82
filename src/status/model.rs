//! `mad.status/1`. What comes out of a container is read leniently: its program may be older or newer than
//! this mad, and what it does not say is absent.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

/// Version of the format.
pub const STATUS_SCHEMA: &str = "mad.status/1";

/// Every container that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Status {
    /// `mad.status/1`.
    pub schema: &'static str,
    /// Which engine, `docker 20.10.24`.
    pub engine: String,
    /// By name.
    pub containers: Vec<ContainerStatus>,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its image.
    pub image: String,
    /// The profile of the image; `null` for an image that mad did not build.
    pub profile: Option<String>,
    /// `running`, `exited`, …
    pub state: String,
    /// `starting`, `healthy`, `unhealthy`; `null` without a health check.
    pub health: Option<String>,
    /// Of one that has ended.
    pub exit_code: Option<i64>,
    /// Whether it was ended for want of memory.
    pub out_of_memory: bool,
    /// As the engine writes it.
    pub started_at: Option<String>,
    /// Seconds since then, of one that runs.
    pub up_s: Option<u64>,
    /// What is mounted.
    pub mounts: Vec<MountStatus>,
    /// What the program inside says; `null` where it was not asked, or is not there.
    pub inside: Option<Inside>,
    /// What could not be found out, and why.
    pub problems: Vec<String>,
}

/// A mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MountStatus {
    /// `bind`, `volume`, `tmpfs`.
    pub kind: String,
    /// On the host.
    pub source: String,
    /// In the container.
    pub target: String,
    /// Whether it can be written to.
    pub writable: bool,
}

/// What `mad-runtime` in a container says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Inside {
    /// Programs that are watched.
    pub services: Vec<Service>,
    /// The last incidents, the newest last.
    pub incidents: Vec<Incident>,
    /// Their numbers, of all programs; `null` without programs.
    pub numbers: Option<Numbers>,
    /// The gateway; `null` without one.
    pub gateway: Option<Gateway>,
    /// The GPUs; `null` for an image that is not for them.
    pub gpu: Option<GpuStatus>,
}

/// A watched program.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Service {
    pub name: String,
    pub group: Option<String>,
    pub phase: String,
    pub pid: Option<u32>,
    pub up_ms: Option<u64>,
    pub restarts: u64,
    pub problem: String,
    pub next_start_ms: Option<u64>,
}

/// What went wrong once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Incident {
    pub number: u64,
    pub service: String,
    pub kind: String,
    pub began_ms: u64,
    pub ended_ms: Option<u64>,
    pub outcome: String,
    pub detail: String,
}

/// The ledger's sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Numbers {
    pub uptime_percent: Option<f64>,
    pub incidents: u64,
    pub recovered_percent: Option<f64>,
    pub open: u64,
    pub mean_time_to_recovery_ms: Option<u64>,
    pub false_restarts: u64,
}

/// The MCP gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Gateway {
    /// Its servers.
    pub servers: Vec<Server>,
    /// How many clients there are.
    pub clients: usize,
}

/// A server behind the gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Server {
    pub name: String,
    pub ready: bool,
    pub pid: Option<u32>,
    pub up_s: Option<u64>,
    pub restarts: u64,
    pub in_flight: u64,
    pub waiting: u64,
    pub answers: u64,
    pub p50_us: Option<u64>,
    pub p99_us: Option<u64>,
}

/// The GPUs of a container, the part of `mad.gpu/1` that is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GpuStatus {
    /// `cuda` or `cpu`.
    pub device: String,
    /// The cards in one line, or why not.
    pub summary: String,
    /// The cards.
    pub cards: Vec<GpuCard>,
}

/// A card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GpuCard {
    pub index: u32,
    pub name: String,
    pub memory_mib: Option<u64>,
    pub used_mib: Option<u64>,
    pub utilisation_percent: Option<f64>,
    pub temperature_c: Option<f64>,
    pub trouble: Option<String>,
}

/// The JSON Schema of what `mad status` prints.
pub fn json_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Status>().to_value();
    schema["$id"] = "urn:mad:schema:status:1".into();
    schema["title"] = "mad status".into();
    schema["properties"]["schema"]["const"] = STATUS_SCHEMA.into();
    schema
}
