//! Probes in containers, on the replayed engine.

use std::io::Read;
use std::sync::{Arc, Mutex};

use super::super::testing::{toy, upstream};
use super::super::{ProbeResult, image};
use super::*;
use engine::replay::{Replay, ReplayEnd, ReplayRun};
use engine::{ContainerEnd, EngineError};

const PING: &str = "mad-probe/series/probes/01-ping.mjs";

/// An engine that has the image to probe in.
fn engine(program: impl Fn(&ContainerRun) -> ReplayRun + Send + Sync + 'static) -> Replay {
    Replay::new("", ReplayEnd::Hangs).with_name("node", "sha256:n").with_program(program)
}

fn ends(status: i64, stdout: &[&str], stderr: &str) -> ReplayRun {
    let stdout = stdout.iter().map(|line| (*line).to_owned()).collect();
    ReplayRun::Ends { stdout, end: ContainerEnd { status, stderr: stderr.to_owned() } }
}

/// The toy package in one version, to be probed for both of its patches.
fn subject(version: &str) -> ProbedPackage {
    let files = upstream(version).files.into_iter();
    ProbedPackage {
        name: version.to_owned(),
        files: files.filter_map(|(path, bytes)| Some((path, bytes?))).collect(),
        patches: vec!["ping".to_owned(), "no-early-notification".to_owned()],
    }
}

fn limited(engine: &dyn Engine, limit: Duration) -> ContainerProbes<'_> {
    let files = Box::leak(Box::new(toy()));
    ContainerProbes { files, engine, image: "node", label: "mad.probe=1".to_owned(), limit }
}

async fn probe(
    engine: &dyn Engine,
    subjects: &[ProbedPackage],
) -> Result<Vec<ProbeRun>, ProbeError> {
    run(&toy(), subjects, engine, "node", &CancellationToken::new(), &mut |_| {}).await
}

fn results(runs: &[ProbeRun]) -> Vec<(&str, &str, ProbeResult, Option<&str>)> {
    runs.iter().map(|run| (&*run.subject, &*run.patch, run.result, run.why.as_deref())).collect()
}

#[tokio::test]
async fn every_run_has_a_container_with_its_package_and_the_probes() {
    let seen: Arc<Mutex<Vec<ContainerRun>>> = Arc::default();
    let keeping = Arc::clone(&seen);
    let engine = engine(move |run| {
        keeping.lock().unwrap().push(run.clone());
        ends(0, &[], "")
    });
    let installed =
        ProbedPackage::installed("/opt/toy".to_owned(), vec!["no-early-notification".to_owned()]);
    let runs = probe(&engine, &[subject("1.0.0"), installed]).await.unwrap();
    assert_eq!(
        results(&runs),
        [
            ("1.0.0", "ping", ProbeResult::Passes, None),
            ("1.0.0", "no-early-notification", ProbeResult::Passes, None),
            ("/opt/toy", "no-early-notification", ProbeResult::Passes, None),
        ]
    );
    assert_eq!(
        engine.calls(),
        [
            "run node /mad-probe/series/probes/01-ping.mjs /mad-probe/package with mad.probe",
            "run node /mad-probe/series/probes/02-no-early-notification.mjs /mad-probe/package with mad.probe",
            "run node /mad-probe/series/probes/02-no-early-notification.mjs /opt/toy with mad.probe",
        ]
    );
    let seen = seen.lock().unwrap();
    let labels: std::collections::BTreeSet<&str> = seen.iter().map(|run| &*run.label).collect();
    assert_eq!(labels.len(), 3, "each can be removed alone: {labels:?}");
    let mut packed = BTreeMap::new();
    for entry in tar::Archive::new(seen[0].files.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        packed.insert(path, text);
    }
    let server = String::from_utf8(subject("1.0.0").files["src/server.js"].to_vec()).unwrap();
    assert_eq!(packed["mad-probe/package/src/server.js"], server);
    assert!(packed.contains_key(PING), "{:?}", packed.keys());
}

