//! Histories at random: whatever is built, fails, is stopped, held, accepted, carried elsewhere, rolled
//! back or hit by an accident, on whatever machine, under whatever name and by whatever clock, no image
//! that was held back gets the tag, and no regression excuses itself.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::{Place, World};
use super::*;
use crate::timing::judge::EvidenceGate;

const NAMES: [&str; 4] = ["one", "two", "three", "four"];

#[derive(Debug, Clone)]
enum Event {
    Edit {
        step: usize,
        is_slow: bool,
    },
    Accident(usize),
    Build {
        action: Option<Action>,
        confirm: usize,
        no_cache: bool,
    },
    Fail,
    Stop,
    AcceptLast,
    Carry {
        with_judgements: bool,
    },
    Prune,
    Experiment,
    Go(Place),
    /// The clock goes to so many minutes ahead of the true one, or behind it.
    SetClock(i64),
    RollBack,
    RenameProject,
    RenameProfile,
    RenameStage,
}

fn event() -> impl Strategy<Value = Event> {
    let action = prop_oneof![
        3 => Just(Some(Action::Rollback)),
        2 => Just(None),
        1 => Just(Some(Action::Warn)),
        1 => Just(Some(Action::Fail)),
    ];
    prop_oneof![
        4 => (0..4_usize, prop::bool::weighted(0.4))
            .prop_map(|(step, is_slow)| Event::Edit { step, is_slow }),
        1 => (0..4_usize).prop_map(Event::Accident),
        8 => (action, prop_oneof![3 => Just(0), 1 => Just(2_usize)], prop::bool::weighted(0.15))
            .prop_map(|(action, confirm, no_cache)| Event::Build { action, confirm, no_cache }),
        1 => Just(Event::Fail),
        1 => Just(Event::Stop),
        1 => Just(Event::AcceptLast),
        1 => any::<bool>().prop_map(|with_judgements| Event::Carry { with_judgements }),
        1 => Just(Event::Prune),
        1 => Just(Event::Experiment),
        1 => prop_oneof![Just(Place::Here), Just(Place::Twin), Just(Place::Elsewhere)]
            .prop_map(Event::Go),
        1 => (-600..600_i64).prop_map(Event::SetClock),
        1 => Just(Event::RollBack),
        1 => prop_oneof![
            Just(Event::RenameProject),
            Just(Event::RenameProfile),
            Just(Event::RenameStage),
        ],
    ]
}

/// What is true of the builds so far.
#[derive(Default)]
struct Truth {
    /// Steps of which a person has accepted a slow version.
    accepted: BTreeSet<String>,
    /// Images that were held back and not accepted.
    held: BTreeSet<String>,
    /// Slow versions that ran where there was too little to compare them with: the first builds without
    /// a cache, say, or on a machine where the step had mostly come from the cache. They got through as inconclusive, and whoever finds them in the cache later has
    /// nothing to hold against them.
    unseen: BTreeSet<String>,
    last: Option<(String, String)>,
    /// Whether the history still says what was held back.
    is_complete: bool,
}

fn other(name: &str) -> String {
    if name == "sim" { "other".to_owned() } else { "sim".to_owned() }
}

/// The step of an edit: `three` of `three 8`.
fn step_of(edit: &str) -> String {
    edit.split(' ').next().unwrap_or(edit).to_owned()
}

