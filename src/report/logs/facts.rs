//! The answers of `mad-runtime logs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lines of each level, from trace to fatal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    pub trace: u64,
    pub debug: u64,
    pub info: u64,
    pub warn: u64,
    pub error: u64,
    pub fatal: u64,
}

impl Levels {
    pub fn all(&self) -> u64 {
        self.trace + self.debug + self.info + self.warn + self.error + self.fatal
    }

    pub fn add(&mut self, other: &Self) {
        self.trace += other.trace;
        self.debug += other.debug;
        self.info += other.info;
        self.warn += other.warn;
        self.error += other.error;
        self.fatal += other.fatal;
    }
}

/// `logs stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    pub lines: u64,
    pub bytes: u64,
    pub kept_bytes: u64,
    pub budget_bytes: Option<u64>,
    pub segments: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub services: BTreeMap<String, Levels>,
    pub minutes: Vec<Minute>,
    pub loss_reports: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    pub at: String,
    pub levels: Levels,
}

/// `logs patterns`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternList {
    pub patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    pub service: String,
    pub level: String,
    pub pattern: String,
    pub count: u64,
    pub first: String,
    pub last: String,
    pub new: bool,
    pub burst: bool,
    pub peak_minute: String,
    pub peak_count: u64,
    pub example: String,
}
