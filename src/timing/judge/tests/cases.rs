//! Builds on which mad was wrong once, each with the answer that is right.

use super::super::testing::{build, step};
use super::*;

/// Eight builds of one step after another, with the times of `of(day)`.
fn days(of: impl Fn(i64) -> Vec<StepRecord>) -> Vec<Record> {
    (0..8).map(|day| build(day, of(day))).collect()
}

fn one(text: &str, ms: u64) -> Vec<StepRecord> {
    vec![step("final", text, Some(ms))]
}

fn alerted(condition: &str, now: &Record, earlier: &[Record]) -> Judgement {
    let alerts = [alert(condition, AlertAction::Rollback)];
    judge(now, &Baseline::of_records(earlier), earlier.last(), &alerts, &context(&[]))
}

#[test]
fn an_alert_fires_where_it_is_true_by_the_values_that_it_prints() {
    let earlier = days(|day| one("RUN work", 10_000 + 10 * day as u64));
    let mut now = build(9, one("RUN work", 9000));
    now.permission_errors = 7;
    now.image.as_mut().unwrap().size_bytes = 5_000_000;
    for (condition, state) in [
        ("build_time > baseline * 1.2 or image_size > 1500", AlertState::Fired),
        ("build_time > baseline * 1.2 or permission_errors > 0", AlertState::Fired),
        ("permission_errors > 0 or service_uptime < 99%", AlertState::Fired),
        ("not (permission_errors == 0 and build_time < baseline)", AlertState::Fired),
        (
            "image_size > baseline_image_size * 110% and build_time > baseline * 0.5",
            AlertState::Fired,
        ),
        ("build_time > baseline * 1.2 and permission_errors > 0", AlertState::Quiet),
        ("permission_errors > 7", AlertState::Quiet),
        ("service_uptime < 99% and permission_errors > 0", AlertState::NotMeasured),
        ("true if permission_errors > 3 else build_time > baseline", AlertState::Fired),
    ] {
        let found = alerted(condition, &now, &earlier);
        assert_eq!(found.alerts[0].state, state, "{condition}: {:?}", found.alerts[0].values);
        let action = (state == AlertState::Fired).then_some(Action::Rollback);
        assert_eq!((found.verdict, found.action), (Verdict::Ok, action), "{condition}");
    }
}

#[test]
fn what_an_alert_says_beside_speed_is_no_part_of_the_verdict() {
    let earlier = days(|day| one("RUN work", 10_000 + 10 * day as u64));
    let slow = build(9, one("RUN work", 29_000));
    for (condition, state, action) in [
        ("build_time > baseline * 1.2 and image_size > 1500000000", AlertState::Quiet, None),
        ("build_time > baseline * 1.2 and cache_hit_rate > 10%", AlertState::Quiet, None),
        ("build_time / baseline > 1.2", AlertState::Fired, Some(Action::Rollback)),
        ("not build_time <= baseline * 1.2", AlertState::Fired, Some(Action::Rollback)),
        // No ratio of a verdict: mad's own stands beside it.
        ("build_time < baseline * 0.5", AlertState::Quiet, Some(Action::Fail)),
    ] {
        let found = alerted(condition, &slow, &earlier);
        assert_eq!(found.verdict, Verdict::Regressed, "{condition}");
        assert_eq!((found.alerts[0].state, found.action), (state, action), "{condition}");
    }
    // Of something new there is no ratio, and it is slower all the same.
    let new = build(9, [one("RUN work", 10_000), one("RUN sleep 20", 20_000)].concat());
    let found = alerted("build_time / baseline > 1.2", &new, &earlier);
    assert_eq!(found.alerts[0].state, AlertState::Fired);
    assert_eq!(found.alerts[0].values["baseline"], 0.0);
}

