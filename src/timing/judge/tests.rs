//! Whole judgements: what a person is told about a build.

use jiff::civil::{Date, date};

use super::testing::{Noise, build, step};
use super::*;
use crate::profile::{Alert, AlertAction};
use crate::timing::record::{CacheMode, Ending, Record, StepRecord, Trial};

const PYTHON: &str = "RUN uv pip sync /locks/cpu.txt";

fn context(repeats: &[Record]) -> Context<'_> {
    Context {
        today: TODAY,
        locate: &|_| None,
        repeats,
        inherited: &NOTHING_INHERITED,
        gate: Gate::default(),
    }
}

const TODAY: Date = date(2026, 5, 1);

fn alert(condition: &str, action: AlertAction) -> Alert {
    Alert { name: condition.to_owned(), condition: condition.to_owned(), action }
}

/// A cold build: Python's packages beside Node's, then one file.
fn cold(day: i64, python_ms: u64) -> Record {
    build(day, cold_steps(python_ms))
}

fn cold_steps(python_ms: u64) -> Vec<StepRecord> {
    vec![
        step("python-deps", PYTHON, Some(python_ms)),
        step("node-deps", "RUN npm ci", Some(12_000)),
        step("node-deps", "COPY app /app", Some(120)),
    ]
}

/// Seven builds with Python's packages in 20.6 to 21.2 s.
fn week() -> Vec<Record> {
    [20_900, 20_700, 21_200, 20_800, 20_600, 21_000, 20_950]
        .into_iter()
        .enumerate()
        .map(|(day, ms)| cold(day as i64, ms))
        .collect()
}

fn judged(now: &Record, earlier: &[Record]) -> Judgement {
    judge(now, &Baseline::of_records(earlier), earlier.last(), &[], &context(&[]))
}

#[test]
fn a_slow_step_is_named_with_its_seconds() {
    let found = judged(&cold(9, 41_200), &week());
    assert_eq!(found.verdict, Verdict::Regressed);
    insta::assert_snapshot!(found.reason, @"python-deps: RUN uv pip sync /locks/cpu.txt took 41.2s, usually 20.9s ±0.4s in 7 builds");
    assert_eq!(found.action, Some(Action::Fail));
    let verdicts: Vec<Verdict> = found.steps.iter().map(|step| step.comparison.verdict).collect();
    assert_eq!(verdicts, [Verdict::Regressed, Verdict::Ok, Verdict::Ok]);
    assert_eq!(found.build.verdict, Verdict::Regressed);
    assert!(found.steps[0].is_network_bound);
    assert_eq!(judged(&cold(9, 21_100), &week()).verdict, Verdict::Ok);
    assert_eq!(judged(&cold(9, 13_100), &week()).verdict, Verdict::Improved);
}

#[test]
fn a_sleep_of_twenty_seconds_as_a_step_of_its_own() {
    let mut steps = cold_steps(20_900);
    steps.insert(1, step("python-deps", "RUN sleep 20", Some(20_030)));
    let now = build(9, steps);
    let found = judged(&now, &week());
    assert_eq!(found.verdict, Verdict::Regressed);
    insta::assert_snapshot!(found.reason, @"python-deps: RUN sleep 20 is new and took 20.0s; 7 earlier builds did not have it");
    let sleep = &found.steps[1];
    assert!(sleep.is_new && sleep.comparison.n == 7);
    assert_eq!(sleep.origin.as_ref().unwrap().to_string(), "templates/stages/python-deps.j2:3");
    assert_eq!(found.misses.iter().filter(|miss| miss.step == sleep.step).count(), 1);
    // The same build once more is no less regressed, and without the step all is well again.
    let mut after = week();
    after.push(now.clone());
    assert_eq!(judged(&now, &after).verdict, Verdict::Regressed);
    assert_eq!(judged(&cold(10, 20_900), &after).verdict, Verdict::Ok);
}

