//! A whole build on a replayed engine, judged as the test says: what becomes of the tag, what is kept,
//! and in which order the engine is asked.

use crate::build::candidate::Held;
use std::cell::RefCell;

use super::*;
use crate::build::NoGates;
use crate::profile::Profile;
use crate::profile::{GateAction, GateName};
use crate::project::Project;
use crate::timing::history::testing::judgement;
use crate::timing::record::Ending;
use crate::timing::record::{Check, CheckState, ImageFinding, LogLine};
use engine::replay::{Replay, ReplayEnd as Ended};

const WARM: &str = include_str!("../../../../tests/inputs/builds/warm.jsonl");
const FAILED: &str = include_str!("../../../../tests/inputs/builds/failed.jsonl");
const TAG: &str = "mad/cpu:latest";
const OTHER: &str = "mad/cpu:other";
const ROLLBACK: Policy = Policy {
    on_regression: Some(Action::Rollback),
    has_rollback: false,
    confirm: 0,
    require_verdict: false,
};

/// Judges as it was told, the last verdict for ever; and remembers what it was given to keep.
struct Script {
    verdicts: RefCell<Vec<Judgement>>,
    kept: RefCell<Vec<(Ending, Option<BaselineRole>)>>,
    promoted: RefCell<Vec<(String, String, Option<String>)>>,
    repeats: RefCell<Vec<usize>>,
}

impl Script {
    fn new(verdicts: impl IntoIterator<Item = Judgement>) -> Self {
        let mut verdicts: Vec<Judgement> = verdicts.into_iter().collect();
        verdicts.reverse();
        Self {
            verdicts: RefCell::new(verdicts),
            kept: RefCell::default(),
            promoted: RefCell::default(),
            repeats: RefCell::default(),
        }
    }

    /// What was kept, once: how it ended and what it counts for.
    fn kept(&self) -> (Ending, Option<BaselineRole>) {
        let kept = self.kept.borrow();
        assert_eq!(kept.len(), 1, "a build is kept once");
        kept[0]
    }
}

impl BuildHistory for Script {
    fn judge(&self, _: &Record, repeats: &[Record]) -> Option<Judgement> {
        self.repeats.borrow_mut().push(repeats.len());
        let mut verdicts = self.verdicts.borrow_mut();
        if verdicts.len() > 1 { verdicts.pop() } else { verdicts.last().cloned() }
    }

    fn keep(&self, record: &Record, judgement: Option<&Judgement>) {
        self.kept.borrow_mut().push((record.ending, judgement.and_then(|found| found.standing)));
    }

    fn promoted(&self, promotions: &[Promotion]) {
        let moved = promotions.iter().cloned();
        self.promoted.borrow_mut().extend(moved.map(|one| (one.tag, one.image, one.before)));
    }
}

fn plan() -> Plan {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::open(dir.path()).unwrap();
    let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
    crate::render::render(&project, &loaded, engine::FrontendLevel::V1_2).unwrap()
}

/// An engine on which both tags name an older image.
fn replay(recording: &str, ending: Ended) -> Replay {
    let engine = Replay::new(recording, ending).with_files(plan().patched);
    engine.with_name(TAG, "sha256:old").with_name(OTHER, "sha256:old")
}

async fn decided(engine: &Replay, script: &Script, tags: &[&str], policy: Policy) -> Decided {
    gated(engine, script, &NoGates, tags, policy).await
}

async fn gated(
    engine: &Replay,
    script: &Script,
    gates: &dyn Gates,
    tags: &[&str],
    policy: Policy,
) -> Decided {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let options = BuildOptions { tags, ..BuildOptions::default() };
    gated_with(engine, script, gates, options, policy).await
}

async fn gated_with(
    engine: &Replay,
    script: &Script,
    gates: &dyn Gates,
    options: BuildOptions,
    policy: Policy,
) -> Decided {
    let cancel = CancellationToken::new();
    build(engine, script, gates, &plan(), &options, policy, &cancel, &mut |_, _| {}).await
}

