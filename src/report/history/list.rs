//! Builds, one a line.

use std::time::Duration;

use super::TableStyle;
use super::table::{Align, table};
use super::words::{minute, miss, outcome, short};
use crate::timing::clean_line;
use crate::timing::history::Summary;
use crate::ui::{Line, Role, human_duration};

/// A table, the newest first.
pub fn list(builds: &[Summary], style: &TableStyle) -> String {
    if builds.is_empty() {
        return "no builds\n".to_owned();
    }
    let mut headings = vec![
        ("BUILD", Align::Left),
        ("STARTED", Align::Left),
        ("PROFILE", Align::Left),
        ("VERDICT", Align::Left),
        ("TIME", Align::Right),
        ("RAN", Align::Right),
        ("CACHED", Align::Right),
        ("COMMIT", Align::Left),
        ("CAUSE", Align::Left),
    ];
    if style.with_projects {
        headings.insert(2, ("PROJECT", Align::Left));
    }
    let rows = builds.iter().map(|build| row(build, style)).collect();
    table(&headings, rows, style)
}

fn row(build: &Summary, style: &TableStyle) -> Vec<Line> {
    let text = |text: String| Line::new().plain(text);
    let profile = match &build.series.target {
        None => build.series.profile.clone(),
        Some(target) => format!("{} to {target}", build.series.profile),
    };
    let commit = build.commit.as_deref().map(short).unwrap_or_default();
    let mut row = vec![
        Line::new().with(Role::Strong, short(&build.id)),
        text(minute(build.started, &style.zone)),
        text(clean_line(&profile)),
        outcome(build.ending, build.verdict),
        text(human_duration(Duration::from_millis(build.wall_ms))),
        text(build.executed.to_string()),
        text(build.cached.to_string()),
        Line::new().with(Role::Dim, commit.get(..8).unwrap_or(&commit)),
        text(build.miss.as_ref().map(miss).unwrap_or_default()),
    ];
    if style.with_projects {
        row.insert(2, text(clean_line(&build.series.project)));
    }
    row
}
