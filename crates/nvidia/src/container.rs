//! Whether programs in this container can use a card, and why not.
//!
//! `judge` is a pure function of what was found. Order matters: the first reason that holds is told, from
//! what somebody asked for to what the cards themselves say.

use std::fmt;
use std::time::Duration;

use super::{Answer, Card, Complaint, CudaVersion, Driver, Files};

/// The variables that decide; an outer `None` is one that is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `MAD_DEVICE`: `cpu` or `cuda`, set by whoever starts the container.
    pub asked: Option<String>,
    /// `CUDA_VISIBLE_DEVICES`, which CUDA reads.
    pub cuda_visible: Option<String>,
    /// `NVIDIA_VISIBLE_DEVICES`, which NVIDIA's container runtime reads.
    pub nvidia_visible: Option<String>,
    /// `CUDA_VERSION` without `NVIDIA_REQUIRE_CUDA`: an image of before the runtime's variables, to which it
    /// gives every card.
    pub is_legacy: bool,
    /// The CUDA of this image.
    pub cuda: Option<CudaVersion>,
    /// The lowest driver for it.
    pub min_driver: Option<Driver>,
}

/// All that was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Variables.
    pub environment: Environment,
    /// Device files and libraries.
    pub files: Files,
    /// What `nvidia-smi` answered; `None` where it was not asked, because there is no device file.
    pub smi: Option<Answer>,
}

/// Why programs run on the CPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// `MAD_DEVICE=cpu`.
    AskedForCpu,
    /// `CUDA_VISIBLE_DEVICES` is empty or -1.
    Hidden,
    /// `NVIDIA_VISIBLE_DEVICES` is `void`, `none` or empty.
    NotVisible {
        /// Its value.
        value: String,
    },
    /// Cards are asked for, and NVIDIA's runtime did not run.
    NoRuntime {
        /// The value of `NVIDIA_VISIBLE_DEVICES`; `None` for a legacy image, which has none.
        value: Option<String>,
    },
    /// There is no device file, and none was asked for.
    NoDevice,
    /// The control device is there, and no card.
    NoCards,
    /// WSL's device is there, and its library is not.
    Wsl,
    /// The card is there, and the driver's library is not.
    NoLibrary,
    /// The driver is too old for the image's CUDA.
    OldDriver {
        /// What is there.
        found: Driver,
        /// What is needed.
        needed: Driver,
        /// For this CUDA.
        cuda: Option<CudaVersion>,
    },
    /// `nvidia-smi` does not answer.
    Hung {
        /// Within this time.
        after: Duration,
    },
    /// Every card is lost.
    Lost {
        /// What it says.
        said: String,
    },
    /// The library and the kernel's module are of different versions.
    Mismatch,
    /// The kernel's module is not loaded.
    NoModule,
    /// The container may not open the devices.
    NoAccess,
    /// The cards are cut up (MIG), and no instance is there.
    NoInstances,
    /// `nvidia-smi` failed in a way that is not known.
    Failed {
        /// What it says.
        said: String,
    },
}

/// What holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// `None` where programs can use a card.
    pub why_not: Option<WhyNot>,
    /// The cards that were listed.
    pub cards: Vec<Card>,
    /// How many there are, also where none was listed; `None` where that cannot be told (WSL).
    pub count: Option<usize>,
    /// The driver's version.
    pub driver: Option<Driver>,
    /// The newest CUDA that the driver takes.
    pub driver_cuda: Option<CudaVersion>,
    /// What `CUDA_VISIBLE_DEVICES` is to be; `None` to leave it as it is.
    pub visible: Option<String>,
    /// What is worth knowing beside.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Whether programs can use a card.
    pub fn is_usable(&self) -> bool {
        self.why_not.is_none()
    }

    /// One line: the cards, or why not.
    pub fn reason(&self) -> String {
        if let Some(why_not) = &self.why_not {
            return why_not.to_string();
        }
        let driver =
            self.driver.map_or("of unknown version".to_owned(), |driver| driver.to_string());
        let usable: Vec<_> = self.cards.iter().filter(|card| card.is_usable()).collect();
        let what = match (usable.as_slice(), self.count) {
            ([one], _) => one.name.clone(),
            ([first, ..], _) => format!("{} cards, {} first", usable.len(), first.name),
            ([], Some(1)) => "1 card".to_owned(),
            ([], Some(count)) => format!("{count} cards"),
            ([], None) => "cards of the host".to_owned(),
        };
        format!("{what}, driver {driver}")
    }
}

