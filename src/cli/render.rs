//! `mad render`.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};

use super::exit::{CheckFailed, UsageError};
use super::globals::Globals;
use super::profile_args::ProfileArgs;
use super::{cuda, environment, runtime};
use crate::compose::{Person, make_work_folders};
use crate::project::{Inside, Project};
use crate::render::{ContextEntry, GPU_CDI_FILE, GPU_FILE, Plan};
use engine::{DockerEngine, FrontendLevel};

/// Render a profile into a Dockerfile and its context
///
/// Without `-o`, prints the Dockerfile. The folder does not need mad: `docker build DIR` builds the
/// same image as `mad build`, and `docker compose up` in it runs the image.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Write the Dockerfile and its context into this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Dockerfile frontend version to render for: 1.2 (Docker 20.10), 1.4 (Docker 23.0: heredocs,
    /// COPY --link), or auto (the local engine's, else 1.2)
    #[arg(long, value_name = "LEVEL", default_value = "auto")]
    frontend: Frontend,
    /// Print how the folder differs from what would be written, and write nothing; exit with 1 if
    /// it differs
    #[arg(long, requires = "output")]
    diff: bool,
}

/// What a rendering has at its top; a folder with nothing else may be one.
const RENDERED: [&str; 10] = [
    ".dockerignore",
    ".env",
    "Dockerfile",
    "compose.yaml",
    GPU_CDI_FILE,
    GPU_FILE,
    "files",
    "locks",
    "patches",
    "project",
];

/// Where a project keeps what it is rendered from.
const SOURCES: [&str; 3] = ["profiles", "templates", "patches"];

#[derive(Debug, Clone, Copy)]
pub(super) enum Frontend {
    Auto,
    Level(FrontendLevel),
}

impl std::str::FromStr for Frontend {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            level => level.parse().map(Self::Level).map_err(|error| format!("{error}, or `auto`")),
        }
    }
}

impl Frontend {
    /// The one that was named, else that of the engine at hand.
    pub(super) fn level(self) -> FrontendLevel {
        match self {
            Self::Level(level) => level,
            Self::Auto => level_at_hand(),
        }
    }
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = args.profile.name(globals, &project)?;
    let mut loaded = args.profile.load(&project, &profile)?;
    cuda::settle(globals, &project, &mut loaded)?;
    let level = args.frontend.level();
    let plan = crate::render::render(&project, &loaded, level)?;
    plan.notes.iter().for_each(|note| globals.note(&format!("note: {note}")));
    let Some(output) = &args.output else { return super::print(&plan.dockerfile) };
    if args.diff {
        return diff(&plan, output);
    }
    if output.exists() && !output.is_dir() {
        return Err(UsageError {
            message: format!("`{}` is not a folder", output.display()),
            hint: None,
        }
        .into());
    }
    refuse_sources(&project, output, &plan)?;
    plan.folder()
        .write_to(output)
        .with_context(|| format!("cannot write into `{}`", output.display()))?;
    if let Some(compose) = &plan.compose {
        // Compose refuses a folder that is not there, so that none comes to be that belongs to root.
        let person = Person { uid: compose.user.0, gid: compose.user.1 };
        make_work_folders(compose, output, person)?;
    }
    globals.note(&format!(
        "rendered profile `{}` for Dockerfile {level}: {} steps, {} files; build it with `docker build {}`, run it with `docker compose up` there",
        plan.profile,
        plan.steps.len(),
        plan.context.entries().len(),
        output.display()
    ));
    Ok(())
}

/// The rendering has a Dockerfile, a .dockerignore and folders like `files` and `patches` of its own: it
/// would overwrite what the project has under these names.
pub(super) fn refuse_sources(project: &Project, output: &Path, plan: &Plan) -> Result<()> {
    let Ok(at) = output.canonicalize() else { return Ok(()) };
    let root = project.root();
    let has_others = || {
        let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name());
        let mounted = plan.compose.iter().flat_map(|compose| &compose.sources);
        let tops = mounted.filter_map(|source| source.path.split('/').next());
        names.any(|name| {
            !RENDERED.iter().any(|own| name == *own) && !tops.clone().any(|top| name == *top)
        })
    };
    let holds_sources = at == root && (project.has_files() || has_others());
    let is_source = SOURCES.iter().any(|folder| at.starts_with(root.join(folder)));
    if !holds_sources && !is_source {
        return Ok(());
    }
    let message = format!(
        "`{}` holds files of the project, expected a folder for the rendering alone",
        output.display()
    );
    let hint = Some("name a folder of its own: `-o rendered`".to_owned());
    Err(UsageError { message, hint }.into())
}

/// The level of the engine at hand; the lowest where none answers, which every engine takes.
fn level_at_hand() -> FrontendLevel {
    let connected = runtime().ok().and_then(|runtime| {
        runtime.block_on(DockerEngine::connect(&environment::docker_settings())).ok()
    });
    connected.map_or(FrontendLevel::V1_2, |engine| engine.capabilities().frontend)
}

fn diff(plan: &Plan, output: &Path) -> Result<()> {
    let mut text = String::new();
    for (path, entry) in plan.folder().entries() {
        let new = match entry {
            ContextEntry::File { bytes, .. } => bytes.clone(),
            ContextEntry::OnDisk { at, .. } => {
                let mut bytes = Vec::new();
                at.open()?.read_to_end(&mut bytes)?;
                bytes
            }
            ContextEntry::Link { target } => target.clone().into_bytes(),
        };
        let at = output.join(path);
        let old = match std::fs::read_link(&at) {
            Ok(target) => target.into_os_string().into_encoded_bytes(),
            // What lies behind a link is not in the folder.
            Err(_) => {
                let mut bytes = Vec::new();
                let file = Inside::new(output, path).open();
                let read = file.and_then(|mut file| file.read_to_end(&mut bytes));
                read.map_or_else(|_| Vec::new(), |_| bytes)
            }
        };
        if old != new {
            let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
            let patch = diffy::DiffOptions::new()
                .set_original_filename(format!("a/{path}"))
                .set_modified_filename(format!("b/{path}"))
                .create_patch(&old, &new)
                .to_string();
            text.push_str(&patch);
        }
    }
    super::print(&text)?;
    if text.is_empty() {
        Ok(())
    } else {
        Err(CheckFailed(format!("`{}` differs from the rendering", output.display())).into())
    }
}
