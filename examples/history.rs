//! Fills a history with builds like those of a real project, and measures it.
//!
//! ```text
//! cargo run --release --example history -- FILE BUILDS STEPS
//! ```
//!
//! Every build changes some file of the context; one in five changes a template, one in ten a value
//! of the profile. The steps that build on what changed run, the others come from the cache. Two
//! steps of a build copy 200 files each. `benches/history` prints what comes of it.

// A program of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use mad::timing::history::{Filter, History};
use mad::timing::judge::{
    BaselineFacts, BaselineRole, CacheFacts, Cause, Comparison, Judgement, Miss, StepComparison,
    Verdict,
};
use mad::timing::record::{
    BuildEnvironment, CacheMode, Ending, EngineWork, ImageFacts, Layer, Machine, Phase, PhaseKind,
    PlanFacts, RECORD_SCHEMA, Record, SeriesKey, StepRecord, TimeSpan,
};
use mad::timing::record::{InputFile, Origin, StepInputs};
use mad::timing::{WorkKind, WorkState};
use sha2::{Digest, Sha256};

const STAGES: [&str; 6] = ["base", "toolchain", "node-deps", "patched", "python-deps", "final"];

/// How often a time is taken; the median is told.
const TIMES: usize = 15;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, builds, steps] = arguments.as_slice() else {
        bail!("usage: history FILE BUILDS STEPS");
    };
    let (file, builds, steps) = (Path::new(file), builds.parse()?, steps.parse()?);
    let begun = Instant::now();
    let history = History::open(file)?;
    for n in 0..builds {
        let record = record(n, steps);
        history.add(&record, Some(&judgement(&record)))?;
    }
    drop(history);
    let bytes = file.metadata().with_context(|| format!("no file `{}`", file.display()))?.len();
    let all = builds * steps;
    println!(
        "filled in {:.1} s: {:.2} ms a build with {steps} steps",
        begun.elapsed().as_secs_f64(),
        begun.elapsed().as_secs_f64() * 1e3 / builds as f64
    );
    println!("file: {:.1} MB, {} bytes a step", bytes as f64 / 1e6, bytes / all as u64);
    measure(file, builds, steps)
}

/// What `mad build` does with the history beside its work, and what `mad history` asks it.
fn measure(file: &Path, builds: usize, steps: usize) -> Result<()> {
    let place = record(0, steps).series;
    let mut next = builds;
    let add = |next: &mut usize, history: &History| {
        let record = record(*next, steps);
        *next += 1;
        let judgement = judgement(&record);
        let begun = Instant::now();
        history.add(&record, Some(&judgement))?;
        anyhow::Ok(begun.elapsed())
    };
    let history = History::open(file)?;
    tell("open", || timed(|| History::open(file)))?;
    tell("comparable, 30 builds", || timed(|| history.comparable(&place, None, 30)))?;
    tell("latest_built", || {
        timed(|| history.latest_built(&place.project, &place.profile, None, None, None))
    })?;
    tell("places", || timed(|| history.places(&place.project, &place.profile)))?;
    tell("add", || add(&mut next, &history))?;
    tell("list, 20 builds", || timed(|| history.list(&of(&place, Some(20)))))?;
    tell("list, all builds", || timed(|| history.list(&of(&place, None))))?;
    tell("find last", || timed(|| history.find(&place.project, "last")))?;
    drop(history);
    tell("open + comparable + latest_built + add", || {
        let begun = Instant::now();
        let history = History::open(file)?;
        history.comparable(&place, None, 30)?;
        history.latest_built(&place.project, &place.profile, None, None, None)?;
        let asked = begun.elapsed();
        Ok(asked + add(&mut next, &history)?)
    })
}

fn of(place: &SeriesKey, limit: Option<usize>) -> Filter {
    Filter { project: Some(place.project.clone()), limit, ..Filter::default() }
}

fn timed<T, E: Into<anyhow::Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<Duration> {
    let begun = Instant::now();
    work().map_err(Into::into)?;
    Ok(begun.elapsed())
}

