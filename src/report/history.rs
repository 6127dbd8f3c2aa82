//! The history of builds, for people and for programs.

mod list;
mod show;
pub(super) mod table;
mod words;

use jiff::tz::TimeZone;
use serde_json::json;

use super::escape;
use crate::timing::clean_line;
use crate::timing::history::{
    HISTORY_SCHEMA, Imported, JudgedRecord, Pruned, PrunedBuild, Summary,
};
use crate::ui::{Glyphs, Line, Paint, count, human_bytes};

pub use list::list;
pub use show::show;

/// How a table is to look.
#[derive(Debug, Clone)]
pub struct TableStyle {
    /// The time zone of all times.
    pub zone: TimeZone,
    /// Colour, or none.
    pub paint: Paint,
    /// Columns of the terminal, to which lines are cut; none are where `None`.
    pub width: Option<usize>,
    /// Whether to use signs beyond ASCII.
    pub unicode: bool,
    /// Whether each build's project is shown.
    pub with_projects: bool,
}

impl TableStyle {
    pub(super) fn fit(&self, line: Line) -> Line {
        match self.width {
            Some(width) => line.fit(width, Glyphs::new(self.unicode).ellipsis),
            None => line,
        }
    }

    /// Plain text that no terminal shows, with times in UTC.
    pub fn plain() -> Self {
        Self {
            zone: TimeZone::UTC,
            paint: Paint { color: false },
            width: None,
            unicode: true,
            with_projects: true,
        }
    }
}

/// `mad.history-list/1`.
pub fn list_json(builds: &[Summary]) -> String {
    text(&json!({ "schema": "mad.history-list/1", "builds": builds }))
}

/// One build as `mad.history/1`: what is imported may be told so too.
pub fn show_json(entry: &JudgedRecord) -> String {
    let JudgedRecord { record, judgement } = entry;
    text(&json!({ "schema": HISTORY_SCHEMA, "record": record, "judgement": judgement }))
}

/// What came in, in a sentence.
pub fn import(imported: &Imported) -> String {
    let Imported { builds, known, promotions } = *imported;
    let (builds, promotions) = (count(builds, "build"), count(promotions, "promotion"));
    format!("imported {builds} and {promotions}; {} known already", count(known, "build"))
}

/// `mad.history-import/1`.
pub fn import_json(imported: &Imported) -> String {
    let Imported { builds, known, promotions } = imported;
    text(&json!({
        "schema": "mad.history-import/1",
        "builds": builds, "known": known, "promotions": promotions,
    }))
}

/// As many builds that went are named.
const MOST_NAMED: usize = 20;

/// What went, or would go: a sentence, the builds, and where the history is as it was.
pub fn gone(pruned: &Pruned, dry_run: bool) -> String {
    let Pruned { builds, promotions, freed_bytes, copy } = pruned;
    let what = format!("{} and {}", count(builds.len(), "build"), count(*promotions, "promotion"));
    let mut told = match dry_run {
        true => format!("would remove {what}"),
        false => format!("removed {what}; the file is {} smaller", human_bytes(*freed_bytes)),
    };
    for PrunedBuild { id, started, profile, ending, .. } in builds.iter().take(MOST_NAMED) {
        let started = started.strftime("%Y-%m-%d %H:%M UTC");
        let profile = clean_line(profile);
        let id = &id[..id.len().min(12)];
        told += &format!("\n  {id}  {started}  {profile}  {}", ending.as_str());
    }
    if let Some(more) = builds.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        told += &format!("\n  and {more} more");
    }
    if let Some(copy) = copy {
        told += &format!("\nas it was: {}, until the next prune", copy.display());
    }
    told
}

/// What went, or would go, for programs.
pub fn gone_json(schema: &str, pruned: &Pruned, dry_run: bool) -> String {
    let Pruned { builds, promotions, freed_bytes, copy } = pruned;
    text(&json!({
        "schema": schema,
        "dry_run": dry_run,
        "builds": builds.len(), "promotions": promotions, "freed_bytes": freed_bytes,
        "gone": builds, "copy": copy,
    }))
}

fn text(value: &serde_json::Value) -> String {
    format!("{}\n", escape::json(&format!("{value:#}")))
}

#[cfg(test)]
mod tests;
