//! The builds before this one: how long they took, what they were expected to take, what they were.

use serde::Serialize;

use super::scale::{Scale, Tick, round};
use crate::report::build::BuildReport;
use crate::report::build::HistoryPoint;
use crate::report::build::story::{StepStatus, moment, time, verdict_tone};
use crate::timing::clean_line;
use crate::timing::record::Ending;
use crate::ui::{human_bytes, human_change};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 24.0;
/// Times stand at the right: on a narrow screen, the end with the newest builds is what is seen.
const RIGHT: f64 = WIDTH - 56.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = HEIGHT - 28.0;
/// Builds that are shown: more of them are a smear.
pub(super) const MAX_BUILDS: usize = 60;
/// Dates below the chart.
const MAX_DATES: usize = 8;

/// The chart, in pixels of its own view box.
#[derive(Debug, Serialize)]
pub(super) struct HistoryChart {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub bottom: f64,
    pub ticks: Vec<Tick>,
    pub dates: Vec<Tick>,
    /// Where a build would not have counted as slower: areas, for builds in a row.
    pub bands: Vec<String>,
    /// What was expected: lines, for builds in a row.
    pub expected: Vec<String>,
    /// From build to build, the finished ones.
    pub line: String,
    pub points: Vec<Point>,
    /// Builds that are older and not shown.
    pub older: usize,
}

/// A build.
#[derive(Debug, Serialize)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
    /// Its look and its shape: `ok`, `regressed`, `failed`, `unjudged`.
    pub word: &'static str,
    pub tone: StepStatus,
    pub is_this: bool,
    pub started: String,
    pub wall: String,
    pub expected: String,
    pub against: String,
    pub image: String,
    pub commit: String,
    pub title: String,
}

impl HistoryChart {
    /// `None` where there is only this build.
    pub(super) fn of(report: &BuildReport) -> Option<Self> {
        let older = report.history.len().saturating_sub(MAX_BUILDS);
        let builds = &report.history[older..];
        if builds.len() < 2 {
            return None;
        }
        let tallest = builds
            .iter()
            .map(|build| build.wall_ms.max(build.slow_beyond_ms.or(build.expected_ms).unwrap_or(0)))
            .max()?;
        let scale = Scale::new(tallest + tallest / 12, BOTTOM, TOP);
        let gap = (RIGHT - LEFT) / builds.len() as f64;
        let x = |index: usize| round(LEFT + gap * (index as f64 + 0.5));
        let points: Vec<Point> = builds
            .iter()
            .enumerate()
            .map(|(index, build)| point(build, x(index), scale, report))
            .collect();
        let finished = builds.iter().zip(&points).filter(|(b, _)| b.ending == Ending::Built);
        let line: Vec<String> =
            finished.map(|(_, point)| format!("{},{}", point.x, point.y)).collect();
        let dates = dates(builds).into_iter().map(|(index, text)| Tick { at: x(index), text });
        let mut bands = Vec::new();
        let mut expected = Vec::new();
        for run in runs(builds) {
            let edges: Vec<(f64, f64, f64)> = run
                .clone()
                .filter_map(|index| {
                    let build = &builds[index];
                    let expected = build.expected_ms?;
                    let limit = build.slow_beyond_ms.unwrap_or(expected);
                    Some((x(index), scale.at(expected), scale.at(limit)))
                })
                .collect();
            expected.push(stairs(edges.iter().map(|edge| (edge.0, edge.1)), gap));
            if run.clone().any(|index| builds[index].slow_beyond_ms.is_some()) {
                let top = stairs(edges.iter().map(|edge| (edge.0, edge.2)), gap);
                let right = round(x(run.end - 1) + gap / 2.0);
                let left = round(x(run.start) - gap / 2.0);
                bands.push(format!("{top}L{right} {BOTTOM}L{left} {BOTTOM}Z"));
            }
        }
        Some(Self {
            width: WIDTH,
            height: HEIGHT,
            left: LEFT,
            right: RIGHT,
            bottom: BOTTOM,
            ticks: scale.ticks(5),
            dates: dates.collect(),
            bands,
            expected,
            line: line.join(" "),
            points,
            older,
        })
    }
}

/// What stands below which build: a day where it changes, else the time of day, nothing twice.
fn dates(builds: &[HistoryPoint]) -> Vec<(usize, String)> {
    let step = builds.len().div_ceil(MAX_DATES);
    let marked: Vec<usize> = (0..builds.len()).rev().step_by(step).collect();
    let mut dates: Vec<(usize, String)> = Vec::new();
    let (mut day, mut time) = (String::new(), String::new());
    for index in marked.into_iter().rev() {
        let this_day = builds[index].started.strftime("%b %-d").to_string();
        let this_time = builds[index].started.strftime("%H:%M").to_string();
        if this_day != day {
            dates.push((index, this_day.clone()));
        } else if this_time != time {
            dates.push((index, this_time.clone()));
        }
        (day, time) = (this_day, this_time);
    }
    dates
}

