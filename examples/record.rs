//! Records the status stream of a build, to replay it in tests.
//!
//! ```text
//! cargo run --example record -- PROJECT PROFILE tests/inputs/builds/NAME.jsonl
//! ```
//!
//! Builds the profile of the project folder on the engine of `DOCKER_HOST`, every step anew, and
//! writes one `mad::engine::StatusUpdate` a line, exactly as the tracker got it. The planned steps
//! go to `NAME.plan.json` beside it. A build that fails is recorded too; no image is left behind.
//! `tests/inputs/builds/projects` holds the projects of the recordings there.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use mad::build::{self, BuildOptions, CaBundle};
use mad::engine::{
    Builder, DockerEngine, DockerSettings, EngineError, Image, SolveError, SolveEvent,
    SolveRequest, Solved, StatusUpdate,
};
use mad::profile::Profile;
use mad::project::Project;
use mad::render;
use mad::timing::PlannedStep;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [project, profile, output] = arguments.as_slice() else {
        bail!("usage: record PROJECT PROFILE OUTPUT.jsonl");
    };
    let settings =
        DockerSettings { host: std::env::var("DOCKER_HOST").ok(), ..DockerSettings::default() };
    let engine = DockerEngine::connect(&settings).await?;
    let project = Project::open(Path::new(project))?;
    let loaded = Profile::load(&project, profile, &[], None)?;
    let plan = render::render(&project, &loaded, engine.capabilities().frontend)?;

    let recorder = Recorder { engine, updates: Mutex::default() };
    let mut options = BuildOptions { no_cache: true, ..BuildOptions::default() };
    options.secrets.extend(CaBundle::Host.read()?.map(|bundle| ("ca".to_owned(), bundle)));
    let cancel = CancellationToken::new();
    let built = build::run(&recorder, &plan, options, cancel, &mut |_, _| {}).await;
    match &built {
        Ok(built) => {
            for name in &built.tags {
                recorder.engine.untag(name).await?;
            }
            eprintln!("built {}", built.image.id);
        }
        Err(error) => eprintln!("{error}"),
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
    let output = Path::new(output);
    write(output, &stream)?;
    write(&output.with_extension("plan.json"), &format!("{:#}\n", serde_json::to_value(steps)?))?;
    eprintln!("{} updates of {}", updates.len(), recorder.engine.describe());
    Ok(())
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

    async fn tag(&self, image_id: &str, reference: &str) -> Result<(), EngineError> {
        self.engine.tag(image_id, reference).await
    }

    async fn untag(&self, reference: &str) -> Result<(), EngineError> {
        self.engine.untag(reference).await
    }
}
