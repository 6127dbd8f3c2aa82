//! The graph of small records, made by hand.

mod properties;
mod recorded;

use super::testing::{build, phase, span, step, work};
use super::{CriticalWork, Graph, Parts, breakdown};
use crate::timing::record::{Ending, PhaseKind, Record};
use crate::timing::{WorkKind, WorkState};

/// Two stages beside each other, and one that takes from both.
///
/// ```text
/// 0     100    200  250       600      800   1000 1100  1200
/// │pack │upload│pull│ node.1 ···········│final│   │     │
/// │     │      │    │ python.1│         │     │   │     │
/// │     │  [internal]                         │ex…│promo│
/// ```
fn whole() -> Record {
    let mut node = step("node.1", &[], &[(250, 800)]);
    node.inputs.images = vec!["mad/base:trixie".to_owned()];
    let mut python = step("python.1", &[], &[(250, 600)]);
    python.inputs.images = vec!["mad/base:trixie".to_owned()];
    let last = step("final.1", &["node.1", "python.1"], &[(800, 1000)]);
    Record {
        wall_ms: 1200,
        works: vec![
            work(WorkKind::Internal, "[internal] load remote build context", 150, 190),
            work(WorkKind::Base, "FROM docker.io/mad/base:trixie", 200, 250),
            work(WorkKind::Export, "exporting to image", 1000, 1100),
        ],
        phases: vec![
            phase(PhaseKind::Pack, 0, 100),
            phase(PhaseKind::Upload, 110, 180),
            phase(PhaseKind::Solve, 100, 1110),
            phase(PhaseKind::Promote, 1120, 1190),
        ],
        ..build(vec![node, python, last])
    }
}

fn labels(critical: &[CriticalWork]) -> Vec<&str> {
    critical.iter().map(|link| link.label.as_str()).collect()
}

#[test]
fn each_moment_counts_once() {
    let parts = breakdown(&whole()).parts;
    let expected = Parts {
        execution_ms: 750,
        pull_ms: 50,
        upload_ms: 80,
        export_ms: 100,
        // From 190 to 200: the engine had the build, and nothing ran.
        idle_ms: 10,
        unaccounted_ms: 210,
    };
    assert_eq!(parts, expected);
    assert_eq!(parts.total_ms(), 1200);
}

#[test]
fn what_asks_the_registry_is_no_upload() {
    let metadata = "[internal] load metadata for docker.io/library/debian:12";
    let record = Record {
        wall_ms: 100,
        works: vec![
            work(WorkKind::Internal, metadata, 10, 40),
            // Beyond the end, as clocks are: cut.
            work(WorkKind::Internal, "[internal] load build context", 30, 200),
        ],
        ..build(vec![step("a.1", &[], &[(90, 90)])])
    };
    let parts = breakdown(&record).parts;
    assert_eq!((parts.pull_ms, parts.upload_ms, parts.execution_ms), (30, 60, 0));
    assert_eq!(parts.unaccounted_ms, 10);
}

#[test]
fn the_critical_path_goes_from_the_first_byte_to_the_last() {
    let critical = breakdown(&whole()).critical;
    assert_eq!(
        labels(&critical),
        [
            "pack the context",
            "send the context",
            "[internal] load remote build context",
            "FROM docker.io/mad/base:trixie",
            "RUN node.1",
            "RUN final.1",
            "exporting to image",
            "name the image",
        ]
    );
    // The engine reads while the client sends: only the rest of its work comes after.
    assert_eq!(critical[2].span, span(180, 190));
    assert_eq!(critical[4].step.as_deref(), Some("node.1"));
    assert_eq!(critical[4].stage, "node");
}

#[test]
fn what_if_a_stage_came_from_the_cache() {
    let breakdown = breakdown(&whole());
    let told: Vec<_> = breakdown
        .what_if
        .iter()
        .map(|what_if| (what_if.stage.as_str(), what_if.saved_ms, what_if.then_bounds.as_deref()))
        .collect();
    // Without `node` the build waits for `python`, which is 200 ms shorter.
    assert_eq!(
        told,
        [("node", 200, Some("python")), ("final", 200, Some("node")), ("python", 0, Some("node")),]
    );
    assert_eq!((breakdown.modelled_ms, breakdown.model_error), (1200, 0.0));
}

#[test]
fn replays_take_other_times() {
    let record = whole();
    let graph = Graph::of(&record);
    assert_eq!(graph.replay(|_| None), 1200);
    let with = |id: &'static str, ms| graph.replay(move |step| (step == id).then_some(ms));
    assert_eq!(with("python.1", 500), 1200, "still hidden behind `node`");
    assert_eq!(with("python.1", 650), 1300, "100 ms longer than `node`");
    assert_eq!(with("final.1", 0), 1000);
    assert_eq!(with("nobody.1", 9999), 1200);
    assert!(graph.replay(|_| Some(u64::MAX)) > u64::MAX / 2, "no overflow");
}

#[test]
fn moments_between_steps_are_the_models_error() {
    let record = build(vec![step("a.1", &[], &[(0, 400)]), step("a.2", &["a.1"], &[(500, 1000)])]);
    let breakdown = breakdown(&record);
    assert_eq!((breakdown.modelled_ms, breakdown.model_error), (900, -0.1));
    let graph = Graph::of(&record);
    assert_eq!(graph.replay(|_| None), 1000, "a replay adds them again");
    assert_eq!(graph.replay(|id| (id == "a.2").then_some(600)), 1100);
}

