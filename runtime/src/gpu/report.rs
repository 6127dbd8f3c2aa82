//! What is told of the cards: as JSON, as variables.

use nvidia::container::Verdict;
use nvidia::{Card, CudaVersion, Driver};
use serde::{Deserialize, Serialize};

const SCHEMA: &str = "mad.gpu/1";

/// `mad-runtime gpu --json`, and what the watch keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GpuReport {
    /// `mad.gpu/1`.
    pub schema: String,
    /// `cuda` or `cpu`.
    pub device: String,
    /// Why programs run on the CPU.
    pub reason: Option<Reason>,
    /// The cards in one line, or the reason.
    pub summary: String,
    pub cards: Vec<Card>,
    pub driver: Option<Driver>,
    /// The newest CUDA that the driver takes.
    pub driver_cuda: Option<CudaVersion>,
    /// The CUDA of this image, and the lowest driver for it.
    pub image_cuda: Option<CudaVersion>,
    pub min_driver: Option<Driver>,
    /// What `CUDA_VISIBLE_DEVICES` is to be; `null` where it stays as it is.
    pub visible: Option<String>,
    pub notes: Vec<String>,
}

/// Why programs run on the CPU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// `no-device`, `hung`, …
    pub code: String,
    pub text: String,
    pub hint: Option<String>,
}

impl GpuReport {
    pub fn new(
        verdict: Verdict,
        image_cuda: Option<CudaVersion>,
        min_driver: Option<Driver>,
    ) -> Self {
        let reason = verdict.why_not.as_ref().map(|why_not| Reason {
            code: why_not.code().to_owned(),
            text: why_not.to_string(),
            hint: why_not.hint().map(str::to_owned),
        });
        Self {
            schema: SCHEMA.to_owned(),
            device: if reason.is_none() { "cuda" } else { "cpu" }.to_owned(),
            reason,
            summary: verdict.reason(),
            cards: verdict.cards,
            driver: verdict.driver,
            driver_cuda: verdict.driver_cuda,
            image_cuda,
            min_driver,
            visible: verdict.visible,
            notes: verdict.notes,
        }
    }

    /// `NAME=VALUE`, a line each, for the entrypoint: no value has a line break.
    pub fn variables(&self) -> String {
        let use_gpu = if self.device == "cuda" { "1" } else { "0" };
        let mut lines = format!("MAD_DEVICE={}\nUSE_GPU={use_gpu}\n", self.device);
        if let Some(visible) = &self.visible {
            lines += &format!("CUDA_VISIBLE_DEVICES={}\n", one_line(visible));
        }
        lines + &format!("MAD_DEVICE_REASON={}\n", one_line(&self.summary))
    }
}

/// What a tool or a variable said may hold anything.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
