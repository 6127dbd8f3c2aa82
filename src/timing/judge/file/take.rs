//! From builds of the history to the file.

use std::collections::BTreeMap;

use super::{BaselineFile, BaselineStep, MOST_SAMPLES};
use crate::timing::judge::Gate;
use crate::timing::judge::baseline::{Baseline, EarlierBuild, series};
use crate::timing::judge::evidence::usual;
use crate::timing::record::{Ending, Record, SeriesKey};

impl BaselineFile {
    /// Puts what `records` took in the place of what the file says of `place`. What was accepted
    /// stays. The steps are those of the newest build; gives the number of builds that were used.
    pub fn set(&mut self, place: &SeriesKey, records: &[Record]) -> usize {
        // Experiments with `--set` or build arguments are no measure; where a project only has such
        // builds, they are what it builds.
        let is_plain = |record: &&Record| series(record) == 0;
        let built = || records.iter().filter(|record| record.ending == Ending::Built);
        let has_plain = built().any(|record| is_plain(&record));
        let good: Vec<Record> =
            built().filter(|record| !has_plain || is_plain(record)).cloned().collect();
        let newest = good.iter().max_by_key(|record| record.started);
        let Some(newest) = newest else { return 0 };
        let baseline = Baseline::of_records(&good);
        let mut above: BTreeMap<&str, &str> = BTreeMap::new();
        let mut steps = Vec::new();
        for (step, times) in usual(newest, &baseline, Gate::default()) {
            let above = above.insert(&step.stage, &step.id);
            let needs = &step.inputs.needs;
            steps.push(BaselineStep {
                id: step.id.clone(),
                stage: step.stage.clone(),
                label: step.label.clone(),
                needs: (!needs.iter().map(String::as_str).eq(above)).then(|| needs.clone()),
                samples_ms: oldest_first(times.into_iter()),
            });
        }
        // Somewhere it has to be said, or the file looks like one that does not tell.
        let is_told = steps.iter().any(|step: &BaselineStep| step.needs.is_some());
        if let Some(first) = steps.first_mut().filter(|_| !is_told) {
            first.needs = Some(newest.steps[0].inputs.needs.clone());
        }
        let overhead = baseline.builds.iter().filter_map(|build: &EarlierBuild| build.overhead_ms);
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
