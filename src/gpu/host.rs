//! Looks at this machine, as far as it is the engine's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::EngineDevices;
use nvidia::{Answer, Driver, Files, Smi, kernel_driver};

use super::Cdi;

/// By which the engine knows that NVIDIA's toolkit is installed, where its configuration names no runtime.
const HOOK: &str = "nvidia-container-runtime-hook";

/// For `nvidia-smi`: without its persistence mode every card is woken up first.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// All that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct HostFacts {
    /// What the engine says; `None` where none answers.
    pub engine: Option<EngineDevices>,
    /// Whether the engine is this machine's. The rest is empty where it is not.
    pub is_here: bool,
    /// The driver that the kernel runs.
    pub driver: Option<Driver>,
    /// Whether this is WSL, where the driver is Windows'.
    pub dxg: bool,
    /// What `nvidia-smi` answered; `None` where there is no driver to ask.
    pub smi: Option<Answer>,
    /// Devices by CDI.
    pub cdi: Cdi,
    /// Whether NVIDIA's hook is installed.
    pub hook: bool,
}

/// Looks at the machine below `root`, with the programs of `folders`; waits so long for `nvidia-smi`.
pub fn look(
    engine: Option<EngineDevices>,
    is_here: bool,
    root: &Path,
    folders: &[PathBuf],
    patience: Duration,
) -> HostFacts {
    if !is_here {
        return HostFacts {
            engine,
            is_here,
            driver: None,
            dxg: false,
            smi: None,
            cdi: Cdi::default(),
            hook: false,
        };
    }
    let driver = kernel_driver(root);
    let dxg = Files::look(root).dxg;
    let ask = || match Smi::find(folders.iter().cloned()) {
        Some(mut smi) => smi.cards(patience, true),
        None => Answer::Missing,
    };
    let usual = ["usr/bin", "usr/local/bin", "bin"].map(|folder| root.join(folder));
    HostFacts {
        engine,
        is_here,
        driver,
        dxg,
        smi: (driver.is_some() || dxg).then(ask),
        cdi: Cdi::look(root),
        hook: folders.iter().chain(&usual).any(|folder| folder.join(HOOK).is_file()),
    }
}
