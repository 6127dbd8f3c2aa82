//! `mad up`.

use crate::cli::error::{CommandError, Context, Result};

use super::compose_call::{self, FILES, Placed};
use super::exit::UsageError;
use super::globals::Globals;
use super::profile_args::ProfileArgs;
use super::{engine, gpu_choice, interrupt, runtime};
use crate::compose::{Host, Person, Program, make_work_folders};
use engine::Builder;

/// Start the environment of a profile with Compose
///
/// Renders the profile, makes the folders that it mounts where there are none, and calls `docker compose up`;
/// the call is shown, and can be made by hand. The container runs as you, so that what it writes is yours.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Run in the background
    #[arg(short, long)]
    detach: bool,
    /// Run in the background, and wait until the environment is healthy
    #[arg(long)]
    wait: bool,
    /// How long to wait at most
    #[arg(long, value_name = "SECONDS", requires = "wait")]
    wait_timeout: Option<u32>,
    /// Make the containers anew, even where nothing changed
    #[arg(long)]
    force_recreate: bool,
    /// More for `docker compose up`
    #[arg(last = true, value_name = "ARG")]
    more: Vec<String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = args.profile.name(globals, &project)?;
    let loaded = args.profile.load(&project, &profile)?;
    let program = Program::find()?;
    let cancel = interrupt::token()?;
    let (level, has_image, gpu_file) = runtime()?.block_on(async {
        let engine = engine(&cancel).await?;
        let name = project.settings().image(&loaded.name);
        let image = interrupt::or(&cancel, engine.image(&name)).await?;
        let gpu = loaded.profile.gpu.as_ref().filter(|_| image.is_some());
        let gpu_file = gpu_choice::choose(globals, &engine, gpu).await?;
        Ok::<_, CommandError>((engine.capabilities().frontend, image.is_some(), gpu_file))
    })?;
    let plan = crate::render::render(&project, &loaded, level)?;
    let compose = plan.compose.as_ref().expect("a plan of a profile can be run");
    if !has_image {
        return Err(UsageError {
            message: format!("there is no image `{}` to run", compose.image),
            hint: Some(format!("build it: `mad build -p {}`", loaded.name)),
        }
        .into());
    }
    plan.notes.iter().for_each(|note| globals.note(&format!("note: {note}")));

    let placed = Placed::of(&project, &loaded.name)?;
    let person = Person::of(&placed.host.project, compose);
    make_work_folders(compose, &placed.host.project, person)
        .context("cannot make the folders that are mounted")?;
    let mut folder = plan.folder();
    folder.insert_text(".env", placed.host.environment(compose, person));
    folder
        .write_to(&placed.folder)
        .with_context(|| format!("cannot write into `{}`", placed.folder.display()))?;

    let mut words = vec!["up".to_owned()];
    match Host::image(compose, person) {
        // The gates of `mad build` stand before what Compose would build by itself.
        None => words.push("--no-build".to_owned()),
        Some(image) => {
            globals.note(&format!(
                "note: `{}` is for user {}:{}, and you are {}:{}: Compose builds `{image}`, whose last steps alone differ",
                compose.image, compose.user.0, compose.user.1, person.uid, person.gid
            ));
            words.push("--build".to_owned());
        }
    }
    for (is_set, word) in [
        (args.detach, "--detach"),
        (args.wait, "--wait"),
        (args.force_recreate, "--force-recreate"),
    ] {
        words.extend(is_set.then(|| word.to_owned()));
    }
    words.extend(args.wait_timeout.map(|seconds| format!("--wait-timeout={seconds}")));
    words.extend(args.more.iter().cloned());
    let files: Vec<&str> = FILES.iter().copied().chain(gpu_file).collect();
    compose_call::call(globals, &program.call(&placed.folder, &files, &words))
}
