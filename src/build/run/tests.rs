//! What a build does to names, what it tells and what it leaves on record, on replayed engines.

use super::*;
use crate::profile::Profile;
use crate::project::{Project, Source};
use crate::timing::WorkState;
use crate::timing::record::{CacheMode, Ending};
use engine::NoCache;
use engine::replay::{Replay, ReplayEnd as Ended};

const WARM: &str = include_str!("../../../tests/inputs/builds/warm.jsonl");
const FAILED: &str = include_str!("../../../tests/inputs/builds/failed.jsonl");
const TAG: &str = "mad/cpu:latest";

/// An engine whose images have what the plan's patches were proven to make.
fn replay(recording: &str, ending: Ended) -> Replay {
    Replay::new(recording, ending).with_files(plan().patched)
}

fn plan() -> Plan {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::open(dir.path()).unwrap();
    let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
    crate::render::render(&project, &loaded, engine::FrontendLevel::V1_2).unwrap()
}

/// Runs a build and returns its end with the kinds of events that were seen.
async fn build(
    engine: &Replay,
    options: BuildOptions,
    cancel: CancellationToken,
) -> (Finished, Vec<&'static str>) {
    let mut seen = Vec::new();
    let mut observe = |event: Event<'_>, _: &Tracker| note(&mut seen, &event);
    let finished = run(engine, &plan(), &options, &cancel, &mut observe).await;
    (finished, seen)
}

fn note(seen: &mut Vec<&'static str>, event: &Event<'_>) {
    let kind = match event {
        Event::Started(_) => "started",
        Event::Uploaded(..) => "uploaded",
        Event::Changed(_) => "changed",
        Event::Tick | Event::Trying | Event::Repeating { .. } | Event::NotRepeated(_) => return,
        Event::Finished(end) => match end.outcome {
            Outcome::Built { .. } => "built",
            Outcome::Failed => "failed",
            Outcome::Interrupted => "interrupted",
        },
    };
    if seen.last() != Some(&kind) {
        seen.push(kind);
    }
}

fn names(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, id)| (name.to_string(), id.to_string())).collect()
}

fn tagged() -> BuildOptions {
    BuildOptions { tags: vec![TAG.to_owned()], ..BuildOptions::default() }
}

#[tokio::test]
async fn the_tag_moves_after_the_build_and_the_candidate_goes() {
    let engine = replay(WARM, Ended::Image("sha256:new")).with_name(TAG, "sha256:old");
    let (finished, seen) = build(&engine, tagged(), CancellationToken::new()).await;
    assert_eq!(finished.result.unwrap().image.id, "sha256:new");
    assert_eq!(seen, ["started", "changed", "built"]);
    assert_eq!(
        engine.calls(),
        ["solve CANDIDATE", "tag sha256:new mad/cpu:latest", "untag CANDIDATE"]
    );
    assert_eq!(*engine.names(), names(&[(TAG, "sha256:new")]));
    let image = finished.record.image.unwrap();
    assert_eq!((image.tags, image.replaced), (vec![TAG.to_owned()], names(&[(TAG, "sha256:old")])));
    assert_eq!(finished.record.ending, Ending::Built);
}

#[tokio::test]
async fn a_held_candidate_leaves_the_tag_and_its_record_names_both_images() {
    let engine = replay(WARM, Ended::Image("sha256:new")).with_name(TAG, "sha256:old");
    let (plan, cancel, mut seen) = (plan(), CancellationToken::new(), Vec::new());
    let mut observe = |event: Event<'_>, _: &Tracker| note(&mut seen, &event);
    let candidate = solve(&engine, &plan, &tagged(), &cancel, &mut observe).await.unwrap();
    let image = candidate.record().image.as_ref().unwrap();
    assert_eq!((image.id.as_str(), image.tags.len()), ("sha256:new", 0));
    assert_eq!(image.replaced, names(&[(TAG, "sha256:old")]));
    let finished = candidate.hold(&engine, "slower".to_owned(), &mut observe).await;
    let built = finished.result.unwrap();
    let held = built.held.unwrap();
    assert_eq!((held.reason.as_str(), built.tags.len()), ("slower", 0));
    // It can be looked into.
    assert_eq!(held.kept_as.as_deref(), Some("mad/held:cpu"));
    assert_eq!(finished.record.ending, Ending::Built);
    assert!(finished.record.image.unwrap().tags.is_empty());
    assert_eq!(*engine.names(), names(&[(TAG, "sha256:old"), ("mad/held:cpu", "sha256:new")]));
    assert_eq!(seen, ["started", "changed", "built"]);
}

#[tokio::test]
async fn a_rehearsal_leaves_no_image() {
    let engine = replay(WARM, Ended::Image("sha256:new")).with_name(TAG, "sha256:old");
    let cancel = CancellationToken::new();
    let record = rehearse(&engine, &plan(), &tagged(), false, &cancel).await.unwrap();
    assert_eq!((record.ending, record.image), (Ending::Built, None));
    assert_eq!(engine.calls(), ["solve nothing"]);
}