/// What holds, by what was found.
pub fn judge(facts: &Facts) -> Verdict {
    let Facts { environment, files, smi } = facts;
    let mut verdict = Verdict {
        why_not: None,
        cards: Vec::new(),
        count: (!files.dxg || !files.devices.is_empty()).then_some(files.devices.len()),
        driver: files.driver,
        driver_cuda: None,
        visible: None,
        notes: Vec::new(),
    };
    if let Some(Answer::Cards { cards, driver, cuda }) = smi {
        verdict.cards.clone_from(cards);
        verdict.count = Some(cards.len());
        verdict.driver = driver.or(files.driver);
        verdict.driver_cuda.clone_from(cuda);
    }
    let given = environment.cuda_visible.as_deref();
    let is_given = given.is_some_and(|value| !value.trim().is_empty());
    if environment.asked.as_deref() == Some("cuda") {
        verdict.notes.push("asked for with MAD_DEVICE=cuda; nothing was checked".to_owned());
        return verdict;
    }
    verdict.why_not = why_not(facts, &verdict);
    if verdict.why_not.is_some() {
        verdict.visible = Some(String::new());
        return verdict;
    }
    match smi {
        Some(Answer::Missing) => verdict.notes.push(
            "nvidia-smi is not there (`utility` of NVIDIA_DRIVER_CAPABILITIES brings it): the cards have no names".to_owned(),
        ),
        Some(Answer::Failed { complaint: Some(Complaint::NoLibrary), .. }) => verdict.notes.push(
            "nvidia-smi found no NVML (`utility` of NVIDIA_DRIVER_CAPABILITIES brings it): the cards have no names".to_owned(),
        ),
        _ => {}
    }
    let lost = verdict.cards.iter().filter(|card| !card.is_usable());
    verdict.notes.extend(lost.map(|card| {
        let trouble = card.trouble.as_deref().unwrap_or("cut up (MIG), without an instance");
        format!("card {} is left out: {trouble}", card.index)
    }));
    if environment.nvidia_visible.as_deref() == Some("void") {
        verdict
            .notes
            .push("NVIDIA_VISIBLE_DEVICES=void, and cards are there: they came by CDI".to_owned());
    }
    if !is_given {
        verdict.visible = visible(&verdict);
    }
    verdict
}

fn why_not(facts: &Facts, verdict: &Verdict) -> Option<WhyNot> {
    let Facts { environment, files, smi } = facts;
    if environment.asked.as_deref() == Some("cpu") {
        return Some(WhyNot::AskedForCpu);
    }
    // CUDA takes the list up to the first entry that is no card.
    if environment.cuda_visible.as_deref().is_some_and(|value| {
        let value = value.trim();
        value.is_empty() || value.starts_with("-1") || value == "NoDevFiles"
    }) {
        return Some(WhyNot::Hidden);
    }
    if files.devices.is_empty() && !files.dxg {
        return Some(no_device(environment, files));
    }
    if files.library.is_none() {
        return Some(if files.devices.is_empty() { WhyNot::Wsl } else { WhyNot::NoLibrary });
    }
    // Before what nvidia-smi says: an old driver is the reason that somebody can mend.
    if let (Some(found), Some(needed)) = (verdict.driver, environment.min_driver)
        && found < needed
    {
        return Some(WhyNot::OldDriver { found, needed, cuda: environment.cuda.clone() });
    }
    match smi {
        None | Some(Answer::Missing) => None,
        Some(Answer::Hung { after }) => Some(WhyNot::Hung { after: *after }),
        Some(Answer::Failed { complaint, said, .. }) => match complaint {
            Some(Complaint::Lost) => Some(WhyNot::Lost { said: said.clone() }),
            Some(Complaint::Mismatch) => Some(WhyNot::Mismatch),
            Some(Complaint::NoModule) => Some(WhyNot::NoModule),
            Some(Complaint::NoCards) => Some(WhyNot::NoCards),
            Some(Complaint::NoAccess) => Some(WhyNot::NoAccess),
            // CUDA does not need NVML.
            Some(Complaint::NoLibrary) => None,
            None => Some(WhyNot::Failed { said: said.clone() }),
        },
        Some(Answer::Cards { cards, .. }) if cards.iter().any(Card::is_usable) => None,
        Some(Answer::Cards { cards, .. }) => {
            Some(match cards.iter().find_map(|card| card.trouble.clone()) {
                Some(said) => WhyNot::Lost { said },
                None if cards.is_empty() => WhyNot::NoCards,
                None => WhyNot::NoInstances,
            })
        }
    }
}

fn no_device(environment: &Environment, files: &Files) -> WhyNot {
    match environment.nvidia_visible.as_deref() {
        Some(value) if matches!(value.trim(), "" | "void" | "none") => {
            WhyNot::NotVisible { value: value.trim().to_owned() }
        }
        _ if files.control => WhyNot::NoCards,
        Some(value) => WhyNot::NoRuntime { value: Some(value.to_owned()) },
        None if environment.is_legacy => WhyNot::NoRuntime { value: None },
        None => WhyNot::NoDevice,
    }
}

