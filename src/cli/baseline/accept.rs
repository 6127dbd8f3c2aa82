//! `mad baseline accept`.

use crate::cli::error::{CommandError, Result};
use jiff::civil::Date;

use crate::cli::builds::{existing, named};
use crate::cli::exit::UsageError;
use crate::cli::globals::Globals;
use crate::timing::judge::BaselineFile;
use crate::ui::{count, human_duration};

/// Accept that steps of a build take longer, with a reason and an end date
///
/// The entry is written to `baselines/PROFILE.yaml`, so that the pull request that makes the build
/// slower carries it and reviewers see it. Until the end date the steps do not count as regressed,
/// up to their time in this build plus the alert's ratio.
///
/// Without `--step`, the build itself is accepted too, in the history of this machine: later builds
/// are compared with it, and if it was held back, the same image may get the tag. In CI, `last` is the last build of this job.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The slower build: its ID or a prefix of it; `last` for the newest
    #[arg(value_name = "BUILD")]
    build: String,
    /// A step, by its ID or by a unique part of its instruction; may be repeated [default: every
    /// step that regressed]
    #[arg(long, value_name = "STEP")]
    step: Vec<String>,
    /// Why it is acceptable
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The last day it is accepted, in UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Date,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let usage = |message: String, hint: Option<&str>| {
        CommandError::from(UsageError { message, hint: hint.map(str::to_owned) })
    };
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(usage("found an empty `--reason`, expected why".to_owned(), None));
    }
    if args.until <= super::today() {
        let message = format!("found `--until {}`, expected a day to come", args.until);
        return Err(usage(message, Some("set it some weeks ahead")));
    }
    let own = globals.project()?;
    let history = existing()?;
    let entry = named(globals, &own, &history, &args.build, None)?;
    let (record, judgement) = (entry.record, entry.judgement);
    let Some(judgement) = judgement else {
        return Err(usage(format!("the build `{}` was not judged", record.id), None));
    };
    let accepted =
        judgement.acceptances(&record.id, &args.step, reason, args.until).map_err(|name| {
            let message = format!("no single step of `{}` is `{name}`", record.id);
            usage(message, Some("`mad history show BUILD` lists them"))
        })?;
    let is_open = judgement.standing.is_some_and(|standing| standing.taints());
    if accepted.is_empty() && !is_open {
        let message = format!("no step of `{}` has regressed", record.id);
        return Err(usage(message, Some("name one with `--step`")));
    }
    if args.step.is_empty() {
        // What was held back for something else than its time has nothing for the file.
        history.accept(&record.id)?;
        globals.note(&format!(
            "the build {} is accepted: its image may have the tag, and others are measured by it",
            &record.id[..12]
        ));
    }
    if accepted.is_empty() {
        return Ok(());
    }
    let profile = &record.series.profile;
    let mut file = super::read(&own, profile)?.unwrap_or_else(|| BaselineFile::new(profile));
    let place = file.place_mut(&record.series);
    place.accepted.retain(|old| accepted.iter().all(|new| new.step != old.step));
    let steps = accepted.len();
    for accepted in &accepted {
        let limit = std::time::Duration::from_millis(accepted.limit_ms);
        let label = crate::timing::clean_line(&accepted.label);
        globals.note(&format!(
            "accepted until {}: {} for {label}",
            accepted.until,
            human_duration(limit)
        ));
    }
    place.accepted.extend(accepted);
    place.accepted.sort_by(|a, b| a.step.cmp(&b.step));
    let path = super::write(&own, &file)?;
    globals.note(&format!("{path}: {}; commit it", count(steps, "step")));
    Ok(())
}
