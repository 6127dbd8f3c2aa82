//! `mad baseline`.

mod accept;
mod list;
mod set;
mod show;
mod source;

use crate::cli::error::{Context, Result};
use clap::Subcommand;

use super::builds::existing;
use super::exit::UsageError;
use super::globals::Globals;
use crate::project::{Project, Source};
use crate::timing::clean_line;
use crate::timing::history::is_profile_name;
use crate::timing::judge::BaselineFile;

pub use source::{BaselineSource, SourceError};

/// Commit usual build times as a file, and accept regressions in review
///
/// A baseline is `baselines/PROFILE.yaml` in the project. Without one, builds are compared with the
/// history of this machine.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Set(set::Args),
    Show(show::Args),
    Accept(accept::Args),
}

pub fn run(globals: &Globals, args: Args) -> Result<()> {
    match args.command {
        Command::List(args) => list::run(globals, &args),
        Command::Set(args) => set::run(globals, &args),
        Command::Show(args) => show::run(globals, &args),
        Command::Accept(args) => accept::run(globals, &args),
    }
}

/// The profile that was named, else that of the last build of this project.
fn profile_or_last(project: &Project, named: Option<&str>) -> Result<String> {
    let name = match named {
        Some(name) => name.to_owned(),
        None => existing()?.find(&Source::name_of(project), "last")?.record.series.profile,
    };
    check_name(&name)?;
    Ok(name)
}

/// A profile names a file here, and its name may come from an imported build.
fn check_name(profile: &str) -> Result<()> {
    if is_profile_name(profile) {
        return Ok(());
    }
    let found = clean_line(profile);
    let message = format!("found the profile `{found}`, expected a name without a folder");
    Err(UsageError { message, hint: None }.into())
}

/// The baseline that the project has for a profile.
fn read(project: &Project, profile: &str) -> Result<Option<BaselineFile>> {
    check_name(profile)?;
    let path = BaselineFile::path(profile);
    Ok(BaselineSource::File { path }.read(project.root(), profile)?)
}

fn write(project: &Project, file: &BaselineFile) -> Result<String> {
    check_name(&file.profile)?;
    let path = BaselineFile::path(&file.profile);
    super::write_file(&project.root().join(&path), file.to_string())
        .with_context(|| format!("cannot keep the baseline of `{}`", file.profile))?;
    Ok(path)
}

/// The day, in UTC.
fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
