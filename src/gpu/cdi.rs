//! CDI specifications: files by which an engine gives devices to a container without NVIDIA's runtime.
//!
//! <https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md>: `/etc/cdi` and
//! `/var/run/cdi`, `*.json` and `*.yaml`; the second folder wins.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

/// Where they are, lowest precedence first.
const FOLDERS: [&str; 2] = ["etc/cdi", "var/run/cdi"];

/// A specification is a few hundred lines.
const MOST_BYTES: u64 = 4 << 20;

/// NVIDIA's devices in the specifications of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cdi {
    /// Full names, `nvidia.com/gpu=0`, sorted.
    pub devices: Vec<String>,
    /// Files that are there and cannot be read, each with why.
    pub unreadable: Vec<String>,
}

#[derive(Deserialize)]
struct Spec {
    kind: String,
    #[serde(default)]
    devices: Vec<Device>,
}

#[derive(Deserialize)]
struct Device {
    name: String,
}

impl Cdi {
    /// Those below a folder that stands for `/`.
    pub fn look(root: &Path) -> Self {
        let mut found = Self::default();
        for folder in FOLDERS {
            let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
            let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
            paths.sort();
            let is_spec = |path: &Path| {
                path.extension().is_some_and(|end| end == "json" || end == "yaml" || end == "yml")
            };
            for path in paths.into_iter().filter(|path| is_spec(path)) {
                match read(&path) {
                    Ok(devices) => found.devices.extend(devices),
                    Err(why) => {
                        let name = path.strip_prefix(root).unwrap_or(&path).display();
                        found.unreadable.push(format!("/{name}: {why}"));
                    }
                }
            }
        }
        found.devices.sort();
        found.devices.dedup();
        found
    }
}

/// The devices of a specification of NVIDIA's; none of another vendor's. JSON is YAML.
fn read(path: &Path) -> Result<Vec<String>, String> {
    let mut text = String::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(|error| error.to_string())?;
    let spec: Spec = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    if spec.kind != "nvidia.com/gpu" {
        return Ok(Vec::new());
    }
    Ok(spec.devices.into_iter().map(|device| format!("{}={}", spec.kind, device.name)).collect())
}
