//! What an engine says of devices: runtimes, and what it found by CDI.

use super::{DockerEngine, EngineError};

/// What an engine can give to a container beside processors and memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineDevices {
    /// The engine's version.
    pub version: String,
    /// Names of its OCI runtimes, sorted.
    pub runtimes: Vec<String>,
    /// Full names of CDI devices that it found, sorted; engines before 28 do not tell.
    pub devices: Vec<String>,
}

impl DockerEngine {
    /// What it can give.
    pub async fn devices(&self) -> Result<EngineDevices, EngineError> {
        let info = self.docker().info().await;
        let info = info.map_err(|error| EngineError::api("tell of its devices", &error))?;
        let mut runtimes: Vec<String> = info.runtimes.unwrap_or_default().into_keys().collect();
        runtimes.sort();
        let found = info.discovered_devices.unwrap_or_default();
        let mut devices: Vec<String> = found.into_iter().filter_map(|device| device.id).collect();
        devices.sort();
        Ok(EngineDevices { version: self.capabilities().version.clone(), runtimes, devices })
    }
}