/// Gates that come to what they were told; wanted for images that have no tag yet.
struct Fixed(RefCell<Option<Result<Trial, BuildError>>>);

impl Fixed {
    fn new(result: Result<Trial, BuildError>) -> Self {
        Self(RefCell::new(Some(result)))
    }

    /// One gate that does not hold.
    fn failing(action: GateAction) -> Self {
        let line = LogLine { source: "worker".into(), line: "no such module".into() };
        let finding = ImageFinding {
            message: "as dev: worker is down".into(),
            log: vec![line.clone(), line],
        };
        let check = Check {
            name: GateName::Services,
            action,
            state: CheckState::Failed,
            summary: "1 program".into(),
            findings: vec![finding],
        };
        Self::new(Ok(Trial { took_ms: 4000, checks: vec![check], ..Trial::default() }))
    }
}

#[async_trait::async_trait(?Send)]
impl Gates for Fixed {
    fn are_wanted(&self, moves: bool) -> bool {
        moves
    }

    async fn try_image(
        &self,
        image: &engine::Image,
        _: &CancellationToken,
    ) -> Result<Trial, BuildError> {
        assert_eq!(image.id, "sha256:new");
        self.0.borrow_mut().take().expect("an image is tried once")
    }
}

/// A judgement that finds one step of the plan slower.
fn slower() -> Judgement {
    let plan = plan();
    let step = &plan.steps[1];
    let found = judgement(Verdict::Regressed);
    let step = StepComparison {
        step: step.id.clone(),
        stage: step.stage.clone(),
        label: step.label.clone(),
        origin: None,
        was: None,
        is_new: false,
        is_network_bound: false,
        accepted: None,
        ran_in: None,
        comparison: found.build.clone(),
    };
    Judgement { steps: vec![step], ..found }
}

/// What both tags name.
fn tags(engine: &Replay) -> [String; 2] {
    let names = engine.names();
    let candidates = names.keys().filter(|name| name.starts_with("mad/candidate:")).count();
    assert_eq!(candidates, 0, "no candidate stays behind: {names:?}");
    [TAG, OTHER].map(|tag| names[tag].clone())
}

const OLD: [&str; 2] = ["sha256:old", "sha256:old"];

#[tokio::test]
async fn a_good_build_is_promoted_and_kept() {
    let (engine, script) =
        (replay(WARM, Ended::Image("sha256:new")), Script::new([judgement(Verdict::Ok)]));
    let decided = decided(&engine, &script, &[TAG, OTHER], ROLLBACK).await;
    assert_eq!(decided.objection, None);
    assert_eq!(tags(&engine), ["sha256:new", "sha256:new"]);
    assert_eq!(script.kept(), (Ending::Built, Some(BaselineRole::Good)));
    let moved =
        |tag: &str| (tag.to_owned(), "sha256:new".to_owned(), Some("sha256:old".to_owned()));
    assert_eq!(*script.promoted.borrow(), [moved(TAG), moved(OTHER)]);
}

#[tokio::test]
async fn a_slower_build_is_held_back_and_kept() {
    let (engine, script) = (replay(WARM, Ended::Image("sha256:new")), Script::new([slower()]));
    let decided = decided(&engine, &script, &[TAG, OTHER], ROLLBACK).await;
    assert!(matches!(decided.objection, Some(Objection::Regressed(_))));
    assert!(decided.built.unwrap().held.is_some());
    assert_eq!(tags(&engine), OLD);
    assert_eq!(
        engine.calls(),
        ["solve CANDIDATE", "tag sha256:new mad/held:cpu", "untag CANDIDATE"]
    );
    assert_eq!(script.kept(), (Ending::Built, Some(BaselineRole::Held)));
    assert!(script.promoted.borrow().is_empty());
}