#[test]
fn a_cache_key_computed_early_is_no_run() {
    // The engine looked at `b.2` while `a.1` ran.
    let record = build(vec![
        step("a.1", &[], &[(0, 400)]),
        step("b.2", &["a.1"], &[(10, 30), (400, 600), (610, 700)]),
    ]);
    assert_eq!(labels(&breakdown(&record).critical), ["RUN a.1", "RUN b.2"]);
    let graph = Graph::of(&record);
    // 20 ms of its 310 cost nothing, and go on to.
    assert_eq!(graph.replay(|id| (id == "b.2").then_some(320)), 710);
    assert_eq!(graph.replay(|id| (id == "b.2").then_some(5)), 410);
}

/// ```text
/// base   c                            c      asked for again when `final` begins
/// node    ████████████████████
/// python                              c      asked for when `final` is looked up
/// final                               ██
/// ```
#[test]
fn what_was_cached_bounds_nothing() {
    let cached = |id, needs: &[&str], spans: &[(u64, u64)]| {
        let mut step = step(id, needs, spans);
        step.state = WorkState::Cached;
        step
    };
    let record = build(vec![
        cached("base.1", &[], &[(5, 5), (900, 901)]),
        step("node.1", &["base.1"], &[(6, 800)]),
        cached("python.1", &["base.1"], &[(899, 900)]),
        step("final.1", &["base.1", "node.1", "python.1"], &[(900, 950)]),
    ]);
    let breakdown = breakdown(&record);
    assert_eq!(labels(&breakdown.critical), ["RUN node.1", "RUN final.1"]);
    assert_eq!((breakdown.what_if[0].stage.as_str(), breakdown.what_if[0].saved_ms), ("node", 794));
}

#[test]
fn what_was_fetched_from_a_cache_elsewhere_bounds() {
    let mut fetched = step("a.1", &[], &[(0, 2000)]);
    fetched.state = WorkState::Cached;
    let record = build(vec![fetched, step("a.2", &["a.1"], &[(2000, 2500)])]);
    assert_eq!(labels(&breakdown(&record).critical), ["RUN a.1", "RUN a.2"]);
}

#[test]
fn an_edge_that_the_clock_contradicts_is_none() {
    // `COPY --link` runs beside the step above it.
    let record = build(vec![step("a.1", &[], &[(0, 400)]), step("a.2", &["a.1"], &[(100, 500)])]);
    assert_eq!(labels(&breakdown(&record).critical), ["RUN a.2"]);
}

#[test]
fn the_same_work_is_one_node() {
    let mut shared = step("b.1", &[], &[]);
    shared.state = WorkState::Shared;
    shared.same_as = Some("a.1".to_owned());
    let record =
        build(vec![step("a.1", &[], &[(0, 300)]), shared, step("b.2", &["b.1"], &[(300, 400)])]);
    assert_eq!(labels(&breakdown(&record).critical), ["RUN a.1", "RUN b.2"]);
}

#[test]
fn steps_that_took_no_time_pass_their_inputs_on() {
    let record = build(vec![
        step("a.1", &[], &[(0, 300)]),
        step("a.2", &["a.1"], &[]),
        step("b.1", &["a.2"], &[(300, 400)]),
    ]);
    assert_eq!(labels(&breakdown(&record).critical), ["RUN a.1", "RUN b.1"]);
}

#[test]
fn a_failed_build_is_bound_by_what_failed() {
    let mut broken = step("broken.1", &["base.1"], &[(100, 400)]);
    broken.state = WorkState::Failed;
    let mut slow = step("slow.1", &["base.1"], &[(100, 420)]);
    slow.state = WorkState::Canceled;
    let record = Record {
        ending: Ending::Failed,
        wall_ms: 450,
        ..build(vec![
            step("base.1", &[], &[(10, 100)]),
            slow,
            broken,
            step("final.1", &["slow.1"], &[]),
        ])
    };
    let breakdown = breakdown(&record);
    assert_eq!(labels(&breakdown.critical), ["RUN base.1", "RUN broken.1"]);
    assert_eq!(breakdown.parts.total_ms(), 450);
    assert_eq!(breakdown.what_if.len(), 1, "only `base` ran to its end");
}

#[test]
fn wild_records_do_no_harm() {
    let mut me = step("a.1", &["a.1", "a.2", "nobody.1"], &[(50, 50), (50, 50)]);
    me.same_as = Some("a.1".to_owned());
    let mut away = step("b.1", &["a.1"], &[(900, 1000)]);
    away.same_as = Some("nobody.1".to_owned());
    let mut round = step("c.1", &[], &[(0, 10)]);
    round.same_as = Some("d.1".to_owned());
    let mut trip = step("d.1", &["c.1"], &[(20, 10)]);
    trip.same_as = Some("c.1".to_owned());
    let ring = step("a.2", &["a.1", "b.1", "d.1"], &[(50, 50)]);
    let record = Record { wall_ms: 100, ..build(vec![me, ring, away, round, trip]) };
    let breakdown = breakdown(&record);
    assert_eq!(breakdown.parts.total_ms(), 100);
    assert_eq!(Graph::of(&record).replay(|_| None), 100);
}

#[test]
fn a_build_without_anything_has_an_anatomy() {
    let breakdown = breakdown(&build(Vec::new()));
    assert_eq!(breakdown.parts.total_ms(), 0);
    assert_eq!((breakdown.modelled_ms, breakdown.model_error), (0, 0.0));
    assert!(breakdown.critical.is_empty() && breakdown.what_if.is_empty());
}