fn tell(name: &str, mut work: impl FnMut() -> Result<Duration>) -> Result<()> {
    let mut times = (0..TIMES).map(|_| work()).collect::<Result<Vec<_>>>()?;
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{name}: {:.2} ms (slowest {:.2} ms)", ms(times[TIMES / 2]), ms(times[TIMES - 1]));
    Ok(())
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// A number below `limit` that only `seed` decides.
fn chance(seed: &str, limit: u64) -> u64 {
    let hash = Sha256::digest(seed);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(bytes) % limit
}

/// The build number `n`.
fn record(n: usize, steps: usize) -> Record {
    // What had changed when it was built: the last build that touched each part.
    let template = n / 5;
    let value = n / 10;
    let mut at = 150;
    let mut previous: Option<String> = None;
    let mut is_dirty = false;
    let mut records = Vec::with_capacity(steps);
    for seq in 0..steps {
        let stage = STAGES[seq * STAGES.len() / steps];
        // Every instruction is edited now and then, another one each time.
        let version = template.saturating_sub(seq) / steps;
        let text = format!(
            "RUN --mount=type=secret,id=ca /run/mad/with-ca step-{seq} --version {version} && apt-get update \
             && apt-get install -y --no-install-recommends package-{seq}-a package-{seq}-b package-{seq}-c \
             && rm -rf /var/lib/apt/lists/* && install -d -m 2775 -o 1000 -g 1000 /work/{stage}"
        );
        let id = format!("{stage}-{}-1", &sha256(&text)[..12]);
        let files = if seq % 10 == 6 { files(n, seq) } else { Vec::new() };
        let edited = n.is_multiple_of(5) && template % steps == seq;
        is_dirty |= edited || !files.is_empty() || (seq == 3 && n.is_multiple_of(10));
        let took = 400 + chance(&format!("step {seq}"), 9_000) + chance(&format!("{n} {seq}"), 300);
        let spans = if is_dirty {
            at += took;
            vec![TimeSpan { start_ms: at - took, end_ms: at }]
        } else {
            vec![TimeSpan { start_ms: at, end_ms: at + 1 }]
        };
        records.push(StepRecord {
            id: id.clone(),
            stage: stage.to_owned(),
            ordinal: seq + 1,
            label: text.chars().take(200).collect(),
            origin: Some(Origin { file: format!("templates/stages/{stage}.j2"), line: seq + 3 }),
            state: if is_dirty { WorkState::Done } else { WorkState::Cached },
            spans,
            inputs: StepInputs {
                text,
                state: vec![
                    "ENV PATH=/opt/mad/venv/bin:/usr/local/bin:/usr/bin:/bin".to_owned(),
                    "USER 1000:1000".to_owned(),
                    "WORKDIR /work".to_owned(),
                ],
                args: BTreeMap::from([
                    ("BASE".to_owned(), "mad/base:trixie".to_owned()),
                    ("UID".to_owned(), (1000 + value % 3).to_string()),
                ]),
                files: files.into_iter().map(std::sync::Arc::new).collect(),
                needs: previous.iter().cloned().collect(),
                images: Vec::new(),
                values: None,
            },
            bytes: None,
            same_as: None,
            error: None,
        });
        previous = Some(id);
    }
    finish(n, records, at, template, value)
}

/// 200 files, of which one has changed in this build.
fn files(n: usize, seq: usize) -> Vec<InputFile> {
    (0..200)
        .map(|i| {
            let path = format!("files/agents/module-{:02}/source-{i:03}.ts", i / 10);
            // Build n changes the file n % 200: this one was last changed by that build.
            let changed = if n % 200 >= i {
                n - (n % 200 - i)
            } else {
                (n / 200 * 200 + i).saturating_sub(200)
            };
            InputFile {
                sha256: sha256(&format!("{seq} {path} {changed}")),
                path,
                mode: "0644".to_owned(),
            }
        })
        .collect()
}

fn finish(n: usize, steps: Vec<StepRecord>, at: u64, template: usize, value: usize) -> Record {
    let span = |start_ms, end_ms| TimeSpan { start_ms, end_ms };
    let work = |kind, label: &str, start_ms, end_ms| EngineWork {
        kind,
        label: label.to_owned(),
        state: WorkState::Done,
        spans: vec![span(start_ms, end_ms)],
        bytes: None,
        error: None,
    };
    let started: Timestamp = "2025-01-01T08:00:00Z".parse().expect("a time");
    let machine = Machine {
        platform: "linux/amd64".to_owned(),
        cpus: 8,
        memory_bytes: 32 << 30,
        cpu_model: Some("AMD EPYC 7763 64-Core Processor".to_owned()),
        builder: None,
    };
    Record {
        schema: RECORD_SCHEMA.to_owned(),
        id: sha256(&format!("build {n}"))[..32].to_owned(),
        started: started
            + SignedDuration::from_mins(40 * n as i64)
            + SignedDuration::from_nanos(chance(&format!("at {n}"), 1_000_000_000) as i64),
        wall_ms: at + 1_300,
        ending: if n.is_multiple_of(23) && n > 0 { Ending::Failed } else { Ending::Built },
        series: SeriesKey {
            project: "https://git.example.org/team/agents".to_owned(),
            profile: if n.is_multiple_of(3) { "cuda" } else { "cpu" }.to_owned(),
            target: None,
            builder: "docker 26.1.5 overlay2 1.7".to_owned(),
            machine: machine.class(),
            cache: if n.is_multiple_of(50) { CacheMode::Ignore } else { CacheMode::Use },
        },
        environment: BuildEnvironment {
            ci_run: None,
            mad: "0.1.0".to_owned(),
            machine,
            engine_id: Some(sha256("engine")),
            steal_ms: Some(chance(&format!("steal {n}"), 90)),
            load_before: Some(chance(&format!("load {n}"), 800) as f64 / 100.0),
            commit: Some(sha256(&format!("commit {n}"))[..40].to_owned()),
            branch: Some("main".to_owned()),
        },
        plan: PlanFacts {
            hash: sha256(&format!("plan {n}")),
            images: BTreeMap::from([(
                "mad/base:trixie".to_owned(),
                format!("sha256:{}", sha256(&format!("base {}", n / 300))),
            )]),
            templates: STAGES
                .iter()
                .enumerate()
                .map(|(i, stage)| {
                    let version = template.saturating_sub(i) / STAGES.len();
                    (format!("templates/stages/{stage}.j2"), sha256(&format!("{stage} {version}")))
                })
                .collect(),
            values: (0..60)
                .map(|i| {
                    (format!("apt.runtime.package-{i}"), format!("1:{}.2-{i}+deb13u1", value % 3))
                })
                .collect(),
            ..PlanFacts::default()
        },
        phases: vec![
            Phase { kind: PhaseKind::Pack, span: span(12, 95) },
            Phase { kind: PhaseKind::Upload, span: span(97, 140) },
            Phase { kind: PhaseKind::Solve, span: span(96, at + 1_200) },
            Phase { kind: PhaseKind::Promote, span: span(at + 1_200, at + 1_290) },
        ],
        works: vec![
            work(WorkKind::Internal, "[internal] load remote build context", 98, 140),
            work(WorkKind::Internal, "copy /context /", 140, 150),
            work(WorkKind::Base, "docker.io/mad/base:trixie", 150, 152),
            work(WorkKind::Export, "exporting to image", at, at + 1_150),
        ],
        image: Some(ImageFacts {
            id: format!("sha256:{}", sha256(&format!("image {n}"))),
            size_bytes: 1_400_000_000 + chance(&format!("size {n}"), 9_000_000),
            tags: vec!["mad/cpu:latest".to_owned()],
            replaced: BTreeMap::from([(
                "mad/cpu:latest".to_owned(),
                format!("sha256:{}", sha256(&format!("image {}", n.saturating_sub(1)))),
            )]),
            layers: steps
                .iter()
                .map(|step| Layer {
                    made_by: step.label.clone(),
                    size_bytes: 1_000_000 + chance(&format!("{} {n}", step.id), 90_000_000),
                })
                .collect(),
        }),
        failure: None,
        permission_errors: 0,
        trial: None,
        steps,
    }
}

/// What a judge would say: a comparison of every step that ran, and the first dirty step.
fn judgement(record: &Record) -> Judgement {
    let comparison = |actual_ms: u64, seed: &str| {
        let median_ms = actual_ms + chance(seed, 200);
        Comparison {
            verdict: Verdict::Ok,
            actual_ms,
            n: 30,
            median_ms,
            spread_ms: 20 + chance(seed, 90),
            ratio: Some(actual_ms as f64 / median_ms as f64),
            score: Some((actual_ms as f64 - median_ms as f64) / 57.0),
            slow_beyond_ms: None,
            is_slower: false,
            held_by: None,
            longest_ms: None,
            is_modelled: false,
        }
    };
    let ran: Vec<&StepRecord> = record.executed().collect();
    let misses = ran.first().map(|first| Miss {
        step: first.id.clone(),
        stage: first.stage.clone(),
        label: first.label.clone(),
        origin: first.origin.clone(),
        causes: vec![Cause::File {
            path: "files/agents/module-04/source-041.ts".to_owned(),
            old: Some("0644 1f2e3d4c5b6a".to_owned()),
            new: Some("0644 a6b5c4d3e2f1".to_owned()),
        }],
        cascade: ran.iter().skip(1).map(|step| step.id.clone()).collect(),
        cost_ms: ran.iter().map(|step| step.duration_ms()).sum(),
        wall_cost_ms: record.wall_ms - 1_300,
    });
    Judgement {
        verdict: Verdict::Ok,
        reason: "as fast as the 30 builds before it".to_owned(),
        baseline: BaselineFacts { source: "history".to_owned(), builds: 30, ..Default::default() },
        build: comparison(record.wall_ms, &record.id),
        steps: ran
            .iter()
            .map(|step| StepComparison {
                step: step.id.clone(),
                stage: step.stage.clone(),
                label: step.label.clone(),
                origin: step.origin.clone(),
                was: None,
                is_new: false,
                is_network_bound: false,
                comparison: comparison(step.duration_ms(), &format!("{} {}", record.id, step.id)),
                accepted: None,
                ran_in: None,
            })
            .collect(),
        size: None,
        cache: CacheFacts {
            hits: record.steps.len() - ran.len(),
            misses: ran.len(),
            hit_rate: record.hit_rate(),
        },
        misses: misses.into_iter().collect(),
        environment: Vec::new(),
        alerts: Vec::new(),
        action: None,
        confirmed_by_ms: Vec::new(),
        repeated: Vec::new(),
        held_before: None,
        standing: Some(BaselineRole::Good),
    }
}