#[tokio::test]
async fn what_looks_slower_is_run_again_before_anything_is_decided() {
    let confirming = Policy { confirm: 2, ..ROLLBACK };
    for (second, expected) in [(judgement(Verdict::Ok), "sha256:new"), (slower(), "sha256:old")] {
        let (engine, script) =
            (replay(WARM, Ended::Image("sha256:new")), Script::new([slower(), second]));
        decided(&engine, &script, &[TAG], confirming).await;
        assert_eq!(engine.calls()[..3], ["solve CANDIDATE", "solve nothing", "solve nothing"]);
        assert_eq!(tags(&engine), [expected, "sha256:old"]);
        assert_eq!(*script.repeats.borrow(), [0, 2]);
        script.kept();
    }
}

#[tokio::test]
async fn a_failed_build_is_kept_without_a_standing() {
    let engine = replay(FAILED, Ended::Failure("exit code: 1"));
    let found = Judgement { standing: None, ..judgement(Verdict::Inconclusive) };
    let script = Script::new([found]);
    let decided = decided(&engine, &script, &[TAG, OTHER], ROLLBACK).await;
    assert!(matches!(decided.built, Err(BuildError::Failed { .. })));
    assert_eq!((tags(&engine), script.kept()), (OLD.map(Into::into), (Ending::Failed, None)));
}

#[tokio::test]
async fn an_interrupted_build_moves_nothing_and_is_kept() {
    let engine = replay(WARM, Ended::Hangs);
    let script = Script::new([judgement(Verdict::Ok)]);
    let options = BuildOptions { tags: vec![TAG.to_owned()], ..BuildOptions::default() };
    let cancel = CancellationToken::new();
    let stops = cancel.clone();
    let mut observe = |event: Event<'_>, _: &crate::timing::Tracker| {
        if matches!(event, Event::Changed(_)) {
            stops.cancel();
        }
    };
    let decided =
        build(&engine, &script, &NoGates, &plan(), &options, ROLLBACK, &cancel, &mut observe).await;
    assert!(matches!(decided.built, Err(BuildError::Interrupted)));
    assert_eq!(tags(&engine), OLD);
    assert_eq!(script.kept().0, Ending::Interrupted);
}

#[tokio::test]
async fn an_engine_that_dies_after_the_solve_moves_nothing() {
    for call in ["image", "files", "tag"] {
        let engine = replay(WARM, Ended::Image("sha256:new")).breaking(&[call, "untag"]);
        let script = Script::new([judgement(Verdict::Ok)]);
        let decided = decided(&engine, &script, &[TAG, OTHER], ROLLBACK).await;
        let error = decided.built.unwrap_err();
        assert!(
            matches!(&error, BuildError::Engine(lost) if lost.is_unreachable()),
            "{call}: {error}"
        );
        for tag in [TAG, OTHER] {
            assert_eq!(engine.names()[tag], "sha256:old", "{call}");
        }
        assert_eq!(script.kept().0, Ending::Failed, "{call}");
        assert!(script.promoted.borrow().is_empty(), "{call}");
    }
}

#[tokio::test]
async fn a_second_tag_that_fails_is_an_error_and_what_moved_is_kept() {
    let engine =
        replay(WARM, Ended::Image("sha256:new")).breaking(&["tag sha256:new mad/cpu:other"]);
    let script = Script::new([judgement(Verdict::Ok)]);
    let decided = decided(&engine, &script, &[TAG, OTHER], ROLLBACK).await;
    assert!(matches!(decided.built, Err(BuildError::Engine(_))));
    assert_eq!(tags(&engine), ["sha256:new", "sha256:old"]);
    assert_eq!(script.kept().0, Ending::Failed);
    let moved = (TAG.to_owned(), "sha256:new".to_owned(), Some("sha256:old".to_owned()));
    assert_eq!(*script.promoted.borrow(), [moved]);
}

