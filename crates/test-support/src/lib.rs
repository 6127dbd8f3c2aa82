//! What the tests of several crates need: how many generated cases a run has, one mutator of texts, a program
//! without standard output.
//!
//! Counts are fixed, so that a run is the same on a slow machine as on a fast one. `MAD_TEST_SCALE`
//! multiplies them: `scripts/test` sets 10, a long run as many as one has time for.

// Tests are told from outside how long to run, and say so.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]

mod mutate;
mod properties;
mod random;
mod without_stdout;

pub use mutate::Mutator;
pub use properties::properties;
pub use random::Random;
pub use without_stdout::without_stdout;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many cases of a generated test to run; `count` is what a run at the desk has.
///
/// # Panics
///
/// Where `MAD_TEST_SCALE` is no number.
pub fn cases(count: u32) -> u32 {
    match std::env::var("MAD_TEST_SCALE") {
        Ok(scale) => count * scale.parse::<u32>().expect("MAD_TEST_SCALE is a number"),
        Err(_) => count,
    }
}

/// Of a list of cases that are few enough to be tried all: at the desk every `n`th, from number `first` on; all of
/// them where `MAD_TEST_SCALE` is `n` or more.
///
/// # Panics
///
/// Where `n` is 0 or `MAD_TEST_SCALE` is no number.
pub fn share<T>(all: impl IntoIterator<Item = T>, n: u32, first: usize) -> impl Iterator<Item = T> {
    let step = (n / cases(1)).max(1) as usize;
    all.into_iter().skip(first % step).step_by(step)
}

/// Runs `check` with the cases of a mutator; returns how many said `true`.
///
/// # Panics
///
/// Where a check panics: with its seed, which [`Mutator::of_seed`] makes the same case of again.
pub fn each(count: u32, mutator: &Mutator, check: impl Fn(&mut Random, &[u8]) -> bool) -> u32 {
    let mut passed = 0;
    for seed in 1..=u64::from(cases(count)) {
        let mut random = Random::of(seed);
        let text = mutator.case(&mut random);
        match catch_unwind(AssertUnwindSafe(|| check(&mut random, &text))) {
            Ok(is_passed) => passed += u32::from(is_passed),
            Err(_) => panic!("seed {seed}: {:?}", String::from_utf8_lossy(&text)),
        }
    }
    passed
}
