//! What a build does to names and what it tells, on replayed engines.

use std::collections::BTreeMap;

use super::*;
use crate::build::Built;
use crate::engine::replay::{Ending, Replay};
use crate::profile::Profile;
use crate::project::Project;

const WARM: &str = include_str!("../../../tests/inputs/builds/warm.jsonl");
const FAILED: &str = include_str!("../../../tests/inputs/builds/failed.jsonl");
const TAG: &str = "mad/cpu:latest";

fn plan() -> Plan {
    let dir = tempfile::tempdir().unwrap();
    let project = Project::open(dir.path()).unwrap();
    let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
    crate::render::render(&project, &loaded, crate::engine::FrontendLevel::V1_2).unwrap()
}

/// Runs a build and returns its result with the kinds of events that were seen.
async fn build(
    engine: &Replay,
    options: BuildOptions,
    cancel: CancellationToken,
) -> (Result<Built, BuildError>, Vec<&'static str>) {
    let mut seen = Vec::new();
    let mut observe = |event: Event<'_>, _: &Tracker| {
        let kind = match event {
            Event::Started(_) => "started",
            Event::Uploaded(..) => "uploaded",
            Event::Changed(_) => "changed",
            Event::Tick => return,
            Event::Finished(end) => match end.outcome {
                Outcome::Built { .. } => "built",
                Outcome::Failed => "failed",
                Outcome::Interrupted => "interrupted",
            },
        };
        if seen.last() != Some(&kind) {
            seen.push(kind);
        }
    };
    let finished = run(engine, &plan(), &options, &cancel, &mut observe).await;
    (finished.result, seen)
}

fn tagged() -> BuildOptions {
    BuildOptions { tags: vec![TAG.to_owned()], ..BuildOptions::default() }
}

#[tokio::test]
async fn the_tag_moves_after_the_build_and_the_candidate_goes() {
    let engine = Replay::new(WARM, Ending::Image("sha256:new")).with_name(TAG, "sha256:old");
    let (built, seen) = build(&engine, tagged(), CancellationToken::new()).await;
    assert_eq!(built.unwrap().image.id, "sha256:new");
    assert_eq!(seen, ["started", "changed", "built"]);
    assert_eq!(
        engine.calls(),
        ["solve CANDIDATE", "tag sha256:new mad/cpu:latest", "untag CANDIDATE"]
    );
    assert_eq!(*engine.names(), BTreeMap::from([(TAG.to_owned(), "sha256:new".to_owned())]));
}

#[tokio::test]
async fn without_a_tag_the_candidate_keeps_its_name() {
    let engine = Replay::new(WARM, Ending::Image("sha256:new"));
    let (built, _) = build(&engine, BuildOptions::default(), CancellationToken::new()).await;
    let built = built.unwrap();
    assert_eq!(built.tags, [format!("mad/candidate:{}", built.build_ref)]);
    assert_eq!(engine.names().len(), 1);
}

#[tokio::test]
async fn a_failure_leaves_the_tag_and_names_the_step() {
    let engine = Replay::new(FAILED, Ending::Failure("exit code: 1")).with_name(TAG, "sha256:old");
    let (built, seen) = build(&engine, tagged(), CancellationToken::new()).await;
    let error = built.unwrap_err();
    assert!(error.to_string().starts_with("the build failed in stage `"), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("mad build -p cpu --target"), "{hint}");
    assert_eq!(seen.last(), Some(&"failed"));
    assert_eq!(engine.names()[TAG], "sha256:old");
    assert!(!engine.calls().iter().any(|call| call.starts_with("tag ")));
}

#[tokio::test]
async fn an_interrupt_leaves_the_tag() {
    let engine = Replay::new(WARM, Ending::Hangs).with_name(TAG, "sha256:old");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (built, seen) = build(&engine, tagged(), cancel).await;
    assert!(matches!(built.unwrap_err(), BuildError::Interrupted));
    assert_eq!(seen.last(), Some(&"interrupted"));
    assert_eq!(engine.names()[TAG], "sha256:old");
}

#[tokio::test]
async fn an_interrupt_after_the_last_step_promotes_nothing() {
    let engine = Replay::new(WARM, Ending::Image("sha256:new")).with_name(TAG, "sha256:old");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let (built, _) = build(&engine, tagged(), cancel).await;
    assert!(matches!(built.unwrap_err(), BuildError::Interrupted));
    assert_eq!(*engine.names(), BTreeMap::from([(TAG.to_owned(), "sha256:old".to_owned())]));
}

#[tokio::test]
async fn a_lost_engine_is_told_from_failed_work() {
    let engine = Replay::new(WARM, Ending::Lost);
    let (built, _) = build(&engine, tagged(), CancellationToken::new()).await;
    let error = built.unwrap_err();
    assert!(matches!(&error, BuildError::Engine(error) if error.is_unreachable()), "{error}");
}
