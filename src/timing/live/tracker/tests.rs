//! Every recorded build folded to facts, and the rules that a small stream shows best.

use std::fmt::Write as _;

use super::super::testing::Recorded;
use super::*;
use engine::VertexWarning;

/// The facts of a whole build as text.
fn facts(tracker: &Tracker) -> String {
    let mut text = String::new();
    for work in tracker.works() {
        let at = if work.kind == WorkKind::Step {
            format!("{} {}/{}", work.stage, work.ordinal, work.of)
        } else {
            work.kind.as_str().to_owned()
        };
        let seconds = work.duration(tracker.latest().unwrap()).as_secs_f64();
        let state = work.state.as_str();
        writeln!(text, "{at:<16} {state:<8} {seconds:>7.3}s {}", work.label).unwrap();
        for (name, value) in [("error", &work.error), ("last log", &work.last_log)] {
            if let Some(value) = value {
                writeln!(text, "    {name}: {value}").unwrap();
            }
        }
        if let Some((done, total)) = work.bytes() {
            writeln!(text, "    bytes: {done} of {total}").unwrap();
        }
    }
    writeln!(text, "{:?}", tracker.totals()).unwrap();
    writeln!(text, "wall {:.3}s", tracker.wall().as_secs_f64()).unwrap();
    writeln!(text, "culprit {:?}", tracker.culprit().map(|work| &work.id)).unwrap();
    text
}

#[test]
fn recorded_builds() {
    insta::glob!("../../../../tests/inputs/builds", "*.jsonl", |path| {
        insta::assert_snapshot!(facts(&Recorded::read(path).tracker()));
    });
}

#[test]
fn changes_of_a_failed_build_end_with_its_last_words() {
    let recorded = Recorded::named("failed");
    let mut tracker = recorded.tracker_at(recorded.updates.len() - 1);
    let changes = tracker.update(recorded.updates.last().unwrap());
    let words: Vec<String> = changes
        .iter()
        .map(|change| match change {
            Change::Log { line, .. } => format!("log {line}"),
            Change::Ended { work } => format!("ended {}", tracker.works()[*work].stage),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        words,
        [
            "log npm error A complete log of this run can be found in: /root/.npm/_logs",
            "ended node-deps",
            "ended python-deps",
        ]
    );
    let culprit = tracker.culprit().unwrap();
    assert_eq!(culprit.log_tail.len(), crate::timing::LOG_TAIL_LINES);
    assert!(culprit.log_tail[0].contains("pkg-8 "), "{}", culprit.log_tail[0]);
}

#[test]
fn cached_steps_end_without_a_start_and_once() {
    let recorded = Recorded::named("warm");
    let mut tracker = recorded.tracker_at(0);
    let changes: Vec<Change> = recorded.updates.iter().flat_map(|u| tracker.update(u)).collect();
    let steps = tracker.totals().steps;
    let ended = |change: &&Change| matches!(change, Change::Ended { work } if *work < steps);
    let started =
        |change: &&Change| matches!(change, Change::Started { work, .. } if *work < steps);
    assert_eq!(changes.iter().filter(ended).count(), steps);
    assert_eq!(changes.iter().filter(started).count(), 0);
}

#[test]
fn a_step_that_fails_after_its_cache_hit_has_failed() {
    let mut tracker = Tracker::new(vec![step("a", 2, "RUN x")]);
    let at = |second| Some(Timestamp::from_second(second).unwrap());
    let mut vertex = Vertex {
        digest: "d".into(),
        name: "[2/2] RUN x".into(),
        cached: true,
        started: at(1),
        completed: at(1),
        ..Vertex::default()
    };
    tracker.update(&one(vertex.clone()));
    assert_eq!(tracker.totals().cached, 1);
    vertex = Vertex { cached: false, started: at(2), completed: None, ..vertex };
    tracker.update(&one(vertex.clone()));
    assert_eq!(tracker.totals().running, 1);
    vertex = Vertex { completed: at(3), error: Some("pull: no space left".into()), ..vertex };
    tracker.update(&one(vertex));
    assert_eq!(tracker.culprit().unwrap().error.as_deref(), Some("pull: no space left"));
    assert_eq!(tracker.totals().hit_ratio(), Some(0.0));
}

#[test]
fn platforms_of_one_step_are_one_work() {
    let mut tracker = Tracker::new(vec![step("a", 2, "RUN x")]);
    let at = |second| Some(Timestamp::from_second(second).unwrap());
    for (platform, started, completed) in [("amd64", 1, Some(4)), ("arm64", 2, None)] {
        tracker.update(&one(Vertex {
            digest: platform.into(),
            name: format!("[linux/{platform} a 2/2] RUN x"),
            started: at(started),
            completed: completed.and_then(at),
            ..Vertex::default()
        }));
    }
    assert_eq!(tracker.works().len(), 1);
    assert_eq!(tracker.works()[0].state, WorkState::Running);
    assert_eq!(tracker.works()[0].duration(at(6).unwrap()).as_secs(), 5);
}

#[test]
fn strange_streams_are_survived() {
    let mut tracker = Tracker::new(Vec::new());
    let nobody = StatusUpdate {
        statuses: vec![VertexStatus { vertex: "nobody".into(), ..VertexStatus::default() }],
        logs: vec![VertexLog { vertex: "nobody".into(), at: None, stream: 1, text: "x".into() }],
        warnings: vec![VertexWarning {
            vertex: String::new(),
            short: "\x1b[1mlegacy\x1b[0m syntax\n".into(),
            url: String::new(),
        }],
        ..StatusUpdate::default()
    };
    let warning = Change::Warning { text: "legacy syntax".into(), url: String::new() };
    assert_eq!(tracker.update(&nobody), [warning]);
    assert_eq!(tracker.wall(), Duration::ZERO);
    assert!(tracker.culprit().is_none());
    assert_eq!(tracker.totals().hit_ratio(), None);
    tracker.update(&one(Vertex { name: "[a 9/9] RUN unplanned".into(), ..Vertex::default() }));
    assert_eq!(tracker.works()[0].kind, WorkKind::Internal);
}

fn step(stage: &str, ordinal: usize, label: &str) -> PlannedStep {
    PlannedStep {
        id: format!("{stage}-{ordinal}"),
        stage: stage.into(),
        ordinal,
        label: label.into(),
    }
}

fn one(vertex: Vertex) -> StatusUpdate {
    StatusUpdate { vertexes: vec![vertex], ..StatusUpdate::default() }
}
