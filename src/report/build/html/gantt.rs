//! The build as bars over time: a lane a stage, the chain that it waited for joined by a line.

use std::collections::BTreeSet;

use serde::Serialize;

use super::scale::{Scale, Tick, round};
use crate::limits::CHART_BARS;
use crate::report::build::BuildReport;
use crate::report::build::story::{cut, label, time};
use crate::timing::clean_line;
use crate::timing::record::{PhaseKind, TimeSpan};
use crate::timing::{WorkKind, WorkState};

const WIDTH: f64 = 960.0;
/// Where lanes have their names.
const GUTTER: f64 = 132.0;
const RIGHT: f64 = WIDTH - 12.0;
const TOP: f64 = 26.0;
const ROW: f64 = 22.0;
const BAR: f64 = 16.0;
const LANE_GAP: f64 = 7.0;
/// About what a character takes at the charts' font size.
const CHARACTER: f64 = 6.1;
/// Room between a bar and the name behind it: the line to the next bar goes through it.
const BEHIND: f64 = 8.0;
/// The least bar that is seen.
const LEAST: f64 = 1.5;
/// Fewer characters say nothing.
const LEAST_TEXT: usize = 6;

/// The chart, in pixels of its own view box.
#[derive(Debug, Serialize)]
pub(super) struct Gantt {
    pub width: f64,
    pub height: f64,
    pub gutter: f64,
    pub right: f64,
    pub top: f64,
    pub ticks: Vec<Tick>,
    pub lanes: Vec<Lane>,
    /// Lines from the end of one critical bar to the begin of the next one.
    pub links: Vec<String>,
    /// Stages of which nothing ran.
    pub silent: Vec<String>,
    /// Stretches that are too many to show: the shortest.
    pub left_out: usize,
}

/// The bars of one stage.
#[derive(Debug, Serialize)]
pub(super) struct Lane {
    pub name: String,
    pub y: f64,
    pub height: f64,
    pub bars: Vec<Bar>,
}

/// A stretch of work.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// Its look.
    pub class: &'static str,
    /// All that is known, for the pointer and for screen readers.
    pub title: String,
    pub text: Option<BarText>,
}

/// A name in a bar, or behind it.
#[derive(Debug, Serialize)]
pub(super) struct BarText {
    pub x: f64,
    pub y: f64,
    pub inside: bool,
    pub text: String,
}

/// Work before it has its place.
struct Work {
    lane: String,
    label: String,
    what: &'static str,
    class: &'static str,
    span: TimeSpan,
}

impl Gantt {
    /// `None` where nothing took time.
    pub(super) fn of(report: &BuildReport) -> Option<Self> {
        let mut works = works(report);
        let left_out = keep_longest(&mut works);
        let end = works.iter().map(|work| work.span.end_ms).max()?;
        let scale = Scale::new(end.max(report.record.wall_ms), GUTTER, RIGHT);
        let mut names: Vec<&str> = Vec::new();
        for work in &works {
            if !names.contains(&work.lane.as_str()) {
                names.push(&work.lane);
            }
        }
        let mut y = TOP;
        let mut lanes = Vec::new();
        for name in &names {
            let mut of_lane: Vec<&Work> = works.iter().filter(|work| work.lane == *name).collect();
            of_lane.sort_by_key(|work| work.span);
            let lane = lane(name, y, &of_lane, scale);
            y += lane.height;
            lanes.push(lane);
        }
        let silent: BTreeSet<String> = report
            .record
            .steps
            .iter()
            .map(|step| clean_line(&step.stage))
            .filter(|stage| !names.contains(&stage.as_str()))
            .collect();
        Some(Self {
            width: WIDTH,
            height: y + 4.0,
            gutter: GUTTER,
            right: RIGHT,
            top: TOP,
            ticks: scale.ticks(9),
            links: links(&lanes),
            lanes,
            silent: silent.into_iter().collect(),
            left_out,
        })
    }
}

