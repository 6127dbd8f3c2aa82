//! Verifications for the tests of this folder.

use crate::verify::{
    Check, CheckState, FileCounts, IMAGE_VERIFY_SCHEMA, ImageFinding, ImageVerification, LogLine,
    Run, RunEnd, ServiceRun,
};
use crate::verify::{GateAction, GateName};

fn check(name: GateName, state: CheckState, summary: &str) -> Check {
    let (action, summary) = (GateAction::Fail, summary.to_owned());
    Check { name, action, state, summary, findings: Vec::new() }
}

fn run(user: &str, ms: u64) -> Run {
    let service = ServiceRun {
        name: "worker".to_owned(),
        phase: "ready".to_owned(),
        uptime: Some(1.0),
        ..ServiceRun::default()
    };
    Run {
        user: user.to_owned(),
        is_own: user == "1000:1000",
        end: RunEnd::Ready,
        ready_ms: Some(ms),
        services: vec![service],
        uptime: Some(1.0),
        ..Run::default()
    }
}

/// Ready as two users.
pub(super) fn good() -> ImageVerification {
    ImageVerification {
        schema: IMAGE_VERIFY_SCHEMA.to_owned(),
        image: "mad/app:latest".to_owned(),
        id: format!("sha256:{}", "ab".repeat(32)),
        size_bytes: 412_000_000,
        profile: Some("app".to_owned()),
        readiness: Some("mad-runtime ready --timeout 5s".to_owned()),
        runs: vec![run("1000:1000", 1812), run("4242:4242", 1904)],
        files: Some(FileCounts { files: 12_345, bytes: 400_000_000, cut: 3 }),
        checks: vec![
            check(GateName::Ready, CheckState::Passed, "ready after 1.8s; 30.0s are allowed"),
            check(GateName::Size, CheckState::Skipped, "the image has 412.0 MB; no budget is set"),
        ],
        took_ms: 9120,
    }
}

/// With a finding of each kind, and texts that would be markup.
pub(super) fn broken() -> ImageVerification {
    let line =
        |source: &str, line: &str| LogLine { source: source.to_owned(), line: line.to_owned() };
    let denied: Vec<LogLine> = (0..10)
        .map(|at| line("worker", &format!("touch: cannot touch '/work/{at}': Permission denied")))
        .collect();
    let mut facts = good();
    facts.image = "a<script>alert(1)</script>|b".to_owned();
    facts.runs[0].end =
        RunEnd::NotReady { why: vec!["worker is down".to_owned()], after_ms: 10_020 };
    facts.runs[0].ready_ms = None;
    facts.runs[1].end = RunEnd::Refused { why: "unable to find user x".to_owned() };
    facts.runs[1].denied = denied.clone();
    facts.checks = vec![
        Check {
            findings: vec![ImageFinding::plain(
                "as 4242:4242: the engine does not start it: unable to find user x",
            )],
            ..check(
                GateName::Start,
                CheckState::Failed,
                "as 1000:1000 it runs, as 4242:4242 it does not start",
            )
        },
        Check {
            findings: vec![ImageFinding {
                message: "as 1000:1000: 10 lines of the logs tell of a denied permission"
                    .to_owned(),
                log: denied,
            }],
            action: GateAction::Warn,
            ..check(
                GateName::Permissions,
                CheckState::Failed,
                "the logs of containers as 1000:1000",
            )
        },
        Check {
            findings: vec![ImageFinding::plain(
                "a private key in `/home/dev/<script>id_rsa`\u{1b}[31m",
            )],
            ..check(GateName::Secrets, CheckState::Failed, "logins, tokens and keys in 5 files")
        },
        check(GateName::Tools, CheckState::Skipped, "there is no profile to hold it against"),
        check(GateName::Setuid, CheckState::Passed, "11 files; the base image has 11"),
    ];
    facts
}
