//! Which of the files with a GPU this host takes.

use crate::cli::error::Result;

use super::environment;
use super::exit::UsageError;
use super::globals::Globals;
use crate::gpu::{PATIENCE, Way, judge, look};
use crate::profile::Gpu;
use crate::render::{GPU_CDI_FILE, GPU_FILE};
use engine::{Builder, DockerEngine};

/// The file by which the container gets a GPU; `None` where it cannot, which is said in one line, and is an error
/// where the profile requires one.
pub async fn choose(
    globals: &Globals,
    engine: &DockerEngine,
    gpu: Option<&Gpu>,
) -> Result<Option<&'static str>> {
    let Some(gpu) = gpu else { return Ok(None) };
    let is_here = engine.host().await?.is_here;
    let devices = engine.devices().await?;
    let folders = environment::path();
    let host = judge(&look(Some(devices), is_here, &environment::gpu_root(), &folders, PATIENCE));
    match &host.way {
        Ok(Way::Runtime) => Ok(Some(GPU_FILE)),
        Ok(Way::Cdi(_)) => Ok(Some(GPU_CDI_FILE)),
        Err(no_way) if gpu.require => Err(UsageError {
            message: format!("the profile requires a GPU: {no_way}"),
            hint: no_way.hint().map(str::to_owned),
        }
        .into()),
        Err(no_way) => {
            let hint = no_way.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            globals.note(&format!("note: running on the CPU: {no_way}{hint}"));
            Ok(None)
        }
    }
}