/// Builds in a row of which something was expected.
fn runs(builds: &[HistoryPoint]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for index in (0..builds.len()).filter(|&index| builds[index].expected_ms.is_some()) {
        match runs.last_mut() {
            Some(run) if run.end == index => run.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// A level for each build, as wide as its place: expectations do not run between builds.
fn stairs(levels: impl Iterator<Item = (f64, f64)>, gap: f64) -> String {
    let mut path = String::new();
    for (x, y) in levels {
        let word = if path.is_empty() { 'M' } else { 'L' };
        let (left, right) = (round(x - gap / 2.0), round(x + gap / 2.0));
        path += &format!("{word}{left} {y}H{right}");
    }
    path
}

fn point(build: &HistoryPoint, x: f64, scale: Scale, report: &BuildReport) -> Point {
    let (word, tone) = match (build.ending, build.verdict) {
        (Ending::Failed, _) => ("failed", StepStatus::Bad),
        (Ending::Interrupted, _) => ("interrupted", StepStatus::Unsure),
        (Ending::Built, Some(verdict)) => (verdict.as_str(), verdict_tone(verdict)),
        (Ending::Built, None) => ("unjudged", StepStatus::Unsure),
    };
    let wall = time(build.wall_ms);
    let started = moment(build.started);
    let against = build.expected_ms.map(|expected| human_change(build.wall_ms, expected));
    let against = against.unwrap_or_default();
    let mut title = format!("{started}: {wall}, {word}");
    if !against.is_empty() {
        title += &format!(", {against} compared to expected");
    }
    let commit = build.commit.as_deref().map(clean_line).unwrap_or_default();
    Point {
        x,
        y: scale.at(build.wall_ms),
        word,
        tone,
        is_this: build.id == report.record.id,
        started,
        wall,
        expected: build.expected_ms.map(time).unwrap_or_default(),
        against,
        image: build.image_bytes.map(human_bytes).unwrap_or_default(),
        commit: commit.chars().take(12).collect(),
        title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, report};

    #[test]
    fn points_stay_in_their_chart() {
        every(|name, report| {
            let Some(chart) = HistoryChart::of(report) else { return };
            for point in &chart.points {
                assert!((LEFT..=RIGHT).contains(&point.x), "{name}: {point:?}");
                assert!((TOP - 1.0..=BOTTOM).contains(&point.y), "{name}: {point:?}");
            }
            assert_eq!(chart.points.iter().filter(|point| point.is_this).count(), 1);
        });
    }

    #[test]
    fn a_long_history_is_cut_at_its_old_end() {
        let mut report = report("ok");
        let point = report.history[0].clone();
        report.history.splice(0..0, std::iter::repeat_n(point, 100));
        let chart = HistoryChart::of(&report).unwrap();
        assert_eq!((chart.points.len(), chart.older), (MAX_BUILDS, 50));
        assert!(chart.points.last().unwrap().is_this);
    }

    #[test]
    fn no_date_stands_there_twice() {
        let point = report("ok").history[0].clone();
        let at = |text: &str| HistoryPoint { started: text.parse().unwrap(), ..point.clone() };
        let texts = |times: &[&str]| -> Vec<String> {
            let builds: Vec<HistoryPoint> = times.iter().map(|time| at(time)).collect();
            dates(&builds).into_iter().map(|(_, text)| text).collect()
        };
        let one_day = ["2026-11-28T20:13:00Z", "2026-11-28T20:13:40Z", "2026-11-28T20:14:00Z"];
        assert_eq!(texts(&one_day), ["Nov 28", "20:14"]);
        let days = ["2026-11-27T20:13:00Z", "2026-11-28T20:13:00Z", "2026-11-28T21:00:00Z"];
        assert_eq!(texts(&days), ["Nov 27", "Nov 28", "21:00"]);
        let year: Vec<String> =
            (1..=60).map(|n| format!("2026-11-{:02}T0{}:00:00Z", 1 + n / 3, n % 3)).collect();
        let year: Vec<&str> = year.iter().map(String::as_str).collect();
        assert_eq!(texts(&year).len(), MAX_DATES);
    }

    #[test]
    fn bands_break_where_nothing_was_expected() {
        let chart = HistoryChart::of(&report("regressed")).unwrap();
        assert_eq!(chart.bands.len(), 4);
        report("first").history.truncate(1);
        assert!(HistoryChart::of(&report("first")).is_none());
    }
}