#[tokio::test]
async fn an_image_that_a_gate_refuses_gets_no_tag_and_is_no_slow_build() {
    let gates = Fixed::failing(GateAction::Fail);
    let engine = replay(WARM, Ended::Image("sha256:new"));
    let script = Script::new([judgement(Verdict::Ok)]);
    // What is asked for regressions has no part in it.
    for policy in [Policy { on_regression: Some(Action::Warn), ..ROLLBACK }] {
        let decided = gated(&engine, &script, &gates, &[TAG, OTHER], policy).await;
        let reason = "the gate `services`: as dev: worker is down".to_owned();
        assert_eq!(decided.objection, Some(Objection::Refused(reason.clone())));
        let kept_as = Some("mad/held:cpu".to_owned());
        assert_eq!(decided.built.unwrap().held, Some(Held { reason, kept_as }));
        let trial = decided.record.trial.unwrap();
        assert_eq!(trial.checks[0].findings[0].log.len(), 2);
        // The time of the trial is no time of the build.
        assert!(decided.record.wall_ms < trial.took_ms, "{}", decided.record.wall_ms);
    }
    assert_eq!(tags(&engine), OLD);
    assert_eq!(
        engine.calls(),
        ["solve CANDIDATE", "tag sha256:new mad/held:cpu", "untag CANDIDATE"]
    );
    assert_eq!(script.kept(), (Ending::Built, Some(BaselineRole::Good)));
    assert!(script.promoted.borrow().is_empty());
}

#[tokio::test]
async fn the_last_stage_by_whatever_letters_is_the_whole_image() {
    for (target, is_tried) in [("final", true), ("FINAL", true), ("toolchain", false)] {
        let gates = Fixed::failing(GateAction::Fail);
        let engine = replay(WARM, Ended::Image("sha256:new"));
        let script = Script::new([judgement(Verdict::Ok)]);
        let (target_stage, tags) = (Some(target.to_owned()), vec![TAG.to_owned()]);
        let options = BuildOptions { target: target_stage, tags, ..BuildOptions::default() };
        let decided = gated_with(&engine, &script, &gates, options, ROLLBACK).await;
        assert_eq!(decided.objection.is_some(), is_tried, "{target}");
    }
}

#[tokio::test]
async fn a_gate_that_warns_moves_the_tag_and_says_so() {
    let gates = Fixed::failing(GateAction::Warn);
    let engine = replay(WARM, Ended::Image("sha256:new"));
    let script = Script::new([judgement(Verdict::Ok)]);
    let decided = gated(&engine, &script, &gates, &[TAG, OTHER], ROLLBACK).await;
    assert_eq!(decided.objection, None);
    assert_eq!(tags(&engine), ["sha256:new", "sha256:new"]);
    let warning = decided.record.trial.unwrap().warning();
    assert_eq!(warning.as_deref(), Some("the gate `services`: as dev: worker is down"));
}

#[tokio::test]
async fn an_image_that_cannot_be_tried_gets_no_tag() {
    for error in [BuildError::Untried { why: "no Node.js".into() }, BuildError::Interrupted] {
        let is_interrupted = matches!(error, BuildError::Interrupted);
        let engine = replay(WARM, Ended::Image("sha256:new"));
        let script =
            Script::new([Judgement { standing: None, ..judgement(Verdict::Inconclusive) }]);
        let decided =
            gated(&engine, &script, &Fixed::new(Err(error)), &[TAG, OTHER], ROLLBACK).await;
        assert!(decided.built.is_err());
        assert_eq!(tags(&engine), OLD);
        let ending = if is_interrupted { Ending::Interrupted } else { Ending::Failed };
        assert_eq!(script.kept(), (ending, None));
    }
}

#[tokio::test]
async fn an_image_that_has_the_tag_already_is_not_tried_by_default() {
    let engine = replay(WARM, Ended::Image("sha256:new"))
        .with_name(TAG, "sha256:new")
        .with_name(OTHER, "sha256:new");
    let script = Script::new([judgement(Verdict::Ok)]);
    let gates = Fixed::failing(GateAction::Fail);
    let decided = gated(&engine, &script, &gates, &[TAG, OTHER], ROLLBACK).await;
    assert_eq!((decided.objection, decided.record.trial), (None, None));
    assert!(gates.0.borrow().is_some(), "nobody asked");
}
