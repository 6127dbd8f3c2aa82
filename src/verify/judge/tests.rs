//! Each check by example.

use super::*;
use crate::profile::Gates;
use crate::verify::facts::ServiceRun;
use crate::verify::files::Node;
use serde_json::json;

fn profile(value: serde_json::Value) -> Wanted {
    let profile: Profile = serde_json::from_value(value).unwrap();
    let gates = profile.gates.clone();
    Wanted { profile: Some(profile), gates, tries_all: true, ..Wanted::default() }
}

fn ready(user: &str, ms: u64) -> Run {
    Run {
        user: user.into(),
        is_own: user == "dev",
        end: RunEnd::Ready,
        ready_ms: Some(ms),
        ..Run::default()
    }
}

fn one(name: GateName, seen: &Seen, wanted: &Wanted) -> (CheckState, String) {
    let check = checks(seen, wanted).into_iter().find(|check| check.name == name).unwrap();
    let texts: Vec<&str> = check.findings.iter().map(|one| one.message.as_str()).collect();
    let said = if texts.is_empty() { check.summary.clone() } else { texts.join(" | ") };
    (check.state, said)
}

fn failed(text: &str) -> (CheckState, String) {
    (CheckState::Failed, text.to_owned())
}

#[test]
fn a_time_is_the_median_of_the_images_own_user() {
    let wanted = profile(json!({"gates": {"ready": {"within": "2s"}}}));
    let runs = |times: &[u64]| {
        times.iter().map(|ms| ready("dev", *ms)).chain([ready("4242:4242", 9000)]).collect()
    };
    let seen = |times| Seen { readiness: Some("x".into()), runs: runs(times), ..Seen::default() };
    let (state, said) = one(GateName::Ready, &seen(&[1000, 5000, 1500]), &wanted);
    assert_eq!(state, CheckState::Passed, "{said}");
    assert_eq!(said, "ready after 1.5s (median of 3: 1.0s, 5.0s, 1.5s); 2.0s are allowed");
    assert_eq!(
        one(GateName::Ready, &seen(&[2500]), &wanted),
        failed("ready after 2.5s, expected 2.0s at most")
    );
    assert_eq!(one(GateName::Ready, &Seen::default(), &wanted).0, CheckState::Skipped);
}

#[test]
fn what_never_gets_ready_or_dies_is_named_with_its_lines() {
    let wanted = profile(json!({}));
    let log = vec![
        LogLine { source: "worker".into(), line: "no such module".into() },
        LogLine { source: "other".into(), line: "fine".into() },
    ];
    let service = |phase: &str, incidents: &[&str]| ServiceRun {
        name: "worker".into(),
        phase: phase.into(),
        problem: "ended with 1".into(),
        incidents: incidents.iter().map(|text| (*text).to_owned()).collect(),
        ..ServiceRun::default()
    };
    let end = RunEnd::NotReady { why: vec!["worker is down".into()], after_ms: 60_000 };
    let never = Run {
        user: "dev".into(),
        is_own: true,
        end,
        services: vec![service("down", &[])],
        uptime: Some(0.0),
        log: log.clone(),
        ..Run::default()
    };
    let dies = Run {
        services: vec![service("ready", &["crash: ended with 1"])],
        uptime: Some(0.4),
        log,
        ..ready("dev", 5)
    };
    let seen = |run: Run| Seen { readiness: Some("x".into()), runs: vec![run], ..Seen::default() };
    assert_eq!(
        one(GateName::Ready, &seen(never.clone()), &wanted),
        failed("as dev: not ready after 1m 00s: worker is down")
    );
    assert_eq!(
        one(GateName::Services, &seen(never), &wanted),
        failed("as dev: worker is down: ended with 1")
    );
    let seen = seen(dies);
    assert_eq!(one(GateName::Ready, &seen, &wanted).0, CheckState::Passed);
    assert_eq!(
        one(GateName::Services, &seen, &wanted),
        failed("as dev: worker is ready: ended with 1; it failed: crash: ended with 1")
    );
    let checks = checks(&seen, &wanted);
    let services = checks.iter().find(|check| check.name == GateName::Services).unwrap();
    let lines: Vec<&str> = services.findings[0].log.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(lines, ["no such module"]);
}

#[test]
fn starts_and_permissions_are_told_by_user() {
    let wanted = Wanted { tries_all: true, ..Wanted::default() };
    let denied = vec![LogLine { source: "container".into(), line: "EACCES".into() }];
    let run = |user: &str, end| Run { user: user.into(), end, ..Run::default() };
    let seen = Seen {
        runs: vec![
            run("root", RunEnd::Ended { status: 0, is_out_of_memory: false }),
            Run {
                denied,
                ..run("4242:4242", RunEnd::Ended { status: 137, is_out_of_memory: true })
            },
            run("x", RunEnd::Refused { why: "no user x".into() }),
        ],
        ..Seen::default()
    };
    assert_eq!(
        one(GateName::Start, &seen, &wanted),
        failed(
            "as 4242:4242: it ended with status 137: it ran out of memory | as x: the engine does not start it: no user x"
        )
    );
    assert_eq!(
        one(GateName::Permissions, &seen, &wanted),
        failed("as 4242:4242: 1 line of the logs tells of a denied permission")
    );
    for name in [
        GateName::Services,
        GateName::Directories,
        GateName::Tools,
        GateName::Patches,
        GateName::Size,
    ] {
        assert_eq!(one(name, &seen, &wanted).0, CheckState::Skipped, "{name:?}");
    }
}

