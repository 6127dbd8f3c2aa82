//! What is read from the environment.

use std::ffi::OsString;
use std::path::PathBuf;

use nvidia::container::Environment;

/// The variables that decide about the cards.
pub fn gpu() -> Environment {
    Environment {
        asked: text("MAD_DEVICE").filter(|value| !value.is_empty()),
        cuda_visible: text("CUDA_VISIBLE_DEVICES"),
        nvidia_visible: text("NVIDIA_VISIBLE_DEVICES"),
        is_legacy: variable("CUDA_VERSION").is_some() && variable("NVIDIA_REQUIRE_CUDA").is_none(),
        cuda: text("MAD_CUDA_VERSION").filter(|value| !value.is_empty()),
        min_driver: text("MAD_MIN_DRIVER").and_then(|value| value.parse().ok()),
    }
}

/// A folder that stands for `/` where cards are looked for, for tests.
pub fn gpu_root() -> PathBuf {
    variable("MAD_GPU_ROOT").map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// The folders of PATH.
pub fn path() -> Vec<PathBuf> {
    variable("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn text(name: &str) -> Option<String> {
    variable(name).map(|value| value.to_string_lossy().into_owned())
}

#[allow(clippy::disallowed_methods)] // here and nowhere else
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