/// What the client did, what the engine did, and the steps.
fn works(report: &BuildReport) -> Vec<Work> {
    let record = &report.record;
    let critical: BTreeSet<(Option<&str>, &str, TimeSpan)> = report
        .breakdown
        .critical
        .iter()
        .map(|work| {
            (
                work.step.as_deref(),
                if work.step.is_some() { "" } else { work.label.as_str() },
                work.span,
            )
        })
        .collect();
    let critical_steps: BTreeSet<&str> = critical.iter().filter_map(|(id, _, _)| *id).collect();
    let phases = record.phases.iter().filter_map(|phase| {
        let name = match phase.kind {
            PhaseKind::Pack => "pack the context",
            PhaseKind::Upload => "send the context",
            // The engine's whole work; its parts stand below.
            PhaseKind::Solve => return None,
            PhaseKind::Promote => "name the image",
        };
        let lane = "mad".to_owned();
        Some(Work { lane, label: name.into(), what: "client", class: "client", span: phase.span })
    });
    let engine = record.works.iter().flat_map(|work| {
        work.spans.iter().map(|&span| Work {
            lane: match work.kind {
                WorkKind::Base => "pull".to_owned(),
                WorkKind::Export => "export".to_owned(),
                WorkKind::Internal | WorkKind::Step => "engine".to_owned(),
            },
            label: clean_line(&work.label),
            what: "engine",
            class: match critical.contains(&(None, work.label.as_str(), span)) {
                true => "engine critical",
                false => "engine",
            },
            span,
        })
    });
    let steps = record.steps.iter().flat_map(|step| {
        let is_critical = critical_steps.contains(step.id.as_str());
        let class = match (step.state, is_critical) {
            (WorkState::Failed, _) => "step failed",
            (WorkState::Canceled, _) => "step stopped",
            (WorkState::Cached | WorkState::Shared, _) => "step cached",
            (_, true) => "step critical",
            (_, false) => "step",
        };
        step.spans.iter().map(move |&span| Work {
            lane: clean_line(&step.stage),
            label: label(&step.label),
            what: step.state.as_str(),
            class,
            span,
        })
    });
    // The export comes last in time and stands last.
    let (export, engine): (Vec<Work>, Vec<Work>) = engine.partition(|work| work.lane == "export");
    phases.chain(engine).chain(steps).chain(export).collect()
}

/// A page of a hundred thousand bars shows nothing and opens nowhere. How many are left out.
fn keep_longest(works: &mut Vec<Work>) -> usize {
    let left_out = works.len().saturating_sub(CHART_BARS);
    if left_out > 0 {
        let is_critical = |work: &Work| work.class.ends_with("critical");
        let mut order: Vec<usize> = (0..works.len()).collect();
        order.sort_by_key(|&index| {
            let work = &works[index];
            std::cmp::Reverse((is_critical(work), work.span.length_ms()))
        });
        let shown: BTreeSet<usize> = order.into_iter().take(CHART_BARS).collect();
        let mut index = 0..;
        works.retain(|_| index.next().is_some_and(|index| shown.contains(&index)));
    }
    left_out
}

/// Bars that overlap stand in rows below each other.
fn lane(name: &str, y: f64, works: &[&Work], scale: Scale) -> Lane {
    // By row: where its last bar, or that bar's text, ends.
    let mut ends: Vec<u64> = Vec::new();
    let rows: Vec<usize> = works
        .iter()
        .map(|work| {
            let free = ends.iter().position(|&end| end <= work.span.start_ms);
            let row = free.unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(0);
            }
            ends[row] = work.span.end_ms;
            row
        })
        .collect();
    let place = |index: usize| {
        let span = works[index].span;
        let x = scale.at(span.start_ms);
        (x, (scale.at(span.end_ms) - x).max(LEAST))
    };
    // By bar: the next one of its row.
    let mut next_of = vec![None; works.len()];
    let mut last_of_row = vec![None; ends.len()];
    for index in (0..works.len()).rev() {
        next_of[index] = last_of_row[rows[index]].replace(index);
    }
    let bars = (0..works.len())
        .map(|index| {
            let work = works[index];
            let (x, width) = place(index);
            let room = next_of[index].map_or(RIGHT, |later| place(later).0) - x - width;
            let y = y + LANE_GAP / 2.0 + rows[index] as f64 * ROW + (ROW - BAR) / 2.0;
            let length = time(work.span.length_ms());
            Bar {
                x,
                y: round(y),
                width: round(width),
                height: BAR,
                class: work.class,
                title: format!(
                    "{name}: {} ({}, {length}, from {} to {})",
                    cut(&work.label, 200),
                    work.what,
                    time(work.span.start_ms),
                    time(work.span.end_ms)
                ),
                text: text(&work.label, x, width, room)
                    .map(|text| BarText { y: round(y + BAR - 4.5), ..text }),
            }
        })
        .collect();
    let height = LANE_GAP + ends.len() as f64 * ROW;
    Lane { name: cut(name, 20), y: round(y), height, bars }
}

