//! How long answers take: counts in buckets of powers of two, so that memory is fixed.

use std::cell::{Cell, RefCell};
use std::time::Duration;

const BUCKETS: usize = 32;

#[derive(Default)]
pub struct Latency {
    count: Cell<u64>,
    /// By the bits of the microseconds.
    buckets: RefCell<[u64; BUCKETS]>,
}

impl Latency {
    pub fn record(&self, took: Duration) {
        let micros = took.as_micros() as u64;
        let bucket = (64 - micros.leading_zeros() as usize).min(BUCKETS - 1);
        self.buckets.borrow_mut()[bucket] += 1;
        self.count.set(self.count.get() + 1);
    }

    pub fn count(&self) -> u64 {
        self.count.get()
    }

    /// The upper end of the bucket that `share` of all answers reach.
    pub fn quantile_us(&self, share: f64) -> Option<u64> {
        let wanted = (self.count.get() as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (bits, count) in self.buckets.borrow().iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return Some((1 << bits) - 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_at_most_twice_the_truth() {
        let latency = Latency::default();
        assert_eq!(latency.quantile_us(0.5), None);
        (1..=1000).for_each(|micros| latency.record(Duration::from_micros(micros)));
        for (share, truth) in [(0.5, 500), (0.99, 990)] {
            let found = latency.quantile_us(share).expect("recorded");
            assert!((truth..2 * truth + 1).contains(&found), "{share}: {found}");
        }
    }
}