#[test]
fn a_sleep_inside_an_edited_step_is_judged_by_what_it_was() {
    let mut steps = cold_steps(20_900);
    steps[0] = step("python-deps", &format!("{PYTHON} && sleep 20"), Some(40_900));
    let found = judged(&build(9, steps), &week());
    assert_eq!(found.verdict, Verdict::Regressed);
    assert_eq!(found.steps[0].was.as_deref(), Some(week()[0].steps[0].id.as_str()));
    assert!(matches!(found.misses[0].causes[..], [Cause::Instruction { .. }]));
    // Node runs beside it: 20 s of 40 could be saved.
    assert_eq!((found.misses[0].cost_ms, found.misses[0].wall_cost_ms), (40_900, 28_780));
}

#[test]
fn a_miss_beside_hits_is_a_finding_and_no_slowdown() {
    // Usually only the last step runs; now the cache was empty.
    let warm = |day| {
        let mut steps = cold_steps(20_900);
        steps[0] = step("python-deps", PYTHON, None);
        steps[1] = step("node-deps", "RUN npm ci", None);
        build(day, steps)
    };
    let mut earlier: Vec<Record> = (0..6).map(warm).collect();
    let alone = judged(&cold(9, 20_900), &earlier);
    assert_eq!(alone.verdict, Verdict::Inconclusive, "{}", alone.reason);
    insta::assert_snapshot!(alone.reason, @"no earlier build ran these steps");
    assert!(matches!(alone.misses[0].causes[..], [Cause::Evicted { .. }]));
    assert_eq!(alone.environment, [EnvironmentChange::CacheEvicted { steps: 3 }]);
    earlier.extend((10..16).map(|day| cold(day, 20_900)));
    let known = judged(&cold(20, 21_000), &earlier);
    assert_eq!(known.verdict, Verdict::Ok, "{}", known.reason);
    assert_eq!(known.build.median_ms, 21_900);
}

#[test]
fn a_build_all_from_the_cache_is_quiet() {
    let all_cached = |day, extra: u64| {
        let steps = cold_steps(1).into_iter().map(|s| step(&s.stage, &s.label, None)).collect();
        let mut record = build(day, steps);
        record.wall_ms = 65 + extra;
        record
    };
    let mut earlier = week();
    earlier.extend((10..16).map(|day| all_cached(day, 0)));
    for extra in [0, 300, 900] {
        let found = judged(&all_cached(20, extra), &earlier);
        assert_ne!(found.verdict, Verdict::Regressed, "{}", found.reason);
        assert_eq!(found.cache.hit_rate, Some(1.0));
        assert!(found.steps.is_empty() && found.misses.is_empty());
    }
}

#[test]
fn thin_evidence_is_said_to_be_thin() {
    let few = judged(&cold(9, 41_200), &week()[..3]);
    assert_eq!((few.verdict, few.action), (Verdict::Inconclusive, None));
    assert_eq!(few.alerts[0].state, AlertState::Held);
    insta::assert_snapshot!(few.reason, @"the build took 42.2s, usually 21.9s ±0.4s in 3 builds; a verdict needs 5 builds");
    let mut failed = week();
    failed.iter_mut().for_each(|record| record.ending = Ending::Failed);
    assert_eq!(judged(&cold(9, 41_200), &failed).build.n, 0, "failed builds judge nobody");
    let mut now = cold(9, 41_200);
    now.ending = Ending::Interrupted;
    now.steps.clear();
    insta::assert_snapshot!(judged(&now, &week()).reason, @"the build was interrupted, so it is not compared");
}

#[test]
fn another_machine_is_named() {
    let mut there = place();
    there.machine = "linux/amd64 64x 256 GiB".to_owned();
    let now = cold(9, 41_200);
    let nothing = Baseline::of_records(&[]).among(vec![there.clone(), place()], &place());
    let found = judge(&now, &nothing, None, &[], &context(&[]));
    assert_eq!(
        found.environment,
        [EnvironmentChange::OtherMachine {
            known: vec![there.machine],
            this: now.series.machine.clone()
        }]
    );
    insta::assert_snapshot!(found.reason, @"nothing to compare with: other machine: linux/amd64 64x 256 GiB, not linux/amd64 2x 8 GiB");
    let mut there = place();
    there.builder = "docker 28.0.0 overlayfs 1.10".to_owned();
    let nothing = Baseline::of_records(&[]).among(vec![there], &place());
    let found = judge(&now, &nothing, None, &[], &context(&[]));
    assert!(matches!(found.environment[..], [EnvironmentChange::OtherBuilder { .. }]));
    let mut there = place();
    there.cache = CacheMode::Ignore;
    let nothing = Baseline::of_records(&[]).among(vec![there], &place());
    let found = judge(&now, &nothing, None, &[], &context(&[]));
    assert_eq!(found.environment, []);
    insta::assert_snapshot!(found.reason, @"nothing to compare with: other cache mode: ignore, not use");
}

