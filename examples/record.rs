//! Records a real build, to replay and to judge it in tests.
//!
//! ```text
//! cargo run --example record -- PROJECT PROFILE tests/inputs/builds/NAME.jsonl
//! ```
//!
//! Builds the profile of the project folder on the engine of `DOCKER_HOST` and writes
//!
//! - `NAME.jsonl`: one `engine::StatusUpdate` a line, exactly as the tracker got it,
//! - `NAME.plan.json`: the planned steps,
//! - `NAME.record.json`: the `mad::timing::record::Record`.
//!
//! With `--record-only` it is the record alone, at the path given. A build that fails or is cancelled
//! is recorded too; no image is left behind. `tests/inputs/builds/projects` holds the projects of the
//! recordings there.

// A program of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use clap::Parser;
use engine::{
    Builder, DockerEngine, DockerSettings, EngineError, HistoryEntry, Host, Image, NoCache,
    SolveError, SolveEvent, SolveRequest, Solved, StatusUpdate,
};
use mad::build::{self, BuildOptions, CaBundle};
use mad::profile::{Profile, SetArgument};
use mad::project::{Project, Source};
use mad::render;
use mad::timing::PlannedStep;
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
struct Args {
    /// The project folder
    project: PathBuf,
    /// The profile to build
    profile: String,
    /// Where to write to
    output: PathBuf,
    /// Write nothing but the record
    #[arg(long)]
    record_only: bool,
    /// Run every step, or those of these stages, whatever the engine's cache has
    #[arg(long, value_name = "STAGE,…", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "")]
    no_cache: Option<Vec<String>>,
    /// Run the steps and write no image
    #[arg(long)]
    rehearse: bool,
    /// Give a value to an `ARG`
    #[arg(long, value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// Give a value to a key of the profile
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<SetArgument>,
    /// The project's name in the record [default: example/ and the name of its folder]
    #[arg(long)]
    name: Option<String>,
    /// Interrupt the build after so many seconds
    #[arg(long, value_name = "SECONDS")]
    cancel_after: Option<f64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let settings =
        DockerSettings { host: std::env::var("DOCKER_HOST").ok(), ..DockerSettings::default() };
    let engine = DockerEngine::connect(&settings).await?;
    let project = Project::open(&args.project)?;
    let loaded = Profile::load(&project, &args.profile, &args.set, None)?;
    let plan = render::render(&project, &loaded, engine.capabilities().frontend)?;

    let recorder = Recorder { engine, updates: Mutex::default() };
    let folder = project.root().file_name().unwrap_or_default().to_string_lossy();
    let mut options = BuildOptions {
        no_cache: match args.no_cache {
            None => NoCache::Never,
            Some(stages) if stages == [""] => NoCache::Always,
            Some(stages) => NoCache::Stages(stages),
        },
        build_args: args
            .build_arg
            .iter()
            .filter_map(|argument| argument.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        // What is committed names no folder of this machine.
        source: Source {
            project: args.name.unwrap_or_else(|| format!("example/{folder}")),
            ..Source::default()
        },
        ..BuildOptions::default()
    };
    options.secrets.extend(CaBundle::Host.read()?.map(|bundle| ("ca".to_owned(), bundle)));
    let cancel = CancellationToken::new();
    if let Some(seconds) = args.cancel_after {
        let cancel = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            cancel.cancel();
        });
    }
    let record = if args.rehearse {
        match build::rehearse(&recorder, &plan, &options, false, &cancel).await {
            Ok(record) => record,
            Err(failed) => failed.record,
        }
    } else {
        let finished = build::run(&recorder, &plan, &options, &cancel, &mut |_, _| {}).await;
        match &finished.result {
            Ok(built) => {
                for name in &built.tags {
                    recorder.engine.untag(name).await?;
                }
            }
            Err(error) => eprintln!("{error}"),
        }
        finished.record
    };
    eprintln!("{} in {} ms on {}", record.ending.as_str(), record.wall_ms, record.series.builder);

    if args.record_only {
        return write_json(&args.output, &record);
    }
    let updates = recorder.updates.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut stream = String::new();
    for update in &updates {
        stream.push_str(&serde_json::to_string(update)?);
        stream.push('\n');
    }
    let steps: Vec<PlannedStep> = plan
        .steps_for(None)
        .into_iter()
        .map(|step| PlannedStep {
            id: step.id.clone(),
            stage: step.stage.clone(),
            ordinal: step.ordinal,
            label: step.label.clone(),
        })
        .collect();
    write(&args.output, &stream)?;
    write_json(&args.output.with_extension("plan.json"), &steps)?;
    write_json(&args.output.with_extension("record.json"), &record)
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write(path, &format!("{:#}\n", serde_json::to_value(value)?))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The engine, and what it said.
struct Recorder {
    engine: DockerEngine,
    updates: Mutex<Vec<StatusUpdate>>,
}

#[async_trait]
impl Builder for Recorder {
    fn describe(&self) -> String {
        self.engine.describe()
    }

    async fn solve(
        &self,
        request: SolveRequest,
        events: UnboundedSender<SolveEvent>,
        cancel: CancellationToken,
    ) -> Result<Solved, SolveError> {
        let (sender, mut heard) = unbounded_channel();
        let listening = async {
            while let Some(event) = heard.recv().await {
                if let SolveEvent::Status(update) = &event {
                    let mut updates = self.updates.lock().unwrap_or_else(PoisonError::into_inner);
                    updates.push(update.clone());
                }
                // The build may be over already; the recording goes on to the end.
                let _ = events.send(event);
            }
        };
        let (solved, ()) = tokio::join!(self.engine.solve(request, sender, cancel), listening);
        solved
    }

    async fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        self.engine.image(reference).await
    }

    async fn history(&self, reference: &str) -> Result<Vec<HistoryEntry>, EngineError> {
        self.engine.history(reference).await
    }

    async fn host(&self) -> Result<Host, EngineError> {
        self.engine.host().await
    }

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        self.engine.tag(image_id, reference).await
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        self.engine.untag(reference).await
    }

    async fn tags(&self, repository: &str) -> Result<Vec<String>, EngineError> {
        self.engine.tags(repository).await
    }

    async fn files_sha256(
        &self,
        image: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Option<String>>, EngineError> {
        self.engine.files_sha256(image, paths).await
    }
}
