//! `mad base`.

use crate::cli::error::{CommandError, Context, Result};
use clap::Subcommand;

use super::exit::UsageError;
use super::globals::Globals;
use super::{engine, interrupt, runtime};
use crate::base::{Suite, bootstrap};
use crate::project::Project;

/// Make base images without an image registry
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bootstrap(BootstrapArgs),
}

/// Make `mad/base:SUITE` from the distribution's packages, with mmdebstrap
///
/// The same packages give the same image ID. Use it with `--base mad/base:SUITE`, or with
/// `--default` for every build of this project on this machine.
#[derive(Debug, clap::Args)]
struct BootstrapArgs {
    /// Debian release, for example `trixie`
    #[arg(long, value_name = "SUITE")]
    suite: Suite,
    /// Package mirror [default: mmdebstrap's default]
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
    /// Use the image as the base of this project on this machine: writes `base` to mad.local.yaml
    #[arg(long)]
    default: bool,
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    let Command::Bootstrap(args) = args.command;
    let project = globals.project()?;
    let image = runtime()?.block_on(async {
        let cancel = interrupt::token().context("cannot listen for signals")?;
        let engine = engine(&cancel).await?;
        let log = |line: &str| globals.note(line);
        Ok::<_, CommandError>(
            bootstrap(&engine, &args.suite, args.mirror.as_deref(), &cancel, log).await?,
        )
    })?;
    let name = args.suite.image();
    globals.note(&format!("made {name}, {} MB", image.size_bytes / 1_000_000));
    if args.default {
        make_default(globals, &project, &name)?;
    }
    super::print(&format!("{}\n", image.id))
}

/// Writes `mad.local.yaml`; a file that says something else is its owner's, and stays.
fn make_default(globals: &Globals, project: &Project, image: &str) -> Result<()> {
    let path = project.root().join("mad.local.yaml");
    if project.settings().base() == Some(image) {
        return Ok(());
    }
    if path.exists() {
        return Err(UsageError {
            message: format!("`{}` exists already", path.display()),
            hint: Some(format!("write `base: {image}` into it")),
        }
        .into());
    }
    let text = format!("# Settings of this machine; keep this file out of git.\nbase: {image}\n");
    super::write_file(&path, &text)?;
    globals
        .note(&format!("wrote {}: this project's builds now start from {image}", path.display()));
    Ok(())
}
