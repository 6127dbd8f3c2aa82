//! How properties are tried: as often everywhere, with the same cases.

use proptest::test_runner::{Config, RngSeed};

/// The configuration of a property that has `count` cases at the desk.
///
/// The seed is fixed, so the same command replays a red property; `PROPTEST_RNG_SEED` gives another one, to look
/// further. Seed and number of cases are printed, which is shown where the property fails.
pub fn properties(count: u32) -> Config {
    let default = Config::default();
    let rng_seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2026),
        asked @ RngSeed::Fixed(_) => asked,
    };
    let cases = crate::cases(count);
    println!("{cases} cases; PROPTEST_RNG_SEED={rng_seed} and as many replay them");
    Config { cases, rng_seed, failure_persistence: None, ..default }
}
