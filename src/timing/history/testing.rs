//! Small records for the tests of the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::History;
use crate::profile::{GateAction, GateName};
use crate::timing::judge::{
    BaselineFacts, BaselineRole, CacheFacts, Cause, Comparison, Judgement, Miss, Verdict,
};
use crate::timing::record::{
    BuildEnvironment, CacheMode, Ending, EngineWork, Failure, ImageFacts, Layer, Machine, Phase,
    PhaseKind, PlanFacts, RECORD_SCHEMA, Record, SeriesKey, StepRecord, TimeSpan,
};
use crate::timing::record::{
    Check, CheckState, ImageFinding, InputFile, LogLine, Origin, StepInputs, Trial,
};
use crate::timing::{WorkKind, WorkState};

/// A history in a folder that goes with it.
pub fn empty() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("state/mad/history.db")).unwrap();
    (folder, history)
}

/// The id of the build number `n`.
pub fn id(n: u64) -> String {
    format!("{:032x}", (u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

/// The build number `n`: an hour after the one before it, with every kind of fact.
pub fn record(n: u64) -> Record {
    let base = "base-0f3a-1".to_owned();
    let deps = "python-deps-77c1-1".to_owned();
    let span = |start_ms, end_ms| TimeSpan { start_ms, end_ms };
    Record {
        schema: RECORD_SCHEMA.to_owned(),
        id: id(n),
        started: "2026-03-01T10:00:00.123456789Z".parse::<Timestamp>().unwrap()
            + SignedDuration::from_hours(n as i64),
        wall_ms: 84_200 + n,
        ending: Ending::Built,
        series: place(),
        environment: BuildEnvironment {
            mad: "0.1.0".to_owned(),
            machine: Machine {
                platform: "linux/amd64".to_owned(),
                cpus: 2,
                memory_bytes: 8 << 30,
                cpu_model: None,
                builder: None,
            },
            engine_id: Some("e".repeat(64)),
            steal_ms: Some(12),
            load_before: Some(0.1 + n as f64 / 3.0),
            commit: Some(format!("{n:040x}")),
            branch: Some("main".to_owned()),
            ci_run: None,
        },
        plan: PlanFacts {
            hash: format!("{n:064x}"),
            images: BTreeMap::from([("mad/base:trixie".to_owned(), "sha256:aa".to_owned())]),
            templates: BTreeMap::from([("templates/Dockerfile.j2".to_owned(), "b".repeat(64))]),
            values: BTreeMap::from([("user.uid".to_owned(), "1000".to_owned())]),
            ..PlanFacts::default()
        },
        phases: vec![Phase { kind: PhaseKind::Solve, span: span(20, 84_000) }],
        steps: vec![
            StepRecord {
                id: base.clone(),
                stage: "base".to_owned(),
                ordinal: 1,
                label: "RUN apt-get install git".to_owned(),
                origin: Some(Origin { file: "templates/stages/base.j2".to_owned(), line: 7 }),
                state: WorkState::Cached,
                spans: vec![],
                inputs: StepInputs {
                    text: "RUN apt-get install git".to_owned(),
                    images: vec!["mad/base:trixie".to_owned()],
                    ..StepInputs::default()
                },
                bytes: None,
                same_as: None,
                error: None,
            },
            StepRecord {
                id: deps.clone(),
                stage: "python-deps".to_owned(),
                ordinal: 2,
                label: "RUN uv pip install".to_owned(),
                origin: None,
                state: WorkState::Done,
                spans: vec![span(120, 4_000), span(5_000, 84_000)],
                inputs: StepInputs {
                    text: "RUN uv pip install -r /locks/cpu.txt".to_owned(),
                    state: vec!["USER 1000:1000".to_owned()],
                    args: BTreeMap::from([("BASE".to_owned(), "mad/base:trixie".to_owned())]),
                    files: vec![
                        file("locks/cpu.txt", n),
                        changed(file("locks/latest", 0), |file| file.mode = "link".to_owned()),
                        // Nothing that mad writes, but nothing that may be lost either.
                        changed(file("odd", 0), |file| {
                            file.sha256 = "Not hexadecimal".to_owned();
                        }),
                    ],
                    needs: vec![base],
                    images: vec![],
                    values: None,
                },
                bytes: Some(31_000_000),
                same_as: None,
                error: None,
            },
            StepRecord {
                id: "final-77c1-1".to_owned(),
                stage: "final".to_owned(),
                ordinal: 1,
                label: "RUN uv pip install".to_owned(),
                origin: None,
                state: WorkState::Shared,
                spans: vec![span(7, 7)],
                inputs: StepInputs::default(),
                bytes: None,
                same_as: Some(deps),
                error: Some("exit code: 1".to_owned()),
            },
        ],
        works: vec![EngineWork {
            kind: WorkKind::Export,
            label: "exporting to image".to_owned(),
            state: WorkState::Done,
            spans: vec![span(84_000, 84_100)],
            bytes: None,
            error: None,
        }],
        image: Some(ImageFacts {
            id: format!("sha256:{n:064x}"),
            size_bytes: 1_400_000_000 + n,
            tags: vec!["mad/cpu:latest".to_owned()],
            replaced: BTreeMap::new(),
            layers: vec![Layer { made_by: "base".to_owned(), size_bytes: 123_000_000 }],
        }),
        failure: None,
        permission_errors: 3,
        trial: Some(trial()),
    }
}

/// The same build, failed.
pub fn failed(n: u64) -> Record {
    Record {
        ending: Ending::Failed,
        image: None,
        failure: Some(Failure { step: None, message: "no space left on device".to_owned() }),
        ..record(n)
    }
}

/// Where all of them were built.
pub fn place() -> SeriesKey {
    SeriesKey {
        project: "https://git.example.org/team/agents".to_owned(),
        profile: "cpu".to_owned(),
        target: None,
        builder: "docker 20.10.24 overlay2 1.2".to_owned(),
        machine: "linux/amd64 2x 8 GiB".to_owned(),
        cache: CacheMode::Use,
    }
}

/// A file of the context, other with every `version`.
pub fn file(path: &str, version: u64) -> Arc<InputFile> {
    Arc::new(InputFile {
        path: path.to_owned(),
        mode: "0644".to_owned(),
        sha256: hash::sha256(format!("{path} {version}")),
    })
}

fn changed(mut file: Arc<InputFile>, change: impl FnOnce(&mut InputFile)) -> Arc<InputFile> {
    change(Arc::make_mut(&mut file));
    file
}

/// A judgement of that verdict.
pub fn judgement(verdict: Verdict) -> Judgement {
    let comparison = Comparison {
        verdict,
        actual_ms: 84_200,
        n: 12,
        median_ms: 64_000,
        spread_ms: 900,
        ratio: Some(1.315_625),
        score: Some(1.0 / 3.0),
        slow_beyond_ms: None,
        is_slower: false,
        held_by: None,
        longest_ms: None,
        is_modelled: false,
    };
    Judgement {
        verdict,
        reason: "84.2 s, the median of 12 builds is 64.0 s".to_owned(),
        baseline: BaselineFacts { source: "history".to_owned(), builds: 12, ..Default::default() },
        build: comparison,
        steps: vec![],
        size: None,
        cache: CacheFacts { hits: 1, misses: 1, hit_rate: Some(0.5) },
        misses: vec![Miss {
            step: "python-deps-77c1-1".to_owned(),
            stage: "python-deps".to_owned(),
            label: "RUN uv pip install".to_owned(),
            origin: None,
            causes: vec![Cause::File {
                path: "locks/cpu.txt".to_owned(),
                old: Some("1111".to_owned()),
                new: Some("2222".to_owned()),
            }],
            cascade: vec![],
            cost_ms: 82_880,
            wall_cost_ms: 80_000,
        }],
        environment: vec![],
        alerts: vec![],
        action: None,
        confirmed_by_ms: vec![],
        repeated: vec![],
        held_before: None,
        standing: Some(match verdict {
            Verdict::Regressed => BaselineRole::Regressed,
            _ => BaselineRole::Good,
        }),
    }
}

/// A trial with something of everything.
fn trial() -> Trial {
    let log = vec![LogLine { source: "worker".into(), line: "Permission denied".into() }];
    let findings = vec![ImageFinding { message: "as 4242:4242: 1 line".into(), log }];
    let check = Check {
        name: GateName::Permissions,
        action: GateAction::Warn,
        state: CheckState::Failed,
        summary: "the logs".into(),
        findings,
    };
    Trial {
        took_ms: 4100,
        startup_ms: Some(1800),
        service_uptime: Some(0.5),
        permission_errors: 1,
        checks: vec![check],
    }
}