use super::testing::place;

#[test]
fn alerts_stand_as_the_profile_says() {
    let alerts = [
        alert("build_time > baseline * 1.2", AlertAction::Rollback),
        alert("build_time > baseline * 3", AlertAction::Fail),
        alert("service_uptime < 99%", AlertAction::Rollback),
        alert("permission_errors > 0", AlertAction::Warn),
        alert("image_size > baseline_image_size * 110%", AlertAction::Fail),
        alert("cache_hit_rate < 50%", AlertAction::Warn),
    ];
    let mut now = cold(9, 41_200);
    now.permission_errors = 2;
    let found = judge(&now, &Baseline::of_records(&week()), None, &alerts, &context(&[]));
    let states: Vec<AlertState> = found.alerts.iter().map(|alert| alert.state).collect();
    assert_eq!(
        states,
        [
            AlertState::Fired,
            AlertState::Quiet,
            AlertState::NotMeasured,
            AlertState::Fired,
            AlertState::Quiet,
            AlertState::Fired,
        ]
    );
    assert_eq!(found.action, Some(Action::Rollback));
    let values: Vec<(&str, f64)> =
        found.alerts[0].values.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(values, [("baseline", 20.9), ("build_time", 41.2)]);
    // Without a baseline an alert on sizes is held back.
    let alone = judge(&now, &Baseline::of_records(&[]), None, &alerts, &context(&[]));
    assert_eq!(alone.alerts[0].state, AlertState::Held);
    assert_eq!(alone.alerts[4].state, AlertState::Held);
    assert_eq!(alone.action, Some(Action::Warn));
}

#[test]
fn a_trial_measures_what_alerts_name() {
    let alerts = [
        alert("service_uptime < 99%", AlertAction::Investigate),
        alert("permission_errors > 0", AlertAction::AlertTeam),
        alert("startup_time > 5", AlertAction::Warn),
    ];
    let states = |trial: Trial| {
        let mut now = cold(9, 20_900);
        now.trial = Some(trial);
        let found = judge(&now, &Baseline::of_records(&week()), None, &alerts, &context(&[]));
        let states: Vec<AlertState> = found.alerts.iter().map(|alert| alert.state).collect();
        (states[..3].to_vec(), found.action)
    };
    let good = Trial {
        startup_ms: Some(4999),
        service_uptime: Some(0.99),
        permission_errors: 0,
        ..Trial::default()
    };
    assert_eq!(states(good.clone()), (vec![AlertState::Quiet; 3], None));
    let bad = Trial {
        startup_ms: Some(5001),
        service_uptime: Some(0.98),
        permission_errors: 1,
        ..Trial::default()
    };
    assert_eq!(states(bad), (vec![AlertState::Fired; 3], Some(Action::AlertTeam)));
    let never = Trial { startup_ms: None, ..good };
    assert_eq!(states(never).0[2], AlertState::NotMeasured);
}

#[test]
fn the_ratio_is_the_profiles() {
    let generous = [alert("build_time > baseline * 2.5", AlertAction::Warn)];
    let now = cold(9, 41_200);
    let found = judge(&now, &Baseline::of_records(&week()), None, &generous, &context(&[]));
    assert_eq!((found.verdict, found.action), (Verdict::Ok, None));
}

