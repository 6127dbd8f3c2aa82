//! The same plan, made so that the engine runs some of its steps again.
//!
//! `--no-cache` would do too much: the engine empties the steps' cache mounts with it, and times a
//! `npm ci` without its download cache. An argument that no build had before changes the key of the
//! `RUN`s below it and nothing else: it is in their environment, not in the image.
//!
//! ```text
//! FROM base AS deps                       FROM base AS deps
//! COPY package.json /app/                 COPY package.json /app/      from the cache
//! RUN npm ci                       =>     ARG MAD_REPEAT=…
//!                                         RUN npm ci                   runs
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Step};

/// The argument that no build had before.
const ARGUMENT: &str = "MAD_REPEAT";

/// A plan of which some steps run again.
#[derive(Debug, Clone)]
pub struct RepeatPlan {
    /// The plan.
    pub plan: Plan,
    /// Stages with such a step above their first `RUN`: no argument reaches a `COPY`, so the cache of
    /// the whole stage has to be ignored.
    pub without_cache: Vec<String>,
}

impl Plan {
    /// The plan with `steps` (their ids), and what lies below them, to be run again; `nonce` is another
    /// one each time.
    pub fn repeating(&self, steps: &BTreeSet<String>, nonce: &str) -> RepeatPlan {
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        let mut without_cache = BTreeSet::new();
        for step in self.steps.iter().filter(|step| steps.contains(&step.id)) {
            match self.run_above(step) {
                Some(line) => {
                    let first = lines.entry(&step.stage).or_insert(line);
                    *first = line.min(*first);
                }
                None => {
                    without_cache.insert(step.stage.clone());
                }
            }
        }
        let lines: BTreeSet<usize> = lines.into_values().collect();
        let mut dockerfile = String::with_capacity(self.dockerfile.len() + 128);
        for (index, line) in self.dockerfile.split_inclusive('\n').enumerate() {
            if lines.contains(&(index + 1)) {
                dockerfile.push_str(&format!("ARG {ARGUMENT}={nonce}\n"));
            }
            dockerfile.push_str(line);
        }
        let mut plan = self.clone();
        plan.context.insert_text("Dockerfile", dockerfile.clone());
        plan.dockerfile = dockerfile;
        RepeatPlan { plan, without_cache: without_cache.into_iter().collect() }
    }

    /// The line of a step that is a `RUN`, or else of the nearest `RUN` above it in its stage.
    fn run_above(&self, step: &Step) -> Option<usize> {
        let is_run = |other: &&Step| {
            other.stage == step.stage && other.line <= step.line && other.label.starts_with("RUN ")
        };
        self.steps.iter().filter(is_run).map(|step| step.line).max()
    }
}
