//! Committed baselines, for people and for programs.

use std::time::Duration;

use jiff::civil::Date;
use serde_json::json;

use super::history::TableStyle;
use super::history::table::{Align, table};
use crate::timing::clean_line;
use crate::timing::judge::{Accepted, BaselineFile, BaselinePlace, Gate, median_ms, spread_ms};
use crate::ui::{Line, Role, count, human_bytes, human_duration};

/// One line a place: what is known of it, and whether that is enough for a verdict.
pub fn list(files: &[BaselineFile], today: Date) -> String {
    if files.is_empty() {
        return "no baselines; `mad baseline set` writes one from the history\n".to_owned();
    }
    let mut out = String::new();
    for file in files {
        out.push_str(&format!("{}\n", clean_line(&BaselineFile::path(&file.profile))));
        for place in &file.places {
            let builds = count(place.builds, "build");
            let enough = if place.builds >= Gate::default().needed { "" } else { ", too few" };
            out.push_str(&format!("  {}: {builds}{enough}", name(place)));
            let holding = place.accepted.iter().filter(|accepted| accepted.until >= today).count();
            if holding > 0 {
                out.push_str(&format!(", {} accepted", count(holding, "step")));
            }
            let ended = place.accepted.len() - holding;
            if ended > 0 {
                out.push_str(&format!(", {ended} no longer accepted"));
            }
            out.push('\n');
        }
    }
    out
}

/// `mad.baseline-list/1`.
pub fn list_json(files: &[BaselineFile]) -> String {
    format!("{:#}\n", json!({ "schema": "mad.baseline-list/1", "baselines": files }))
}

/// The steps of each place with what they take.
pub fn show(file: &BaselineFile, today: Date, style: &TableStyle) -> String {
    let mut out = String::new();
    for place in &file.places {
        out.push_str(&format!("{}\n", name(place)));
        let mut facts = vec![count(place.builds, "build")];
        if let (Some(oldest), Some(newest)) = (place.oldest, place.newest) {
            facts.push(format!("{} to {}", day(oldest), day(newest)));
        }
        if let Some(bytes) = place.image_bytes {
            facts.push(format!("image {}", human_bytes(bytes)));
        }
        if let Some(overhead) = median_ms(&place.overhead_ms) {
            facts.push(format!("{} outside the steps", seconds(overhead)));
        }
        out.push_str(&format!("{}\n\n", facts.join(", ")));
        out.push_str(&steps(place, style));
        for accepted in &place.accepted {
            out.push_str(&acceptance(accepted, today));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// `mad.baseline/1`.
pub fn show_json(file: &BaselineFile) -> String {
    format!("{:#}\n", json!(file))
}

fn steps(place: &BaselinePlace, style: &TableStyle) -> String {
    let headings = [
        ("MEDIAN", Align::Right),
        ("SPREAD", Align::Right),
        ("N", Align::Right),
        ("STAGE", Align::Left),
        ("STEP", Align::Left),
    ];
    let text = |text: String| Line::new().plain(text);
    let dash = |ms: Option<u64>| text(ms.map_or_else(|| "-".to_owned(), seconds));
    let rows = place.steps.iter().map(|step| {
        vec![
            dash(median_ms(&step.samples_ms)),
            dash(spread_ms(&step.samples_ms)),
            text(step.samples_ms.len().to_string()),
            Line::new().with(Role::Strong, clean_line(&step.stage)),
            text(short(&clean_line(&step.label))),
        ]
    });
    table(&headings, rows.collect(), style)
}

fn acceptance(accepted: &Accepted, today: Date) -> String {
    let until = if accepted.until >= today { "accepted until" } else { "no longer accepted since" };
    format!(
        "\n{until} {}: {} for {}\n  {}\n",
        accepted.until,
        seconds(accepted.limit_ms),
        short(&clean_line(&accepted.label)),
        clean_line(&accepted.reason)
    )
}

fn name(place: &BaselinePlace) -> String {
    let target = place.target.as_ref().map_or_else(String::new, |target| format!("to {target}, "));
    clean_line(&format!(
        "{target}{}, {}, cache {}",
        place.builder,
        place.machine,
        place.cache.as_str()
    ))
}

fn day(time: jiff::Timestamp) -> Date {
    time.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn seconds(ms: u64) -> String {
    human_duration(Duration::from_millis(ms))
}

/// A label is long where it is a whole script.
fn short(label: &str) -> String {
    const LONGEST: usize = 100;
    match label.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", label[..at].trim_end()),
        None => label.to_owned(),
    }
}