async fn play(events: Vec<Event>) -> Result<(), TestCaseError> {
    let mut world = World::settled().await;
    let mut truth = Truth { is_complete: true, ..Truth::default() };
    for event in events {
        match event {
            Event::Edit { step, is_slow } => world.edit(NAMES[step], is_slow),
            Event::Accident(step) => world.accident(NAMES[step]),
            Event::Fail => {
                world.fail_next();
                prop_assert!(world.build(Policy::default()).await.built.is_err());
            }
            Event::Stop => {
                let cancel = CancellationToken::new();
                cancel.cancel();
                let options = BuildOptions::default();
                world.build_with(Policy::default(), options, cancel).await;
            }
            Event::AcceptLast => {
                if let Some((id, image)) = truth.last.take() {
                    world.history.accept(&id).unwrap();
                    // Its time is what the step usually takes from now on, in later edits as well.
                    truth.accepted.extend(world.slow_in(&image).iter().map(|slow| step_of(slow)));
                    truth.held.remove(&image);
                }
            }
            Event::Carry { with_judgements } => {
                world.carry(with_judgements);
                truth.is_complete &= with_judgements;
            }
            Event::Prune => world.prune(),
            Event::Go(place) => world.go(place),
            Event::SetClock(minutes) => world.ahead = SignedDuration::from_mins(minutes),
            Event::RollBack => {
                let image = world.roll_back().await;
                if let Some(image) = image.filter(|_| truth.is_complete) {
                    prop_assert!(!truth.held.contains(&image), "rolled back to what was held");
                }
            }
            // There and back again.
            Event::RenameProject => world.project = other(&world.project),
            Event::RenameProfile => world.profile = other(&world.profile),
            Event::RenameStage => {
                let is_first = world.first_stage == "a";
                world.first_stage = if is_first { "again" } else { "a" }.to_owned();
            }
            Event::Experiment => {
                let args = [("X".to_owned(), "1".to_owned())].into();
                let options = BuildOptions { build_args: args, ..BuildOptions::default() };
                let policy = Policy { on_regression: Some(Action::Rollback), ..Policy::default() };
                let decided = world.build_with(policy, options, CancellationToken::new()).await;
                check(&world, &mut truth, &decided, policy)?;
            }
            Event::Build { action, confirm, no_cache } => {
                let no_cache = if no_cache { NoCache::Always } else { NoCache::Never };
                let options = BuildOptions { no_cache, ..BuildOptions::default() };
                let policy = Policy { on_regression: action, confirm, ..Policy::default() };
                let decided = world.build_with(policy, options, CancellationToken::new()).await;
                check(&world, &mut truth, &decided, policy)?;
            }
        }
    }
    Ok(())
}

fn check(
    world: &World,
    truth: &mut Truth,
    decided: &Decided,
    policy: Policy,
) -> Result<(), TestCaseError> {
    let image = decided.built.as_ref().unwrap().image.id.clone();
    let judgement = decided.judgement.as_ref().unwrap();
    let has_tag = decided.built.as_ref().unwrap().held.is_none();
    let told = format!("{policy:?} {:?}: {}", judgement.verdict, judgement.reason);
    truth.last = Some((decided.record.id.clone(), image.clone()));

    // An explicit `warn` or `fail` is somebody's word.
    let is_let_pass = matches!(policy.on_regression, Some(Action::Warn | Action::Fail));
    let is_shown = judgement.confirmed_by_ms.len() == 2 || decided.record.executed().count() > 0;
    if truth.held.contains(&image) && !is_let_pass && truth.is_complete {
        prop_assert!(!has_tag || is_shown, "held, and has the tag: {told}");
    }
    // Without a cache builds are another series, which has to be known first.
    let is_known = judgement.baseline.builds >= 6;
    if !is_known {
        truth.unseen.extend(world.slow_in(&image));
    }
    // Nor has a step a verdict of which there are fewer than five times.
    let has_few = |step: &&StepComparison| {
        step.ran_in.is_none() && step.comparison.held_by == Some(EvidenceGate::Samples)
    };
    let few = judgement.steps.iter().filter(has_few);
    truth
        .unseen
        .extend(few.filter_map(|step| step.label.strip_prefix("RUN work ")).map(str::to_owned));
    let is_open =
        |slow: &String| !truth.accepted.contains(&step_of(slow)) && !truth.unseen.contains(slow);
    let slow: Vec<_> = world.slow_in(&image).into_iter().filter(is_open).collect();
    if !slow.is_empty() && is_known && truth.is_complete {
        prop_assert!(
            !matches!(judgement.verdict, Verdict::Ok | Verdict::Improved),
            "{slow:?} is slow: {told}"
        );
        if judgement.verdict == Verdict::Regressed && policy.on_regression == Some(Action::Rollback)
        {
            prop_assert!(!has_tag, "{slow:?} is slow and has the tag: {told}");
        }
    }
    if judgement.standing == Some(BaselineRole::Held) {
        truth.held.insert(image);
    } else if has_tag {
        truth.held.remove(&image);
    }
    Ok(())
}

proptest! {
    // The cases that failed once are kept, and tried first.
    #![proptest_config(ProptestConfig {
        failure_persistence: ProptestConfig::default().failure_persistence,
        ..test_support::properties(8)
    })]
    #[test]
    fn no_held_image_is_promoted_and_no_regression_excuses_itself(
        events in prop::collection::vec(event(), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(play(events))?;
    }
}
