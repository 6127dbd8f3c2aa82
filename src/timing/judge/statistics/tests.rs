//! The gates by example, by property, and by simulation with a seeded generator.

use proptest::prelude::*;

use super::super::testing::Noise;
use super::*;

/// The default alert, `build_time > baseline * 1.2`.
fn beyond(time: u64, baseline: u64) -> bool {
    time as f64 > baseline as f64 * 1.2
}

fn judged(actual_ms: u64, samples: &[u64]) -> Comparison {
    compare(actual_ms, samples, Gate::default(), &beyond)
}

const STEADY: [u64; 7] = [20_700, 20_900, 21_100, 20_800, 20_950, 21_000, 20_850];

#[test]
fn a_slow_step_is_regressed_with_its_numbers() {
    let found = judged(41_200, &STEADY);
    assert_eq!(found.verdict, Verdict::Regressed);
    assert_eq!((found.n, found.median_ms, found.spread_ms), (7, 20_900, 418));
    assert_eq!(found.ratio.unwrap(), 41_200.0 / 20_900.0);
    assert!(found.score.unwrap() > 40.0);
}

#[test]
fn each_gate_alone_holds_a_verdict_back() {
    assert_eq!(judged(24_900, &STEADY).verdict, Verdict::Ok, "the ratio");
    assert_eq!(judged(900, &[300; 9]).verdict, Verdict::Ok, "the floor in seconds");
    assert_eq!(judged(41_200, &STEADY[..4]).verdict, Verdict::Inconclusive, "the samples");
    let wide = [10_000, 14_000, 12_000, 17_000, 20_000, 11_000];
    assert_eq!(judged(21_000, &wide).verdict, Verdict::Inconclusive, "the score");
    let two_speeds = [20_000, 20_100, 20_050, 19_900, 20_000, 40_000, 20_080];
    assert_eq!(judged(40_100, &two_speeds).verdict, Verdict::Inconclusive, "the reach");
}

#[test]
fn one_old_accident_in_twenty_does_not_hide_a_regression() {
    let mut samples = vec![20_000; 19];
    samples.push(35_000);
    assert_eq!(judged(41_000, &samples).verdict, Verdict::Regressed);
}

#[test]
fn an_accident_hides_nothing_however_long_it_was() {
    let mut samples: Vec<u64> = (0..27).map(|i| 10_000 + 10 * i).collect();
    samples.push(60_000);
    for actual in [14_000, 50_000, 59_000, 61_000] {
        assert_eq!(judged(actual, &samples).verdict, Verdict::Regressed, "{actual}");
    }
    // Nor one that was short.
    samples[27] = 500;
    assert_eq!(judged(18_000, &samples).verdict, Verdict::Regressed);
    // Of few builds, one that was as slow may be how they are: no verdict, and no measure either.
    let few = [&samples[..6], &[60_000]].concat();
    let found = judged(50_000, &few);
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert_eq!(found.held_by, Some(EvidenceGate::Reach));
    assert!(found.is_slower && found.is_suspect());
    // Four of thirty are no accidents.
    let four = [&samples[..26], &[60_000, 58_000, 61_000, 59_000]].concat();
    assert_eq!(judged(50_000, &four).verdict, Verdict::Inconclusive);
}

#[test]
fn without_samples_nothing_is_claimed() {
    let none = judged(5000, &[]);
    assert_eq!((none.verdict, none.n, none.ratio), (Verdict::Inconclusive, 0, None));
    assert_eq!(judged(5000, &[5000]).verdict, Verdict::Inconclusive);
    assert_eq!(judged(5000, &[5000]).score, None);
}

#[test]
fn nothing_against_nothing_is_ok_and_something_new_is_regressed() {
    assert_eq!(judged(300, &[0; 7]).verdict, Verdict::Ok);
    let new = judged(20_000, &[0; 7]);
    assert_eq!((new.verdict, new.ratio, new.n), (Verdict::Regressed, None, 7));
}

proptest! {
    #![proptest_config(test_support::properties(256))]

    #[test]
    fn slower_is_never_better(
        samples in prop::collection::vec(0u64..100_000, 0..25),
        actual in 0u64..200_000,
        more in 0u64..100_000,
    ) {
        let rank = |verdict| match verdict {
            Verdict::Improved => 0,
            Verdict::Ok | Verdict::Inconclusive => 1,
            Verdict::Regressed => 2,
        };
        let (less, more) = (judged(actual, &samples), judged(actual + more, &samples));
        prop_assert!(rank(less.verdict) <= rank(more.verdict), "{less:?} {more:?}");
    }

    #[test]
    fn the_order_of_the_samples_does_not_matter(
        samples in prop::collection::vec(0u64..100_000, 0..25),
        actual in 0u64..200_000,
    ) {
        let mut turned = samples.clone();
        turned.reverse();
        prop_assert_eq!(judged(actual, &samples), judged(actual, &turned));
    }

    #[test]
    fn a_verdict_keeps_its_gates(
        samples in prop::collection::vec(0u64..100_000, 0..25),
        actual in 0u64..200_000,
    ) {
        let found = judged(actual, &samples);
        match found.verdict {
            Verdict::Regressed => {
                prop_assert!(found.n >= 5 && beyond(actual, found.median_ms));
                prop_assert!(actual >= found.median_ms + 2000 && found.score.unwrap() > 3.5);
                let beaten = samples.iter().filter(|&&sample| sample < actual).count();
                prop_assert!(samples.len() - beaten <= samples.len() / 10);
            }
            Verdict::Improved => {
                prop_assert!(found.n >= 5 && beyond(found.median_ms, actual));
                prop_assert!(actual + 2000 <= found.median_ms && found.score.unwrap() < -3.5);
                let beaten = samples.iter().filter(|&&sample| sample > actual).count();
                prop_assert!(samples.len() - beaten <= samples.len() / 10);
            }
            Verdict::Ok => prop_assert!(found.n >= 5),
            Verdict::Inconclusive => {}
        }
    }
}

