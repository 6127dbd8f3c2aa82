//! `compose.gpu.yaml` and `compose.gpu-cdi.yaml` beside compose.yaml: the GPUs, by NVIDIA's runtime or by CDI.
//!
//! In files of their own, because an engine that has neither refuses the reservation and starts nothing.

use crate::profile::{Gpu, GpuCount};

/// The reservation by NVIDIA's runtime.
pub const GPU_FILE: &str = "compose.gpu.yaml";

/// The reservation by CDI, for engines of 25 and newer.
pub const GPU_CDI_FILE: &str = "compose.gpu-cdi.yaml";

/// As compose.yaml calls it.
const SERVICE: &str = "agents";

/// Both files. Their values are numbers and known words.
pub(super) fn gpu_files(gpu: &Gpu) -> [(&'static str, String); 2] {
    let count = match gpu.count {
        GpuCount::All => "all".to_owned(),
        GpuCount::Number(number) => number.to_string(),
    };
    let capabilities = gpu.capabilities().join(", ");
    let runtime = format!("driver: nvidia\n              count: {count}\n");
    let runtime = format!("{runtime}              capabilities: [gpu, {capabilities}]\n");
    let devices: Vec<String> = match gpu.count {
        GpuCount::All => vec!["nvidia.com/gpu=all".to_owned()],
        GpuCount::Number(number) => (0..number).map(|at| format!("nvidia.com/gpu={at}")).collect(),
    };
    let devices: String =
        devices.iter().map(|name| format!("                - {name}\n")).collect();
    let cdi = format!("driver: cdi\n              device_ids:\n{devices}");
    let cdi = format!("{cdi}              capabilities: [gpu]\n");
    [
        (GPU_FILE, file(GPU_FILE, "NVIDIA's runtime", &runtime)),
        (GPU_CDI_FILE, file(GPU_CDI_FILE, "CDI", &cdi)),
    ]
}

fn file(name: &str, way: &str, device: &str) -> String {
    format!(
        "\
# Rendered by mad: GPUs by {way}, beside compose.yaml: `docker compose -f compose.yaml -f {name} up`.
# An engine without {way} refuses this file. Leave it out there: the image runs on the CPU.
services:
  {SERVICE}:
    deploy:
      resources:
        reservations:
          devices:
            - {device}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reservation_is_what_the_profile_asks_for() {
        let gpu = |text: &str| serde_json::from_str::<Gpu>(text).unwrap();
        let [(_, runtime), (_, cdi)] = gpu_files(&gpu(r#"{"cuda": "12.8"}"#));
        insta::assert_snapshot!(format!("{runtime}---\n{cdi}"));
        let asked = r#"{"cuda": "12.8", "count": 2, "capabilities": ["graphics", "utility"]}"#;
        let [(_, runtime), (_, cdi)] = gpu_files(&gpu(asked));
        assert!(runtime.contains("count: 2\n"), "{runtime}");
        assert!(runtime.contains("capabilities: [gpu, compute, utility, graphics]\n"), "{runtime}");
        assert!(cdi.contains("- nvidia.com/gpu=0\n                - nvidia.com/gpu=1\n"), "{cdi}");
    }
}