/// In the bar where it fits, else behind it, else nowhere.
fn text(label: &str, x: f64, width: f64, room: f64) -> Option<BarText> {
    let fits = |pixels: f64| ((pixels - BEHIND - 4.0) / CHARACTER).max(0.0) as usize;
    let whole = label.chars().count();
    let (inside, behind) = (fits(width), fits(room));
    let at = |inside: bool, characters: usize| BarText {
        x: round(if inside { x + 5.0 } else { x + width + BEHIND }),
        y: 0.0,
        inside,
        text: cut(label, characters),
    };
    if whole <= inside {
        return Some(at(true, inside));
    }
    match inside.max(behind) {
        most if most < LEAST_TEXT => None,
        most => Some(at(inside >= behind.min(whole), most)),
    }
}

/// From the end of each critical bar to the begin of the next one in time.
fn links(lanes: &[Lane]) -> Vec<String> {
    let mut critical: Vec<&Bar> = lanes
        .iter()
        .flat_map(|lane| &lane.bars)
        .filter(|bar| bar.class.ends_with("critical"))
        .collect();
    critical.sort_by(|a, b| a.x.total_cmp(&b.x));
    let link = |pair: &[&Bar]| {
        let (from, to) = (pair[0], pair[1]);
        let (x, y) = (round(from.x + from.width), round(from.y + from.height / 2.0));
        let below = round(to.y + if to.y > from.y { 0.0 } else { to.height });
        let is_same_row = (to.y - from.y).abs() < 1.0;
        match is_same_row {
            true => format!("M{x} {y}H{}", to.x),
            false => format!("M{x} {y}H{}V{below}", round(to.x.max(x) + 3.0)),
        }
    };
    critical.windows(2).map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, many, report};

    #[test]
    fn bars_stay_in_their_chart_and_do_not_overlap() {
        every(|name, report| {
            let Some(gantt) = Gantt::of(report) else { return };
            let bars: Vec<&Bar> = gantt.lanes.iter().flat_map(|lane| &lane.bars).collect();
            for (index, bar) in bars.iter().enumerate() {
                assert!(bar.x >= GUTTER && bar.x + bar.width <= RIGHT + LEAST, "{name}: {bar:?}");
                assert!(bar.y > 0.0 && bar.y + bar.height <= gantt.height, "{name}: {bar:?}");
                for other in &bars[index + 1..] {
                    let apart = bar.x + bar.width <= other.x + LEAST + 0.2
                        || other.x + other.width <= bar.x + LEAST + 0.2
                        || (bar.y - other.y).abs() >= BAR;
                    assert!(apart, "{name}: {bar:?} and {other:?}");
                }
            }
        });
    }

    #[test]
    fn the_shortest_of_very_many_are_left_out() {
        let mut report = report("regressed");
        let short = |n: u64| TimeSpan { start_ms: n, end_ms: n };
        let step = report.record.steps.last_mut().unwrap();
        step.spans = (0..300_000)
            .map(short)
            .chain([TimeSpan { start_ms: 300_000, end_ms: 310_000 }])
            .collect();
        let gantt = Gantt::of(&report).unwrap();
        let bars: Vec<&Bar> = gantt.lanes.iter().flat_map(|lane| &lane.bars).collect();
        assert_eq!(bars.len(), CHART_BARS);
        assert!(gantt.left_out > 298_000, "{}", gantt.left_out);
        assert!(bars.iter().any(|bar| bar.title.contains("10.0s")));
    }

    #[test]
    fn the_chain_is_joined_and_silent_stages_are_named() {
        let gantt = Gantt::of(&report("regressed")).unwrap();
        assert_eq!(gantt.silent, ["base", "node-deps", "patched", "toolchain"]);
        assert_eq!(gantt.links.len(), 3);
        assert!(Gantt::of(&many(0)).is_some(), "the client's own work is shown");
    }
}