#[tokio::test]
async fn a_record_knows_its_place_and_its_plan() {
    let engine = replay(WARM, Ended::Image("sha256:new"));
    let options = BuildOptions {
        no_cache: NoCache::Always,
        target: Some("FINAL".to_owned()),
        source: Source { project: "https://example.org/x".to_owned(), ..Source::default() },
        ..tagged()
    };
    let (Finished { record, .. }, _) = build(&engine, options, CancellationToken::new()).await;
    assert_eq!(record.series.project, "https://example.org/x");
    // The last stage is what one gets without a target.
    assert_eq!((record.series.target, record.series.cache), (None, CacheMode::Ignore));
    assert_eq!(record.series.builder, "replay 1.2");
    assert_eq!(record.plan.images.len(), 1);
    assert!(record.plan.templates.contains_key("templates/stages/final.j2"));
    assert!(record.plan.values.contains_key("base"));
    assert!(record.steps.iter().all(|step| step.origin.is_some() && !step.inputs.text.is_empty()));
    let kinds: Vec<PhaseKind> = record.phases.iter().map(|phase| phase.kind).collect();
    assert_eq!(kinds, [PhaseKind::Pack, PhaseKind::Solve, PhaseKind::Promote]);
}

#[tokio::test]
async fn without_a_tag_the_candidate_keeps_its_name() {
    let engine = replay(WARM, Ended::Image("sha256:new"));
    let options = BuildOptions::default();
    let (finished, _) = build(&engine, options, CancellationToken::new()).await;
    let built = finished.result.unwrap();
    assert_eq!(built.tags, [format!("mad/candidate:{}", built.build_ref)]);
    assert_eq!(engine.names().len(), 1);
}

#[tokio::test]
async fn an_image_without_its_patches_gets_no_tag() {
    let mut files = plan().patched;
    let (path, _) = files.pop_first().unwrap();
    for found in [None, Some("0".repeat(64))] {
        let mut files = files.clone();
        files.extend(found.map(|hash| (path.clone(), hash)));
        let engine = Replay::new(WARM, Ended::Image("sha256:new"))
            .with_name(TAG, "sha256:old")
            .with_files(files);
        let (finished, seen) = build(&engine, tagged(), CancellationToken::new()).await;
        let error = finished.result.unwrap_err();
        assert!(error.to_string().contains(&path), "{error}");
        assert!(matches!(error, BuildError::Unpatched { .. }));
        assert_eq!(*engine.names(), names(&[(TAG, "sha256:old")]), "the candidate went");
        assert_eq!((finished.record.ending, seen.last()), (Ending::Failed, Some(&"failed")));
    }
}

#[tokio::test]
async fn a_failure_leaves_the_tag_and_names_the_step() {
    let engine = replay(FAILED, Ended::Failure("exit code: 1")).with_name(TAG, "sha256:old");
    let (finished, seen) = build(&engine, tagged(), CancellationToken::new()).await;
    let error = finished.result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the build failed in node-deps 3/3 (templates/stages/node-deps.j2:7): exit code: 1"
    );
    let hint = error.hint().unwrap();
    assert!(hint.contains("`mad build -p cpu --shell-on-failure`"), "{hint}");
    assert_eq!(seen.last(), Some(&"failed"));
    assert_eq!(engine.names()[TAG], "sha256:old");
    assert!(!engine.calls().iter().any(|call| call.starts_with("tag ")));
    let record = finished.record;
    assert_eq!((record.ending, record.image), (Ending::Failed, None));
    let failure = record.failure.unwrap();
    assert_eq!(failure.message, "exit code: 1");
    let step = record.steps.iter().find(|step| Some(&step.id) == failure.step.as_ref()).unwrap();
    assert_eq!(step.state, WorkState::Failed);
}

#[tokio::test]
async fn an_interrupt_leaves_the_tag() {
    let engine = replay(WARM, Ended::Hangs).with_name(TAG, "sha256:old");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (finished, seen) = build(&engine, tagged(), cancel).await;
    assert!(matches!(finished.result.unwrap_err(), BuildError::Interrupted));
    assert_eq!((finished.record.ending, finished.record.failure), (Ending::Interrupted, None));
    assert_eq!(seen.last(), Some(&"interrupted"));
    assert_eq!(engine.names()[TAG], "sha256:old");
}

#[tokio::test]
async fn an_interrupt_after_the_last_step_promotes_nothing() {
    let engine = replay(WARM, Ended::Image("sha256:new")).with_name(TAG, "sha256:old");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (finished, _) = build(&engine, tagged(), cancel).await;
    assert!(matches!(finished.result.unwrap_err(), BuildError::Interrupted));
    assert_eq!(finished.record.ending, Ending::Interrupted);
    assert_eq!(*engine.names(), names(&[(TAG, "sha256:old")]));
}

#[tokio::test]
async fn an_interrupt_between_two_tags_says_which_moved() {
    let engine = replay(WARM, Ended::Image("sha256:new"));
    let (plan, cancel) = (plan(), CancellationToken::new());
    let options = BuildOptions { tags: vec![TAG.into(), "app:2".into()], ..tagged() };
    let candidate = solve(&engine, &plan, &options, &cancel, &mut |_, _| {}).await.unwrap();
    let mut moved = vec![TAG.to_owned()];
    cancel.cancel();
    let left = candidate.move_tags(&engine, &cancel, &mut moved).await.unwrap_err();
    let expected = format!("interrupted: `{TAG}` moved, `{TAG}` and what follows it did not");
    assert_eq!(left.to_string(), expected);
    assert!(left.is_interrupted());
}

#[tokio::test]
async fn a_lost_engine_is_told_from_failed_work() {
    let engine = replay(WARM, Ended::Lost);
    let (finished, _) = build(&engine, tagged(), CancellationToken::new()).await;
    let error = finished.result.unwrap_err();
    assert!(matches!(&error, BuildError::Engine(error) if error.is_unreachable()), "{error}");
}
