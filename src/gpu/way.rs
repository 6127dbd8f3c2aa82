//! How a container gets a GPU on this machine, or why it does not: a pure function of what was found.

use std::fmt;
use std::time::Duration;

use nvidia::{Answer, Card, Complaint, CudaVersion, Driver};

use super::HostFacts;

/// How a container gets a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By NVIDIA's runtime, `--gpus`.
    Runtime,
    /// By these devices, which the engine found itself.
    Cdi(Vec<String>),
}

/// Why a container does not get one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoWay {
    /// No engine answers.
    NoEngine,
    /// The engine is on another machine, and names neither runtime nor devices.
    Elsewhere,
    /// The kernel has no driver.
    NoDriver,
    /// The driver has no card.
    NoCards,
    /// `nvidia-smi` does not answer.
    Hung {
        /// Within this time.
        after: Duration,
    },
    /// The cards are lost.
    Lost {
        /// What it says.
        said: String,
    },
    /// The library and the kernel's module are of different versions.
    Mismatch,
    /// `nvidia-smi` failed.
    Failed {
        /// What it says.
        said: String,
    },
    /// The cards are there; the engine has neither NVIDIA's runtime nor CDI.
    NoToolkit,
    /// The cards are there as CDI devices, which this engine does not take.
    CdiOnly {
        /// The engine's version.
        engine: String,
        /// Whether that version can, once it is switched on.
        can: bool,
    },
}

/// What holds.
#[derive(Debug, Clone, PartialEq)]
pub struct HostGpu {
    /// How a container gets one.
    pub way: Result<Way, NoWay>,
    /// The driver, where the machine is this one.
    pub driver: Option<Driver>,
    /// The newest CUDA that it takes.
    pub cuda: Option<CudaVersion>,
    /// The cards that were listed.
    pub cards: Vec<Card>,
    /// What is worth knowing beside.
    pub notes: Vec<String>,
}

/// CDI came with 25 behind a switch; from 28.3 on it is on.
const CDI_SINCE: u32 = 25;

/// What holds, by what was found.
pub fn judge(facts: &HostFacts) -> HostGpu {
    let (cards, cuda, own_driver) = match &facts.smi {
        Some(Answer::Cards { cards, cuda, driver }) => (cards.clone(), cuda.clone(), *driver),
        _ => (Vec::new(), None, None),
    };
    let unreadable = facts.cdi.unreadable.iter();
    HostGpu {
        way: way(facts),
        driver: own_driver.or(facts.driver),
        cuda,
        cards,
        notes: unreadable.map(|why| format!("no CDI specification: {why}")).collect(),
    }
}

fn way(facts: &HostFacts) -> Result<Way, NoWay> {
    let engine = facts.engine.as_ref().ok_or(NoWay::NoEngine)?;
    let has_runtime = engine.runtimes.iter().any(|name| name == "nvidia");
    let devices: Vec<String> =
        engine.devices.iter().filter(|name| name.starts_with("nvidia.com/gpu=")).cloned().collect();
    if facts.is_here {
        card(facts)?;
    }
    if has_runtime || facts.hook {
        return Ok(Way::Runtime);
    }
    if !devices.is_empty() {
        return Ok(Way::Cdi(devices));
    }
    if !facts.is_here {
        return Err(NoWay::Elsewhere);
    }
    if facts.cdi.devices.is_empty() {
        return Err(NoWay::NoToolkit);
    }
    let major = engine.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let can = major.is_some_and(|major| major >= CDI_SINCE);
    Err(NoWay::CdiOnly { engine: engine.version.clone(), can })
}

/// Whether a card answers. One whose `nvidia-smi` is missing may all the same.
fn card(facts: &HostFacts) -> Result<(), NoWay> {
    if facts.driver.is_none() && !facts.dxg {
        return Err(NoWay::NoDriver);
    }
    match &facts.smi {
        None | Some(Answer::Missing) => Ok(()),
        Some(Answer::Hung { after }) => Err(NoWay::Hung { after: *after }),
        Some(Answer::Failed { complaint, said, .. }) => Err(match complaint {
            Some(Complaint::Lost) => NoWay::Lost { said: said.clone() },
            Some(Complaint::Mismatch) => NoWay::Mismatch,
            Some(Complaint::NoModule) => NoWay::NoDriver,
            Some(Complaint::NoCards) => NoWay::NoCards,
            // It is not the user who runs containers that would need them.
            Some(Complaint::NoAccess | Complaint::NoLibrary) => return Ok(()),
            None => NoWay::Failed { said: said.clone() },
        }),
        Some(Answer::Cards { cards, .. }) if cards.is_empty() => Err(NoWay::NoCards),
        Some(Answer::Cards { cards, .. }) => {
            let lost = cards.iter().all(|card| card.trouble.is_some());
            match cards.iter().find_map(|card| card.trouble.clone()) {
                Some(said) if lost => Err(NoWay::Lost { said }),
                _ => Ok(()),
            }
        }
    }
}