#[test]
fn merged_split_and_moved_steps_are_what_they_were() {
    let apt = |k: usize| format!("RUN apt-get install pkg{k}");
    let five = || (0..5).map(|k| step("f", &apt(k), Some(5000))).collect::<Vec<_>>();
    let parts = |ms: [u64; 3]| {
        ["RUN a", "RUN b", "RUN c"].iter().zip(ms).map(|(t, ms)| step("f", t, Some(ms))).collect()
    };
    for (what, earlier, now) in [
        ("merged", days(|_| five()), one("RUN apt-get install pkg0 pkg1 pkg2 pkg3 pkg4", 25_000)),
        ("split", days(|_| one("RUN a && b && c", 30_000)), parts([10_000, 10_000, 10_000])),
    ] {
        let mut now = now;
        now.iter_mut().for_each(|step| step.stage = "f".to_owned());
        let mut earlier = earlier;
        earlier.iter_mut().flat_map(|r| &mut r.steps).for_each(|s| s.stage = "f".to_owned());
        let wall = earlier[0].wall_ms;
        let found = judged(&build(9, now), &earlier);
        assert_eq!(found.verdict, Verdict::Ok, "{what}: {}", found.reason);
        assert_eq!((found.build.median_ms, found.build.is_modelled), (wall, false), "{what}");
    }
    // Split and slower, in sum: the build is, and no part of it is called faster.
    let mut earlier = days(|_| one("RUN a && b && c", 30_000));
    earlier.iter_mut().flat_map(|r| &mut r.steps).for_each(|s| s.stage = "f".to_owned());
    let found = judged(&build(9, parts([14_000, 14_000, 14_000])), &earlier);
    assert_eq!(found.verdict, Verdict::Regressed, "{}", found.reason);
    let credited: u64 = found.steps.iter().map(|step| step.comparison.median_ms).sum();
    assert_eq!(credited, 30_000);
    assert!(found.steps.iter().all(|step| step.comparison.verdict != Verdict::Improved));
}

#[test]
fn stages_that_wait_for_each_other_now_are_slower_than_any_build_was() {
    let beside = |_| vec![step("a", "RUN x", Some(10_000)), step("b", "RUN y", Some(10_000))];
    let earlier = days(beside);
    let mut now = build(9, beside(9));
    now.steps[1].inputs.needs = vec![now.steps[0].id.clone()];
    now.wall_ms = 21_000;
    let found = judged(&now, &earlier);
    assert_eq!(found.verdict, Verdict::Regressed);
    insta::assert_snapshot!(found.reason, @"the build took 21.0s, usually 11.0s ±0.2s in 8 builds");
    // The same from a committed file.
    let mut file = BaselineFile::new("cpu");
    file.set(&place(), &earlier);
    let file = BaselineFile::parse("f", "cpu", &file.to_string()).unwrap();
    let baseline = Baseline::of_file(&file, &place(), "f");
    assert_eq!(judge(&now, &baseline, None, &[], &context(&[])).verdict, Verdict::Regressed);
}

#[test]
fn a_time_that_was_never_measured_is_said_to_be_modelled() {
    let earlier = days(|_| vec![step("a", "RUN a", Some(30_000)), step("a", "RUN b", Some(5000))]);
    let now = build(9, vec![step("a", "RUN a", None), step("a", "RUN b", Some(5000))]);
    let found = judged(&now, &earlier);
    insta::assert_snapshot!(found.reason, @"the build took 6.0s, expected 6.0s ±0.1s from the step times of 8 builds");
}

