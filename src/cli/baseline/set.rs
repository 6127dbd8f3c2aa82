//! `mad baseline set`.

use crate::cli::error::Result;

use crate::cli::builds::existing;
use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use crate::project::Source;
use crate::timing;
use crate::timing::judge::{BaselineFile, MOST_SAMPLES};
use crate::ui::count;

/// Write the baseline of a profile from the builds in the history
///
/// Each series (target, engine, machine, cache mode) with good builds gets their times; a build is
/// good if it was judged and did not regress, or was accepted. Series without good builds and
/// accepted regressions stay as they are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: that of the last build]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Number of builds per series to use, newest first
    #[arg(long, value_name = "N", default_value_t = MOST_SAMPLES, value_parser = at_least_one)]
    from: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a number from 1 on".to_owned()),
    }
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let own = globals.project()?;
    let profile = super::profile_or_last(&own, args.profile.as_deref())?;
    let history = existing()?;
    let mut file = super::read(&own, &profile)?.unwrap_or_else(|| BaselineFile::new(&profile));
    let (mut builds, mut places) = (0, 0);
    for (place, _) in history.places(&Source::name_of(&own), &profile)? {
        let Some(newest) = history.comparable(&place, None, 1)?.pop() else { continue };
        let mut good = timing::measures_at(&history, &newest)?;
        good.truncate(args.from);
        let used = file.set(&place, &good);
        builds += used;
        places += usize::from(used > 0);
    }
    if builds == 0 {
        let message = format!("the history has no good build of the profile `{profile}`");
        let hint = Some(format!(
            "run `mad build -p {profile}`, or accept one that was slower: `mad baseline accept BUILD --reason … --until …`"
        ));
        return Err(UsageError { message, hint }.into());
    }
    let path = super::write(&own, &file)?;
    globals.note(&format!(
        "{path}: {} at {}; commit it",
        count(builds, "build"),
        count(places, "place")
    ));
    Ok(())
}