/// Numbers where every card is whole and well. Else the names: CUDA counts in another order than the buses'
/// where it may, and a card that is left out would shift the numbers; instances have names only.
fn visible(verdict: &Verdict) -> Option<String> {
    if verdict.cards.is_empty() {
        // In a container CUDA counts from 0, whatever numbers the device files have.
        let numbers = (0..verdict.count?).map(|number| number.to_string());
        return Some(numbers.collect::<Vec<_>>().join(","));
    }
    let is_plain = verdict.cards.iter().all(|card| card.is_usable() && !card.mig);
    let usable = verdict.cards.iter().filter(|card| card.is_usable());
    let names: Vec<String> = usable
        .enumerate()
        .flat_map(|(number, card)| match card.mig {
            true => card.instances.iter().map(|one| one.uuid.clone()).collect(),
            false if is_plain => vec![number.to_string()],
            false => vec![card.uuid.clone()],
        })
        .collect();
    Some(names.join(","))
}

impl WhyNot {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AskedForCpu => "asked-for-cpu",
            Self::Hidden => "hidden",
            Self::NotVisible { .. } => "not-visible",
            Self::NoRuntime { .. } => "no-runtime",
            Self::NoDevice => "no-device",
            Self::NoCards => "no-cards",
            Self::Wsl => "wsl",
            Self::NoLibrary => "no-library",
            Self::OldDriver { .. } => "old-driver",
            Self::Hung { .. } => "hung",
            Self::Lost { .. } => "lost",
            Self::Mismatch => "version-mismatch",
            Self::NoModule => "no-module",
            Self::NoAccess => "no-access",
            Self::NoInstances => "no-instances",
            Self::Failed { .. } => "failed",
        }
    }

    /// What helps.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::AskedForCpu => return None,
            Self::Hidden => "start the container without CUDA_VISIBLE_DEVICES",
            Self::NotVisible { .. } => {
                "start the container with `--gpus all`, or with NVIDIA_VISIBLE_DEVICES=all under NVIDIA's runtime"
            }
            Self::NoRuntime { .. } | Self::NoDevice => {
                "start the container with `--gpus all`; the host needs NVIDIA's driver and its package nvidia-container-toolkit"
            }
            Self::NoCards => "`nvidia-smi` on the host shows which cards it has",
            Self::Wsl => {
                "start the container with `--gpus all`; NVIDIA's driver is installed in Windows, not in WSL"
            }
            Self::NoLibrary => {
                "NVIDIA_DRIVER_CAPABILITIES must have `compute`; a device alone (`--device`) brings no library"
            }
            Self::OldDriver { .. } => {
                "update the host's driver, or build the image with an older CUDA: `mad build --set gpu.cuda=auto` on that host"
            }
            Self::Hung { .. } | Self::Lost { .. } => {
                "the host's kernel log tells more: `dmesg | grep -i nvrm`; a reset or a restart of the host brings the card back"
            }
            Self::Mismatch => {
                "the host's driver was updated while it ran: load the new module, or restart the host"
            }
            Self::NoModule => "on the host: `modprobe nvidia`",
            Self::NoAccess => {
                "start the container anew; where systemd takes its devices away again, the engine needs the cgroupfs driver"
            }
            Self::NoInstances => "on the host: `nvidia-smi mig -cgi PROFILE -C`",
            Self::Failed { .. } => "run `nvidia-smi` in the container",
        })
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AskedForCpu => write!(f, "asked for with MAD_DEVICE=cpu"),
            Self::Hidden => write!(f, "CUDA_VISIBLE_DEVICES hides every GPU"),
            Self::NotVisible { value } if value.is_empty() => {
                write!(f, "NVIDIA_VISIBLE_DEVICES is empty: no GPU was asked for")
            }
            Self::NotVisible { value } => {
                write!(f, "NVIDIA_VISIBLE_DEVICES={value}: no GPU was asked for")
            }
            Self::NoRuntime { value: Some(value) } => write!(
                f,
                "no GPU device (/dev/nvidia*), though NVIDIA_VISIBLE_DEVICES={value}: the container was started without NVIDIA's runtime"
            ),
            Self::NoRuntime { value: None } => write!(
                f,
                "no GPU device (/dev/nvidia*), though the image has CUDA_VERSION: the container was started without NVIDIA's runtime"
            ),
            Self::NoDevice => write!(f, "no GPU device (/dev/nvidia*)"),
            Self::NoCards => write!(f, "the driver is there, and no GPU"),
            Self::Wsl => {
                write!(f, "WSL's device /dev/dxg is there, and its library libcuda.so.1 is not")
            }
            Self::NoLibrary => write!(f, "driver library libcuda.so.1 is missing"),
            Self::OldDriver { found, needed, cuda } => {
                write!(
                    f,
                    "driver {found} is older than {needed}, the lowest for this image's CUDA"
                )?;
                cuda.as_ref().map_or(Ok(()), |cuda| write!(f, " {cuda}"))
            }
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
            Self::NoModule => write!(f, "the driver's kernel module is not loaded"),
            Self::NoAccess => write!(f, "the container may not open the GPU's device files"),
            Self::NoInstances => write!(f, "the GPU is cut up (MIG), and no instance is there"),
            Self::Failed { said } => write!(f, "nvidia-smi failed: {said}"),
        }
    }
}