#[tokio::test]
async fn a_probe_is_read_by_its_status_and_its_last_line() {
    let said = r#"{"schema":"mad.probe/1","verdict":"fail","why":"no answer"}"#;
    for (ended, result, why) in [
        (ends(0, &[], ""), ProbeResult::Passes, None),
        (ends(1, &["noise", said], ""), ProbeResult::Fails, Some("no answer")),
        (ends(2, &[], "cannot judge\n"), ProbeResult::Unknown, Some("cannot judge")),
        (ends(137, &[], ""), ProbeResult::Unknown, Some("it ended with status 137")),
        (ends(i64::MAX, &[], ""), ProbeResult::Unknown, Some("it ended with a signal")),
    ] {
        let engine = engine(move |_| ended.clone());
        let runs = probe(&engine, &[subject("1.0.0")]).await.unwrap();
        assert_eq!((runs[0].result, runs[0].why.as_deref()), (result, why));
    }
    // However much it writes, the end is kept.
    let engine = engine(move |_| {
        let noise: Vec<String> = (0..10 * LINES).map(|number| number.to_string()).collect();
        let lines = noise.iter().map(String::as_str).chain([said]);
        ends(1, &lines.collect::<Vec<_>>(), "")
    });
    assert_eq!(
        probe(&engine, &[subject("1.0.0")]).await.unwrap()[0].why.as_deref(),
        Some("no answer")
    );
}

#[tokio::test]
async fn without_the_image_nothing_is_run() {
    let engine = Replay::new("", ReplayEnd::Hangs);
    let ended = probe(&engine, &[subject("1.0.0")]).await;
    assert!(matches!(ended, Err(ProbeError::NoImage { image }) if image == "node"));
    assert!(engine.calls().is_empty());
}

#[tokio::test]
async fn a_broken_connection_ends_all_and_what_ran_beside_it_is_removed() {
    let engine = engine(|run| match run.command[1].contains("ping") {
        true => ReplayRun::Lost,
        false => ReplayRun::Hangs,
    });
    let ended = probe(&engine, &[subject("1.0.0")]).await;
    assert!(matches!(ended, Err(ProbeError::Engine(EngineError::Connection { .. }))), "{ended:?}");
    assert_eq!(engine.calls().last().unwrap(), "remove containers of mad.probe");
}

#[tokio::test]
async fn one_that_takes_too_long_is_removed_alone_and_the_others_count() {
    let engine = engine(|run| match run.command[1].contains("ping") {
        true => ReplayRun::Hangs,
        false => ends(0, &[], ""),
    });
    let probes = limited(&engine, Duration::from_millis(1));
    let runs =
        probes.run(&[subject("1.0.0")], &CancellationToken::new(), &mut |_| {}).await.unwrap();
    let why = "it took more than 20 s, or its container more than 40 s to start";
    assert_eq!(
        results(&runs),
        [
            ("1.0.0", "ping", ProbeResult::Unknown, Some(why)),
            ("1.0.0", "no-early-notification", ProbeResult::Passes, None),
        ]
    );
    let removed: Vec<String> =
        engine.calls().into_iter().filter(|call| call.starts_with("remove")).collect();
    assert_eq!(removed, ["remove containers of mad.probe.run"]);
}

#[tokio::test]
async fn an_interrupt_removes_what_runs() {
    let cancel = CancellationToken::new();
    let stopping = cancel.clone();
    let engine = engine(move |_| {
        stopping.cancel();
        ReplayRun::Hangs
    });
    let ended = run(&toy(), &[subject("1.0.0")], &engine, "node", &cancel, &mut |_| {}).await;
    assert!(matches!(ended, Err(ProbeError::Interrupted)), "{ended:?}");
    assert_eq!(engine.calls().last().unwrap(), "remove containers of mad.probe");
}

#[tokio::test]
async fn what_an_image_has_of_a_package_is_read() {
    let module = "/opt/mad/node/node_modules/toy";
    let engine = Replay::new("", ReplayEnd::Hangs).with_contents(BTreeMap::from([
        (format!("{module}/package.json"), br#"{"version": "1.0.0"}"#.to_vec()),
        (format!("{module}/src/server.js"), b"text".to_vec()),
    ]));
    let found = image::look(&toy(), &engine, "x").await.unwrap();
    assert_eq!(found.version, "1.0.0");
    assert_eq!(found.targets[0].path, "src/server.js");
    assert_eq!(found.targets[0].found.as_deref(), Some(&*hash::sha256("text")));
    let empty = Replay::new("", ReplayEnd::Hangs);
    let found = image::look(&toy(), &empty, "x").await.unwrap();
    assert_eq!((found.version.as_str(), &found.targets[0].found), ("", &None));
    let broken = Replay::new("", ReplayEnd::Hangs).breaking(&["contents"]);
    assert!(image::look(&toy(), &broken, "x").await.is_err());
}