#[test]
fn repeats_of_one_stage_count_on_the_path_of_the_build() {
    let steps = |a: Option<u64>, b: Option<u64>| {
        vec![
            step("a", "RUN download", a),
            step("b", "RUN compile", b),
            step("b", "RUN pack", Some(100)),
        ]
    };
    let earlier = days(|_| steps(Some(500), Some(600)));
    let now = build(9, steps(Some(5300), Some(600)));
    assert_eq!(judged(&now, &earlier).verdict, Verdict::Regressed);
    let again = |ms: [u64; 3]| -> Judgement {
        let repeats: Vec<Record> = (10..)
            .zip(ms)
            .map(|(day, ms)| {
                let mut repeat = build(day, steps(Some(ms), None));
                repeat.image = None;
                repeat
            })
            .collect();
        let baseline = Baseline::of_records(&earlier);
        judge(&now, &baseline, earlier.last(), &[], &context(&repeats))
    };
    let cleared = again([500, 510, 520]);
    assert_eq!(cleared.verdict, Verdict::Ok, "{}", cleared.reason);
    assert_eq!((cleared.build.actual_ms, cleared.standing), (1700, Some(BaselineRole::Accident)));
    assert!(
        cleared.reason.contains("run again: a: RUN download in 500ms, 510ms, 520ms"),
        "{}",
        cleared.reason
    );
    let confirmed = again([5200, 5300, 5400]);
    assert_eq!(confirmed.verdict, Verdict::Regressed);
}

#[test]
fn an_inconclusive_verdict_names_the_gate_that_held_it_back() {
    let wide = [10_000, 14_000, 12_000, 17_000, 20_000, 11_000];
    let earlier: Vec<Record> =
        (0..).zip(wide).map(|(day, ms)| build(day, one("RUN work", ms))).collect();
    let found = judged(&build(9, one("RUN work", 21_000)), &earlier);
    insta::assert_snapshot!(found.reason, @"the build took 22.0s, usually 14.0s ±4.4s in 6 builds: within the usual spread");
    // Slower than all of them, and not shown to be more than noise: no measure for the next.
    assert_eq!(found.standing, Some(BaselineRole::Suspect));
    let speeds = [10_000, 10_100, 10_050, 30_000, 30_100, 10_000, 10_020];
    let earlier: Vec<Record> =
        (0..).zip(speeds).map(|(day, ms)| build(day, one("RUN work", ms))).collect();
    let found = judged(&build(9, one("RUN work", 29_000)), &earlier);
    insta::assert_snapshot!(found.reason, @"the build took 30.0s, usually 11.1s ±0.2s in 7 builds: earlier builds differed as much");
    assert_eq!(found.standing, Some(BaselineRole::Good), "as slow as others were");
}

#[test]
fn a_build_that_failed_is_compared_with_nothing() {
    let earlier = days(|_| [one("RUN work", 1000), one("RUN more", 1000)].concat());
    let mut now = build(9, [one("RUN work", 60_000), one("RUN more", 1)].concat());
    now.ending = Ending::Failed;
    now.image = None;
    now.steps[1].state = crate::timing::WorkState::Failed;
    let found = judged(&now, &earlier);
    assert_eq!((found.verdict, found.action, found.standing), (Verdict::Inconclusive, None, None));
    assert_eq!(found.reason, "the build was not finished, so it is not compared");
    assert!(found.steps.iter().all(|step| step.comparison.verdict == Verdict::Inconclusive));
}

#[test]
fn a_build_that_is_slower_as_a_whole_can_be_accepted_as_a_whole() {
    let twenty = |ms: u64| -> Vec<StepRecord> {
        (0..20).map(|k| step("f", &format!("RUN {k}"), Some(ms))).collect()
    };
    let earlier = days(|day| twenty(3000 + day as u64));
    let now = build(9, twenty(4900));
    let found = judged(&now, &earlier);
    assert_eq!(found.verdict, Verdict::Regressed);
    let accepted = found.acceptances("b1", &[], "more to do", TODAY).unwrap();
    assert_eq!((accepted[0].step.as_str(), accepted[0].limit_ms), (WHOLE_BUILD, now.wall_ms));
    let baseline = Baseline::of_records(&earlier).accepting(&accepted);
    let at = |now: &Record| judge(now, &baseline, None, &[], &context(&[])).verdict;
    assert_eq!(at(&now), Verdict::Ok);
    assert_eq!(at(&build(9, twenty(7000))), Verdict::Regressed);
}