/// In how many of `rounds` series of thirty equal builds, each judged against up to twenty before
/// it, at least one is called regressed.
fn series_with_a_false_alarm(
    rounds: u64,
    mut seconds: impl FnMut(&mut Noise, usize) -> f64,
) -> u64 {
    let mut with = 0;
    for round in 0..rounds {
        let mut noise = Noise::seeded(round);
        let mut times: Vec<u64> = Vec::new();
        let mut is_false = false;
        for index in 0..30 {
            let ms = (seconds(&mut noise, index) * 1000.0) as u64;
            let earlier = &times[times.len().saturating_sub(20)..];
            is_false |= judged(ms, earlier).verdict == Verdict::Regressed;
            times.push(ms);
        }
        with += u64::from(is_false);
    }
    with
}

/// Of two hundred series each: the first two are what steps on one machine do, the others are worse.
#[test]
fn false_alarms_are_as_the_documentation_says() {
    const ROUNDS: u64 = 200;
    let alarms = |seconds: &mut dyn FnMut(&mut Noise, usize) -> f64| {
        series_with_a_false_alarm(ROUNDS, |noise, index| seconds(noise, index))
    };
    let rows = [
        ("normal, 3 %", alarms(&mut |n, _| 10.0 * (1.0 + 0.03 * n.normal()))),
        ("lognormal, 5 %", alarms(&mut |n, _| 20.0 * (0.05 * n.normal()).exp())),
        ("lognormal, 10 %", alarms(&mut |n, _| 20.0 * (0.1 * n.normal()).exp())),
        (
            "lognormal, 5 %, and 1 % slower with every build",
            alarms(&mut |n, i| 20.0 * (1.0 + 0.01 * i as f64) * (0.05 * n.normal()).exp()),
        ),
        (
            "two speeds, 20 s and 40 s, half and half",
            alarms(&mut |n, _| {
                let speed = if n.uniform() < 0.5 { 20.0 } else { 40.0 };
                speed * (0.03 * n.normal()).exp()
            }),
        ),
        (
            "the tails of Student's t, three degrees of freedom",
            alarms(&mut |n, _| 20.0 * (1.0 + 0.05 * n.heavy().abs())),
        ),
    ];
    let rows: String = rows.iter().map(|(name, found)| format!("| {name} | {found} |\n")).collect();
    documents("| noise | series with a false alarm, of 200 |\n|---|---|\n", &rows);
}

#[test]
fn a_slowdown_by_three_tenths_is_found_as_the_documentation_says() {
    let rows = [5, 7, 10, 20].map(|n| {
        let mut noise = Noise::seeded(n as u64);
        let mut ten_seconds =
            |factor: f64| (10_000.0 * factor * (1.0 + 0.03 * noise.normal())) as u64;
        let rounds = 2000;
        let found = (0..rounds)
            .filter(|_| {
                let earlier: Vec<u64> = (0..n).map(|_| ten_seconds(1.0)).collect();
                judged(ten_seconds(1.3), &earlier).verdict == Verdict::Regressed
            })
            .count();
        assert!(found * 20 >= rounds * 19, "{n} samples: {found} of {rounds}");
        format!("| {n} | {:.1} % |\n", found as f64 / rounds as f64 * 100.0)
    });
    documents("| earlier builds | found |\n|---|---|\n", &rows.concat());
}

/// The numbers of the documentation are those that came out.
#[track_caller]
fn documents(head: &str, rows: &str) {
    let page = include_str!("../../../../docs/verdicts.md");
    assert!(page.contains(&format!("{head}{rows}")), "expected in docs/verdicts.md:\n{head}{rows}");
}

#[test]
fn the_line_to_slow_is_where_the_verdict_turns() {
    let beyond = |time: u64, before: u64| time as f64 > before as f64 * 1.2;
    for samples in [[10_000, 10_050, 9_950, 10_020, 9_980], [300, 310, 290, 305, 295]] {
        let line = compare(samples[0], &samples, Gate::default(), &beyond).slow_beyond_ms.unwrap();
        let verdict = |ms| compare(ms, &samples, Gate::default(), &beyond).verdict;
        assert_eq!(verdict(line), Verdict::Regressed, "{line}");
        assert_ne!(verdict(line - 1), Verdict::Regressed, "{line}");
    }
    assert_eq!(compare(9, &[9, 9], Gate::default(), &beyond).slow_beyond_ms, None);
}
