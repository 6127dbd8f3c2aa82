//! `mad history prune`.

use std::str::FromStr;

use crate::cli::error::Result;
use clap::ArgGroup;
use jiff::{Span, Timestamp, tz::TimeZone};

use crate::cli::builds::existing;
use crate::cli::format::Format;
use crate::cli::globals::Globals;
use crate::project::Source;
use crate::report::history as report;
use crate::timing::history::Prune;

/// Remove old builds from the history and shrink its file
///
/// With both options, only builds that match both are removed. Images that tags point to, and those
/// that `mad rollback` can return to, are kept, and so are builds that were held back: forgotten, their
/// images could get the tag from the cache. The previous history is kept as
/// `history.db.before-prune` until the next prune that removes something.
#[derive(Debug, clap::Args)]
// A `#[group]` would take in every option of this command, `--format` too.
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["keep", "older_than"])))]
pub struct Args {
    /// Keep this many per series (profile, target, engine, machine, cache mode): the newest good
    /// builds, as many slow ones, and as many that failed
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Keep builds younger than this, for example `30d`, `12w` or `1y`; a plain number is in days
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
    /// Include the builds of all projects
    #[arg(long)]
    all_projects: bool,
    /// Do not keep a copy of the previous history
    #[arg(long)]
    no_copy: bool,
    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Output format; JSON is mad.history-prune/1
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

/// A length of time in the calendar.
#[derive(Debug, Clone, Copy)]
struct Age(Span);

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = match text.parse::<u16>() {
            Ok(days) => Span::new().days(i64::from(days)),
            Err(_) => text.parse().map_err(|_| "expected an age like `30d`".to_owned())?,
        };
        if span.is_negative() {
            return Err("expected an age, found a time to come".to_owned());
        }
        Ok(Self(span))
    }
}

impl Age {
    /// So long before `now`.
    fn before(self, now: Timestamp) -> Timestamp {
        let then = now.to_zoned(TimeZone::UTC).checked_sub(self.0);
        // Nothing is older than what the calendar can tell.
        then.map_or(Timestamp::MIN, |then| then.timestamp())
    }
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let prune = Prune {
        project: if args.all_projects { None } else { Some(Source::name_of(&globals.project()?)) },
        keep: args.keep,
        before: args.older_than.map(|age| age.before(Timestamp::now())),
    };
    let history = existing()?;
    let pruned = if args.dry_run {
        history.would_prune(&prune)?
    } else {
        history.prune(&prune, !args.no_copy)?
    };
    match args.format {
        Format::Json => {
            crate::cli::print(&report::gone_json("mad.history-prune/1", &pruned, args.dry_run))
        }
        Format::Terminal => {
            globals.note(&report::gone(&pruned, args.dry_run));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_days_or_say_what_they_are() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (age, before) in [
            ("0", "2026-03-31T12:00:00Z"),
            ("30", "2026-03-01T12:00:00Z"),
            ("30d", "2026-03-01T12:00:00Z"),
            ("2w", "2026-03-17T12:00:00Z"),
            ("1mo", "2026-02-28T12:00:00Z"),
            ("1y", "2025-03-31T12:00:00Z"),
            ("6h", "2026-03-31T06:00:00Z"),
        ] {
            assert_eq!(age.parse::<Age>().unwrap().before(now).to_string(), before, "{age}");
        }
        assert_eq!("19000y".parse::<Age>().unwrap().before(now), Timestamp::MIN);
        for wrong in ["", "x", "-3d", "3 apples", "-1"] {
            assert!(wrong.parse::<Age>().is_err(), "{wrong}");
        }
    }
}
