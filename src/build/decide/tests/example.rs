//! One history at a time.

use jiff::SignedDuration;

use super::world::{Place, TAG, World};
use super::*;
use crate::build::NoGates;
use crate::profile::{Alert, AlertAction};

fn asking(on_regression: Action) -> Policy {
    Policy { on_regression: Some(on_regression), ..Policy::default() }
}

fn found(decided: &Decided) -> (Verdict, Option<BaselineRole>) {
    let judgement = decided.judgement.as_ref().unwrap();
    (judgement.verdict, judgement.standing)
}

fn image(decided: &Decided) -> String {
    decided.built.as_ref().unwrap().image.id.clone()
}

const HELD: (Verdict, Option<BaselineRole>) = (Verdict::Regressed, Some(BaselineRole::Held));
const REGRESSED: (Verdict, Option<BaselineRole>) =
    (Verdict::Regressed, Some(BaselineRole::Regressed));
const GOOD: (Verdict, Option<BaselineRole>) = (Verdict::Ok, Some(BaselineRole::Good));

#[tokio::test]
async fn an_image_that_was_held_back_is_held_back_again() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    let first = world.build(asking(Action::Rollback)).await;
    assert_eq!(found(&first), HELD);
    for policy in [asking(Action::Rollback), Policy::default()] {
        let again = world.build(policy).await;
        assert_eq!(image(&again), image(&first));
        assert_eq!(found(&again), HELD, "{}", again.judgement.unwrap().reason);
        assert!(matches!(again.objection, Some(Objection::Regressed(_))));
        assert_eq!(world.tagged(), good);
    }
    // What comes after the slow step is another image, and has it in it all the same.
    world.edit("four", false);
    let other = world.build(asking(Action::Rollback)).await;
    assert_ne!(image(&other), image(&first));
    assert_eq!((found(&other), world.tagged()), (HELD, good.clone()));
    let reason = other.judgement.unwrap().reason;
    assert!(
        reason.starts_with("a: RUN work one 7 took 30.")
            && reason.contains(" when it ran, in build "),
        "{reason}"
    );
    // An explicit word lets it pass.
    let let_pass = world.build(asking(Action::Warn)).await;
    assert_eq!(found(&let_pass), REGRESSED);
    assert_eq!(world.tagged(), Some(image(&let_pass)));
    // And without the slow step all is well.
    world.edit("one", false);
    let fast = world.build(asking(Action::Rollback)).await;
    assert_eq!((found(&fast), world.tagged()), (GOOD, Some(image(&fast))));
}

#[tokio::test]
async fn where_nothing_is_known_a_slow_step_does_not_get_through_either() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    world.build(asking(Action::Rollback)).await;
    // Builds without a cache are another series, of which there is none.
    let no_cache = || BuildOptions { no_cache: NoCache::Always, ..BuildOptions::default() };
    let policy = asking(Action::Rollback);
    for _ in 0..7 {
        let again = world.build_with(policy, no_cache(), CancellationToken::new()).await;
        assert_eq!(found(&again), (Verdict::Inconclusive, Some(BaselineRole::Held)));
        assert!(matches!(again.objection, Some(Objection::HeldBefore(_))));
        assert_eq!(world.tagged(), good);
    }
    // Without that step it is a first build like any other.
    world.edit("one", false);
    let first = world.build_with(policy, no_cache(), CancellationToken::new()).await;
    assert_eq!(found(&first), (Verdict::Inconclusive, Some(BaselineRole::Good)));
    assert_eq!(world.tagged(), Some(image(&first)));
}

#[tokio::test]
async fn an_accepted_build_gets_its_tag_and_measures_others() {
    let mut world = World::settled().await;
    world.edit("one", true);
    let held = world.build(asking(Action::Rollback)).await;
    world.build(asking(Action::Rollback)).await;
    world.history.accept(&held.record.id).unwrap();
    let again = world.build(asking(Action::Rollback)).await;
    assert_eq!(image(&again), image(&held));
    assert_eq!((found(&again), world.tagged()), (GOOD, Some(image(&held))));
}

#[tokio::test]
async fn builds_that_were_held_back_measure_nobody_however_many_there_are() {
    let mut world = World::settled().await;
    let good = world.tagged();
    for _ in 0..8 {
        world.edit("one", true);
        let held = world.build(asking(Action::Rollback)).await;
        assert_eq!((found(&held), world.tagged()), (HELD, good.clone()));
    }
    // The same without a cache, and where the tag moves.
    for _ in 0..8 {
        let options = BuildOptions { no_cache: NoCache::Always, ..BuildOptions::default() };
        let policy = asking(Action::Warn);
        let slow = world.build_with(policy, options, CancellationToken::new()).await;
        assert_ne!(found(&slow).0, Verdict::Ok, "{}", slow.judgement.unwrap().reason);
    }
    world.edit("one", true);
    assert_eq!(found(&world.build(Policy::default()).await), REGRESSED);
}

