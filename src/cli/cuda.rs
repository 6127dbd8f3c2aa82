//! The CUDA of a profile and the driver of this machine: `auto` is settled, and a driver that is too old is told
//! before the build.

use crate::cli::error::Result;

use super::environment;
use super::globals::Globals;
use crate::profile::Loaded;
use crate::project::Project;
use crate::render::{AUTO_CUDA, CudaFit, cuda_fit, newest_cuda};
use engine::Endpoint;
use nvidia::{Driver, kernel_driver};

/// Puts a version in the place of `auto`, and warns where the driver does not take the version.
pub fn settle(globals: &Globals, project: &Project, loaded: &mut Loaded) -> Result<()> {
    let Some(gpu) = &mut loaded.profile.gpu else { return Ok(()) };
    let driver = driver();
    if gpu.cuda == AUTO_CUDA {
        gpu.cuda = newest_cuda(project, driver)?;
        let why = match driver {
            Some(driver) => format!("driver {driver} takes"),
            None => "the most drivers take: this machine has none".to_owned(),
        };
        globals.note(&format!("note: gpu.cuda is {}, the newest that {why}", gpu.cuda));
    }
    let Some(driver) = driver else { return Ok(()) };
    if let Some(warning) = too_old(project, &gpu.cuda, driver)? {
        globals.note(&format!("warning: {warning}"));
    }
    Ok(())
}

/// That the driver does not take this version, and which it does.
pub fn too_old(project: &Project, cuda: &str, driver: Driver) -> Result<Option<String>> {
    let CudaFit::TooOld { needed, instead } = cuda_fit(project, cuda, driver)? else {
        return Ok(None);
    };
    let instead = match instead {
        Some(cuda) => format!("`--set gpu.cuda={cuda}` runs on it"),
        None => "it is too old for every version of the table".to_owned(),
    };
    Ok(Some(format!(
        "driver {driver} of this machine is older than {needed}, the lowest for CUDA {cuda}: the image would run on the CPU; {instead}"
    )))
}

/// The driver of the engine's machine; `None` where that is another one, or has none.
fn driver() -> Option<Driver> {
    let endpoint = Endpoint::resolve(&environment::docker_settings()).ok()?;
    matches!(endpoint, Endpoint::Unix(_)).then(|| kernel_driver(&environment::gpu_root()))?
}
