//! Why `nvidia-smi` lists no cards, by what it says.

/// What it complained about. The texts are those of NVML's errors; drivers differ in what they put around
/// them, so that a part of each is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complaint {
    /// A card has fallen off the bus, or does not answer.
    Lost,
    /// The libraries are of another version than the kernel's module: the driver was updated, and the
    /// module of before still runs.
    Mismatch,
    /// The kernel's module is not loaded.
    NoModule,
    /// It runs, and has no card.
    NoCards,
    /// The container may not open the device files.
    NoAccess,
    /// It found no NVML beside it.
    NoLibrary,
}

impl Complaint {
    /// Of both of its outputs together; `None` for what is not known.
    pub fn of(said: &str) -> Option<Self> {
        const PARTS: [(&str, Complaint); 12] = [
            ("version mismatch", Complaint::Mismatch),
            ("gpu is lost", Complaint::Lost),
            ("unable to determine the device handle", Complaint::Lost),
            ("fallen off the bus", Complaint::Lost),
            ("gpu requires reset", Complaint::Lost),
            ("no devices were found", Complaint::NoCards),
            ("couldn't communicate with the nvidia driver", Complaint::NoModule),
            ("driver not loaded", Complaint::NoModule),
            ("insufficient permissions", Complaint::NoAccess),
            // systemd has reloaded, and taken the container's right to the devices away.
            ("failed to initialize nvml: unknown error", Complaint::NoAccess),
            ("couldn't find libnvidia-ml.so", Complaint::NoLibrary),
            ("nvml shared library", Complaint::NoLibrary),
        ];
        let said = said.to_lowercase();
        PARTS.iter().find(|(part, _)| said.contains(part)).map(|(_, complaint)| *complaint)
    }
}
