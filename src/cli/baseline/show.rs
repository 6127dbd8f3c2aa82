//! `mad baseline show`.

use crate::cli::error::Result;

use super::BaselineSource;
use crate::cli::exit::UsageError;
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::report::baseline as report;
use crate::timing::judge::BaselineFile;

/// Show a baseline: median time and spread of each step, and what was accepted
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: that of the last build]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Show it as of this git revision, for example `origin/main`
    #[arg(long, value_name = "REVISION")]
    at: Option<String>,
    /// Output format; JSON is mad.baseline/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profile = super::profile_or_last(&project, args.profile.as_deref())?;
    let path = BaselineFile::path(&profile);
    let source = match &args.at {
        Some(revision) => BaselineSource::Git { revision: revision.clone(), path },
        None => BaselineSource::File { path },
    };
    let Some(file) = source.read(project.root(), &profile)? else {
        let message = format!("no `{}` in this project", source.name());
        let hint = Some(format!("run `mad baseline set -p {profile}`"));
        return Err(UsageError { message, hint }.into());
    };
    let today = super::today();
    crate::cli::print(&match args.format {
        Format::Json => report::show_json(&file),
        Format::Terminal => report::show(&file, today, &globals.table_look(true)),
    })
}