impl NoWay {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoEngine => "no-engine",
            Self::Elsewhere => "elsewhere",
            Self::NoDriver => "no-driver",
            Self::NoCards => "no-cards",
            Self::Hung { .. } => "hung",
            Self::Lost { .. } => "lost",
            Self::Mismatch => "version-mismatch",
            Self::Failed { .. } => "failed",
            Self::NoToolkit => "no-toolkit",
            Self::CdiOnly { .. } => "cdi-only",
        }
    }

    /// What helps, or is to be installed.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoEngine => return None,
            Self::Elsewhere | Self::NoToolkit => {
                "install NVIDIA's nvidia-container-toolkit there, then `sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker`"
            }
            Self::NoDriver => {
                "a machine with an NVIDIA card needs its driver, Debian's package nvidia-driver"
            }
            Self::NoCards => "`lspci -d 10de:` shows whether there is one",
            Self::Hung { .. } | Self::Lost { .. } => {
                "`sudo dmesg | grep -i nvrm` tells more; a reset or a restart brings it back"
            }
            Self::Mismatch => {
                "the driver was updated while it ran: load the new module, or restart"
            }
            Self::Failed { .. } => "run `nvidia-smi`",
            Self::CdiOnly { can: true, .. } => {
                "switch it on: `\"features\": {\"cdi\": true}` in /etc/docker/daemon.json, then restart the engine"
            }
            Self::CdiOnly { can: false, .. } => {
                "update the engine to 25 or newer, or configure NVIDIA's runtime: `sudo nvidia-ctk runtime configure --runtime=docker && sudo systemctl restart docker`"
            }
        })
    }
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEngine => write!(f, "no engine answers"),
            Self::Elsewhere => write!(
                f,
                "the engine is on another machine, and has neither NVIDIA's runtime nor GPU devices"
            ),
            Self::NoDriver => write!(f, "no NVIDIA driver is loaded"),
            Self::NoCards => write!(f, "the driver is there, and no GPU"),
            Self::Hung { after } => {
                write!(
                    f,
                    "nvidia-smi did not answer within {} s: the driver hangs",
                    after.as_secs_f64()
                )
            }
            Self::Lost { said } => write!(f, "the GPU is lost: {said}"),
            Self::Mismatch => {
                write!(f, "the driver's library and the kernel's module are of different versions")
            }
            Self::Failed { said } => write!(f, "nvidia-smi failed: {said}"),
            Self::NoToolkit => write!(f, "the engine has no NVIDIA runtime"),
            Self::CdiOnly { engine, can: true } => {
                write!(f, "the GPU is there by CDI, which is switched off in the engine ({engine})")
            }
            Self::CdiOnly { engine, can: false } => {
                write!(f, "the GPU is there by CDI, which the engine ({engine}) does not know")
            }
        }
    }
}

impl fmt::Display for HostGpu {
    /// One line for people, where there is a way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cards.as_slice() {
            [] => write!(f, "GPU")?,
            [one] => write!(f, "{}", one.name)?,
            [first, ..] => write!(f, "{} cards, {} first", self.cards.len(), first.name)?,
        }
        if let Some(driver) = self.driver {
            write!(f, ", driver {driver}")?;
        }
        if let Some(cuda) = &self.cuda {
            write!(f, ", takes CUDA up to {cuda}")?;
        }
        match &self.way {
            Ok(Way::Runtime) => write!(f, ", by NVIDIA's runtime"),
            Ok(Way::Cdi(devices)) => write!(f, ", by CDI ({})", devices.join(", ")),
            Err(_) => Ok(()),
        }
    }
}