#[tokio::test]
async fn builds_that_were_never_judged_are_no_excuse() {
    for with_judgements in [true, false] {
        let mut world = World::settled().await;
        for _ in 0..7 {
            world.edit("one", true);
            world.build(asking(Action::Warn)).await;
        }
        world.carry(with_judgements);
        world.edit("one", true);
        assert_eq!(found(&world.build(asking(Action::Rollback)).await), HELD, "{with_judgements}");
    }
}

/// A step ran fast by a clock that was an hour ahead. By its time that is after all that comes.
#[tokio::test]
async fn a_clock_that_was_ahead_clears_nothing() {
    let mut world = World::settled().await;
    world.ahead = SignedDuration::from_hours(1);
    world.edit("one", false);
    assert_eq!(found(&world.build(asking(Action::Rollback)).await), GOOD);
    let good = world.tagged();
    world.ahead = SignedDuration::ZERO;
    // The same step, slow: what it leaves in the cache is as slow as it was.
    world.prune();
    world.accident("one");
    let held = world.build(asking(Action::Rollback)).await;
    assert_eq!((found(&held), world.tagged()), (HELD, good.clone()));
    for _ in 0..2 {
        let again = world.build(asking(Action::Rollback)).await;
        assert_eq!(image(&again), image(&held));
        assert_eq!((found(&again).1, world.tagged()), (Some(BaselineRole::Held), good.clone()));
    }
    // Behind the true time it is no other.
    world.ahead = SignedDuration::from_hours(-9);
    let again = world.build(asking(Action::Rollback)).await;
    assert_eq!((found(&again).1, world.tagged()), (Some(BaselineRole::Held), good));
    assert_ne!(world.roll_back().await, Some(image(&held)));
}

/// A record that nobody judged speaks for nothing, whatever ran in it.
#[tokio::test]
async fn an_import_without_a_verdict_clears_nothing() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    let held = world.build(asking(Action::Rollback)).await;
    let mut copy = held.record.clone();
    copy.id = "f".repeat(32);
    copy.started += SignedDuration::from_mins(5);
    let line = serde_json::json!({"schema": "mad.history/1", "record": copy, "judgement": null});
    world.history.import(format!("{line}\n").as_bytes(), None).unwrap();
    let again = world.build(asking(Action::Rollback)).await;
    assert_eq!((found(&again), world.tagged()), (HELD, good));
}

/// The engine's cache does not know what a stage is called.
#[tokio::test]
async fn a_slow_step_is_known_in_a_stage_of_another_name() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    let held = world.build(asking(Action::Rollback)).await;
    assert_eq!(found(&held), HELD);
    world.first_stage = "renamed".to_owned();
    for _ in 0..2 {
        let again = world.build(asking(Action::Rollback)).await;
        assert_ne!(image(&again), image(&held));
        assert_eq!((found(&again).1, world.tagged()), (Some(BaselineRole::Held), good.clone()));
        world.edit("four", false);
    }
}

#[tokio::test]
async fn another_name_or_machine_promotes_nothing_that_was_held() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    let held = world.build(asking(Action::Rollback)).await;
    // Another profile of the project, and another project, with the very image.
    world.profile = "other".to_owned();
    assert_eq!(found(&world.build(asking(Action::Rollback)).await).1, Some(BaselineRole::Held));
    world.project = "another".to_owned();
    assert_eq!(found(&world.build(asking(Action::Rollback)).await).1, Some(BaselineRole::Held));
    assert_eq!(world.tagged(), good);
    // On a machine that is as fast it runs anew, and is as slow.
    (world.profile, world.project) = ("sim".to_owned(), "sim".to_owned());
    world.go(Place::Twin);
    let there = world.build(asking(Action::Rollback)).await;
    assert_ne!(image(&there), image(&held));
    assert_eq!((found(&there), world.tagged()), (HELD, None));
    world.go(Place::Here);
    assert_eq!(found(&world.build(asking(Action::Rollback)).await), HELD);
    assert_eq!(world.tagged(), good);
}

#[tokio::test]
async fn an_accident_is_cleared_by_running_it_again_and_measures_nobody() {
    let mut world = World::settled().await;
    let confirm = Policy { confirm: 3, ..asking(Action::Rollback) };
    world.edit("three", false);
    world.accident("three");
    let cleared = world.build(confirm).await;
    let judgement = cleared.judgement.as_ref().unwrap();
    assert_eq!(
        found(&cleared),
        (Verdict::Ok, Some(BaselineRole::Accident)),
        "{}",
        judgement.reason
    );
    assert_eq!(world.tagged(), Some(image(&cleared)));
    assert_eq!(judgement.repeated.len(), 3, "the step, and those below it");
    assert!(
        judgement.reason.contains("; run again: b: RUN work three 7 in 12."),
        "{}",
        judgement.reason
    );
    // The next one finds it in the cache, and is not asked again.
    assert_eq!(found(&world.build(Policy::default()).await), GOOD);
    // Without running it again it is held, and the same command with `--confirm` clears it.
    world.edit("three", false);
    world.accident("three");
    let held = world.build(asking(Action::Rollback)).await;
    assert_eq!(found(&held), HELD);
    let cleared = world.build(confirm).await;
    assert_eq!((image(&held), found(&cleared).0), (image(&cleared), Verdict::Ok));
    assert_eq!(world.tagged(), Some(image(&held)));
    // What is slow stays slow.
    world.edit("three", true);
    assert_eq!(found(&world.build(confirm).await), HELD);
    assert_eq!(found(&world.build(confirm).await), HELD);
    assert_eq!(world.tagged(), Some(image(&held)));
}

