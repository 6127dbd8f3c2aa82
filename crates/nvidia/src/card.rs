//! The cards, as `nvidia-smi` lists them.
//!
//! `--query-gpu` gives one line a card, values by commas; what a card does not have is `[N/A]` or `[Not
//! Supported]`, and `[GPU is lost]` or `ERR!` where it does not answer. `-L` has the instances of cards that
//! are cut up (MIG), which `--query-gpu` does not.

use serde::{Deserialize, Serialize};

use super::Driver;

/// A card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Its number, in the order of the buses.
    pub index: u32,
    /// `GPU-…`, the same on every machine.
    pub uuid: String,
    /// For example `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// In MiB; `None` where it does not tell.
    pub memory_mib: Option<u64>,
    /// In MiB.
    pub used_mib: Option<u64>,
    /// Of the last sample, in percent; `None` for a card that is cut up.
    pub utilisation_percent: Option<f64>,
    /// In degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Whether it is cut up into instances (MIG).
    pub mig: bool,
    /// Its instances, which programs use instead of the card.
    #[serde(default)]
    pub instances: Vec<Instance>,
    /// What it says instead of values; `None` for one that is well.
    pub trouble: Option<String>,
}

/// A part of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// For example `1g.10gb`.
    pub profile: String,
    /// `MIG-…`.
    pub uuid: String,
}

/// The newest CUDA that a driver takes.
pub type CudaVersion = String;

/// The columns, in the order in which [`Card::all`] reads them; the name last, should it hold a comma.
pub(crate) const COLUMNS: &str = "index,uuid,memory.total,memory.used,utilization.gpu,temperature.gpu,mig.mode.current,driver_version,name";

impl Card {
    /// Every card in the answer to `--query-gpu`, and the driver's version; `None` for what is no such
    /// answer.
    pub fn all(text: &str) -> Option<(Vec<Self>, Option<Driver>)> {
        let (mut cards, mut driver) = (Vec::new(), None);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let values: Vec<&str> = line.splitn(9, ',').map(str::trim).collect();
            let [index, uuid, memory, used, utilisation, temperature, mig, version, name] =
                *values.as_slice()
            else {
                return None;
            };
            // A card that does not answer has its complaint in every column.
            let trouble = values.iter().find(|value| is_trouble(value));
            driver = driver.or_else(|| version.parse().ok());
            cards.push(Self {
                index: match index.parse() {
                    Ok(index) => index,
                    Err(_) if trouble.is_some() => cards.len() as u32,
                    Err(_) => return None,
                },
                uuid: uuid.to_owned(),
                name: name.to_owned(),
                memory_mib: memory.parse().ok(),
                used_mib: used.parse().ok(),
                utilisation_percent: utilisation.parse().ok(),
                temperature_c: temperature.parse().ok(),
                mig: mig == "Enabled",
                instances: Vec::new(),
                trouble: trouble.map(|text| text.trim_matches(['[', ']']).to_owned()),
            });
        }
        Some((cards, driver))
    }

    /// Gives each card the instances that `-L` lists below it.
    pub fn add_instances(cards: &mut [Self], listing: &str) {
        let mut at = None;
        for line in listing.lines() {
            let uuid = line.split_once("(UUID: ").and_then(|(_, rest)| rest.split_once(')'));
            let Some((uuid, _)) = uuid else { continue };
            if line.starts_with("GPU ") {
                at = cards.iter().position(|card| card.uuid == uuid);
            } else if let (Some(rest), Some(at)) = (line.trim_start().strip_prefix("MIG "), at) {
                let profile = rest.split_whitespace().next().unwrap_or_default().to_owned();
                cards[at].instances.push(Instance { profile, uuid: uuid.to_owned() });
            }
        }
    }

    /// Whether programs can use it.
    pub fn is_usable(&self) -> bool {
        self.trouble.is_none() && (!self.mig || !self.instances.is_empty())
    }
}

/// `[N/A]` and `[Not Supported]` are answers of a card that is well.
fn is_trouble(value: &str) -> bool {
    let text = value.to_lowercase();
    value == "ERR!"
        || ["is lost", "unknown error", "requires reset"].iter().any(|part| text.contains(part))
}

/// The newest CUDA that the driver takes, from `nvidia-smi --version`. From driver 610 on it is called
/// `CUDA UMD Version`; older ones than 535 do not know the option.
pub(crate) fn cuda_of(text: &str) -> Option<CudaVersion> {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    let mut pairs = pairs.map(|(name, value)| (name.trim().to_lowercase(), value.trim()));
    let (_, version) =
        pairs.find(|(name, _)| name == "cuda version" || name == "cuda umd version")?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_cuda_is_read_in_both_spellings() {
        let old = "NVIDIA-SMI version  : 550.54.15\nNVML version        : 550.54\nDRIVER version      : 550.54.15\nCUDA Version        : 12.4\n";
        assert_eq!(cuda_of(old).as_deref(), Some("12.4"));
        assert_eq!(
            cuda_of("KMD Version : 610.43.03\nCUDA UMD Version : 13.3\n").as_deref(),
            Some("13.3")
        );
        assert_eq!(cuda_of("CUDA Version : N/A\n"), None);
        assert_eq!(cuda_of("Invalid option: --version\n"), None);
    }

    #[test]
    fn what_is_no_list_of_cards_is_none() {
        assert_eq!(Card::all("Failed to initialize NVML: Unknown Error\n"), None);
        assert_eq!(Card::all("x, y, 1, 1, 1, 1, N/A, 550.54.15, name\n"), None);
        assert_eq!(Card::all("\n"), Some((Vec::new(), None)));
        let (cards, _) = Card::all("0, GPU-1, 1, 1, 1, 1, [N/A], 550.54.15, one, two\n").unwrap();
        assert_eq!(cards[0].name, "one, two");
    }
}