#[test]
fn files_are_held_against_the_profile() {
    let wanted = profile(json!({
        "user": {"name": "dev", "uid": 1000, "gid": 1000, "sudo": true},
        "mounts": [{"target": "/work/"}, {"target": "/gone"}],
        "apt": {"runtime": ["git=1:2.*", "jq", "curl=8"]},
        "node": {"packages": {"a": "1.0.0", "b": "2.0.0"}},
        "python": {"packages": ["Foo_Bar[x]==1.0", "z==2"]},
        "gates": {"setuid": {"allow": ["/usr/bin/ping"]}, "size": {"max": "1MB"}, "secrets": {"allow": ["/srv/k"]}}
    }));
    let node = |uid, mode| Node { uid, gid: uid, mode, is_folder: true };
    let versions = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect()
    };
    let place = |place: &str| Found { place: place.into(), what: "a private key" };
    let files = Files {
        folders: [("/home/dev".into(), node(0, 0o700)), ("/work".into(), node(1000, 0o755))].into(),
        setuid: ["/usr/bin/su", "/usr/bin/sudo", "/usr/bin/ping", "/opt/x"]
            .map(|path| (path.to_owned(), node(0, 0o4755)))
            .into(),
        debian: Some(versions(&[("git", "1:2.47"), ("curl", "8.1")])),
        npm: versions(&[("a", "1.0.0"), ("b", "2.0.1")]),
        python: versions(&[("foo-bar", "1.0")]),
        secrets: vec![place("/root/k"), place("/srv/k")],
        ..Files::default()
    };
    let seen = Seen {
        size_bytes: 1_000_001,
        user: "1000:1000".into(),
        files: Some(files),
        base_setuid: Some(["/usr/bin/su".to_owned()].into()),
        ..Seen::default()
    };
    for (name, said) in [
        (
            GateName::Directories,
            "`/home/dev` is owned by 0:0, expected 1000:1000 | `/work` has mode 0755, expected 2775 | `/gone` is not there, or is no folder",
        ),
        (GateName::Setuid, "`/opt/x` has set-user-id: mode 4755, of 0:0"),
        (GateName::Secrets, "a private key in `/root/k`"),
        (
            GateName::Tools,
            "the Debian package jq: found none, expected any version | the Debian package curl: found 8.1, expected 8 | the npm package b: found 2.0.1, expected 2.0.0 | the Python package z: found none, expected 2",
        ),
        (GateName::Size, "the image has 1.0 MB, expected 1.0 MB at most"),
    ] {
        assert_eq!(one(name, &seen, &wanted), failed(said));
    }
    // Of an image that nobody knows the base of, only what distributions do not have.
    let stranger = Seen { base_setuid: None, files: seen.files.clone(), ..Seen::default() };
    let (_, said) =
        one(GateName::Setuid, &stranger, &Wanted { tries_all: true, ..Wanted::default() });
    assert!(said.contains("/opt/x") && !said.contains("/usr/bin/su`"), "{said}");
}

#[test]
fn a_gate_that_is_off_is_not_tried_and_one_that_warns_refuses_nothing() {
    let mut wanted = profile(json!({"gates": {"size": {"max": "1MB", "action": "warn"}}}));
    wanted.tries_all = false;
    let seen = Seen { size_bytes: 2_000_000, ..Seen::default() };
    let checks = checks(&seen, &wanted);
    let names: Vec<GateName> = checks.iter().map(|check| check.name).collect();
    assert_eq!(names, [GateName::Size], "a profile without programs starts nothing");
    assert!(checks[0].warns() && !checks[0].refuses());
    wanted.gates = Gates::default();
    assert!(!wanted.is_anything());
    wanted.profile.as_mut().unwrap().mcp =
        serde_json::from_value(json!({"servers": {"a": {"command": ["x"]}}})).unwrap();
    assert!(wanted.starts() && !wanted.reads_files());
    // One container, as the image's own user; another user is tried where the gate is named.
    assert!(wanted.other_users().is_empty());
    wanted.gates = serde_json::from_value(json!({"permissions": "warn"})).unwrap();
    assert_eq!(wanted.other_users(), ["4242:4242"]);
    wanted.gates = serde_json::from_value(json!({"permissions": {"user": ""}})).unwrap();
    assert!(wanted.other_users().is_empty());
}