#[tokio::test]
async fn a_slow_step_is_found_after_weeks_in_the_cache() {
    let mut world = World::settled().await;
    for _ in 0..40 {
        world.edit("four", false);
        world.build(Policy::default()).await;
    }
    world.edit("one", true);
    assert_eq!(found(&world.build(Policy::default()).await), REGRESSED);
}

#[tokio::test]
async fn what_an_alert_held_back_is_held_back_again() {
    let alert = |condition: &str| Alert {
        name: condition.to_owned(),
        condition: condition.to_owned(),
        action: AlertAction::Rollback,
    };
    // One that holds for the image, and one that holds for what ran.
    for condition in ["image_size > 5", "steps_executed > 2"] {
        let mut world = World::settled().await;
        let good = world.tagged();
        world.alerts = vec![alert(condition)];
        world.edit("one", false);
        world.edit("two", false);
        let held = world.build(Policy::default()).await;
        assert_eq!((found(&held).1, world.tagged()), (Some(BaselineRole::Held), good.clone()));
        let again = world.build(Policy::default()).await;
        assert_eq!(image(&again), image(&held));
        assert_eq!((found(&again).1, world.tagged()), (Some(BaselineRole::Held), good.clone()));
        assert!(again.objection.is_some());
        world.history.accept(&again.record.id).unwrap();
        if condition == "steps_executed > 2" {
            world.build(Policy::default()).await;
            assert_eq!(world.tagged(), Some(image(&held)));
        }
    }
}

#[tokio::test]
async fn a_verdict_counts_for_who_asked_whatever_the_alerts_say() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.alerts = vec![Alert {
        name: "rare".to_owned(),
        condition: "build_time > baseline * 1.2 and cache_hit_rate < 10%".to_owned(),
        action: AlertAction::Fail,
    }];
    world.edit("one", true);
    let held = world.build(asking(Action::Rollback)).await;
    assert_eq!((found(&held), world.tagged()), (HELD, good));
}

/// A history that nothing can be read from.
struct Blind;

impl BuildHistory for Blind {
    fn judge(&self, _: &Record, _: &[Record]) -> Option<Judgement> {
        None
    }
    fn keep(&self, _: &Record, _: Option<&Judgement>) {}
    fn promoted(&self, _: &[Promotion]) {}
}

#[tokio::test]
async fn without_a_history_nothing_passes_that_has_to_be_judged() {
    let world = World::settled().await;
    let (good, plan) = (world.tagged(), world.plan());
    let options = BuildOptions { tags: vec![TAG.to_owned()], ..BuildOptions::default() };
    let alert = Policy { has_rollback: true, ..Policy::default() };
    for (policy, is_held) in
        [(asking(Action::Rollback), true), (alert, true), (Policy::default(), false)]
    {
        let cancel = CancellationToken::new();
        let decided = build(
            &world.engine,
            &Blind,
            &NoGates,
            &plan,
            &options,
            policy,
            &cancel,
            &mut |_, _| {},
        )
        .await;
        assert_eq!(decided.built.unwrap().held.is_some(), is_held);
        assert_eq!(decided.objection.is_some(), is_held);
    }
    assert_eq!(world.tagged(), good);
}

#[tokio::test]
async fn a_first_build_that_fails_is_no_end_to_judging() {
    let world = World::new();
    world.fail_next();
    assert!(world.build(Policy::default()).await.built.is_err());
    // What ran in it comes from the cache now, and there is nothing that it could be slower than.
    let next = world.build(Policy::default()).await;
    assert_eq!(found(&next), (Verdict::Inconclusive, Some(BaselineRole::Good)));
}

#[tokio::test]
async fn what_failed_or_was_stopped_has_no_verdict_and_no_standing() {
    let mut world = World::settled().await;
    let good = world.tagged();
    world.edit("one", true);
    world.fail_next();
    let failed = world.build(asking(Action::Rollback)).await;
    assert!(failed.built.is_err());
    assert_eq!(found(&failed), (Verdict::Inconclusive, None));
    assert_eq!(failed.judgement.unwrap().action, None);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let options = BuildOptions::default();
    let stopped = world.build_with(asking(Action::Rollback), options, cancel).await;
    assert_eq!((found(&stopped), world.tagged()), ((Verdict::Inconclusive, None), good));
}