#[test]
fn an_accepted_slowdown_is_held_until_its_day() {
    let now = cold(9, 41_200);
    let regressed = judged(&now, &week());
    let accepted = regressed.acceptances("b1", &[], "bigger models", date(2026, 5, 1)).unwrap();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].limit_ms, 41_200);
    let baseline = Baseline::of_records(&week()).accepting(&accepted);
    let at =
        |now: &Record, today| judge(now, &baseline, None, &[], &Context { today, ..context(&[]) });
    let found = at(&now, TODAY);
    assert_eq!((found.verdict, found.action), (Verdict::Ok, None), "{}", found.reason);
    assert_eq!(found.alerts[0].state, AlertState::Held);
    assert_eq!(found.steps[0].accepted.as_ref().unwrap().reason, "bigger models");
    assert_eq!(at(&now, date(2026, 5, 2)).verdict, Verdict::Regressed, "its last day was before");
    assert_eq!(at(&cold(10, 55_000), TODAY).verdict, Verdict::Regressed, "more than was accepted");
    assert_eq!(regressed.acceptances("b1", &["nope".into()], "r", TODAY), Err("nope".into()));
    assert_eq!(
        regressed.acceptances("b1", &["npm CI".into()], "r", TODAY).unwrap()[0].limit_ms,
        12_000
    );
}

#[test]
fn repeated_builds_decide_by_their_median() {
    let repeats = [cold(10, 20_800), cold(11, 21_000)];
    let now = cold(9, 41_200);
    let found = judge(&now, &Baseline::of_records(&week()), None, &[], &context(&repeats));
    assert_eq!(found.verdict, Verdict::Ok, "{}", found.reason);
    assert_eq!(found.steps[0].comparison.actual_ms, 21_000);
    assert_eq!(found.confirmed_by_ms, [21_800, 22_000]);
}

mod cases;

#[test]
fn the_machine_is_named_where_it_was_measured() {
    let mut earlier = week();
    for record in &mut earlier {
        record.environment.steal_ms = Some(200);
        record.environment.load_before = Some(0.4);
    }
    let mut now = cold(9, 41_200);
    now.environment.steal_ms = Some(20_000);
    now.environment.load_before = Some(6.0);
    let found = judged(&now, &earlier);
    assert!(
        matches!(
            found.environment[..],
            [
                EnvironmentChange::NetworkBound { .. },
                EnvironmentChange::CpuSteal { .. },
                EnvironmentChange::Busy { load_per_cpu: 3.0 },
                EnvironmentChange::CacheEvicted { .. },
            ]
        ),
        "{:?}",
        found.environment
    );
}

#[test]
fn when_nothing_is_known_to_have_changed_that_is_said() {
    let make = |day, ms| {
        let mut record = build(day, vec![step("a", "RUN make", Some(ms))]);
        record.series.cache = CacheMode::Ignore;
        record
    };
    let earlier: Vec<Record> = (0..6).map(|day| make(day, 10_000 + day as u64)).collect();
    let found = judged(&make(9, 20_000), &earlier);
    assert_eq!(found.environment, [EnvironmentChange::NothingChanged]);
}

/// Ten steps of different lengths, each with its own noise and the engine's, thirty times: no false
/// alarm; and then one of them is slowed down.
#[test]
fn thirty_unchanged_builds_and_then_a_slow_one() {
    let (mut false_alarms, mut found, rounds) = (0, 0, 20);
    for round in 0..rounds {
        let mut noise = Noise::seeded(round);
        let mut make = |day: i64, factor: f64| {
            let steps = (0..10)
                .map(|index| {
                    let slow = if index == 5 { factor } else { 1.0 };
                    let mean = [
                        300.0, 900.0, 2000.0, 5000.0, 8000.0, 10_000.0, 400.0, 100.0, 30.0,
                        15_000.0,
                    ][index];
                    let ms = mean * slow * (1.0 + 0.03 * noise.normal())
                        + 60.0 * (0.8 * noise.normal()).exp();
                    let stage = if index < 5 { "a" } else { "b" };
                    step(stage, &format!("RUN step {index}"), Some(ms as u64))
                })
                .collect();
            build(day, steps)
        };
        let mut builds: Vec<Record> = Vec::new();
        for day in 0..30 {
            let now = make(day, 1.0);
            let from = builds.len().saturating_sub(20);
            false_alarms += u64::from(judged(&now, &builds[from..]).verdict == Verdict::Regressed);
            builds.push(now);
        }
        let slow = judged(&make(31, 1.3), &builds[10..]);
        found += u64::from(slow.steps[5].comparison.verdict == Verdict::Regressed);
    }
    assert_eq!(false_alarms, 0);
    assert!(found * 20 >= rounds * 19, "{found} of {rounds}");
}
