//! From builds of the history to the file.

use super::{BaselineFile, BaselineStep, MOST_SAMPLES};
use crate::timing::judge::Gate;
use crate::timing::judge::baseline::{Baseline, Earlier};
use crate::timing::judge::evidence::usual;
use crate::timing::record::{Ending, Place, Record};

impl BaselineFile {
    /// Puts what `records` took in the place of what the file says of `place`. What was accepted
    /// stays. The steps are those of the newest build; gives the number of builds that were used.
    pub fn set(&mut self, place: &Place, records: &[Record]) -> usize {
        let newest = records
            .iter()
            .filter(|record| record.ending == Ending::Built)
            .max_by_key(|record| record.started);
        let Some(newest) = newest else { return 0 };
        let baseline = Baseline::of_records(records);
        let steps = usual(newest, &baseline, Gate::default())
            .into_iter()
            .map(|(step, times)| BaselineStep {
                id: step.id.clone(),
                stage: step.stage.clone(),
                label: step.label.clone(),
                samples_ms: oldest_first(times.into_iter()),
            })
            .collect();
        let overhead = baseline.builds.iter().filter_map(|build: &Earlier| build.overhead_ms);
        let entry = self.place_mut(place);
        entry.builds = baseline.len();
        entry.oldest = baseline.facts.oldest;
        entry.newest = baseline.facts.newest;
        entry.overhead_ms = oldest_first(overhead);
        entry.image_bytes = baseline.image_bytes();
        entry.steps = steps;
        baseline.len()
    }
}

/// The newest ones, turned.
fn oldest_first(newest_first: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut samples: Vec<u64> = newest_first.take(MOST_SAMPLES).collect();
    samples.reverse();
    samples
}
