//! The bars of the timeline: so many minutes each that all of them fit.

use jiff::Timestamp;
use serde::Serialize;

use super::facts::{Levels, Minute};

pub(super) const WIDTH: u32 = 1000;
pub(super) const HEIGHT: u32 = 160;
/// More bars than that are lines.
const MOST: i64 = 120;
/// Minutes of one bar: what people count in.
const STEPS: [i64; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440];

#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bars: Vec<Bar>,
    pub(super) most: u64,
    pub(super) minutes: i64,
    pub(super) first: String,
    pub(super) last: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    /// What it says when pointed at.
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) y: String,
    pub(super) height: String,
}

impl Timeline {
    /// Nothing where there are no lines.
    pub(super) fn of(minutes: &[Minute]) -> Option<Self> {
        let at = |minute: &Minute| {
            minute.at.parse::<Timestamp>().ok().map(|at| at.as_second().div_euclid(60))
        };
        let known: Vec<(i64, &Levels)> =
            minutes.iter().filter_map(|minute| Some((at(minute)?, &minute.levels))).collect();
        let first = known.iter().map(|(at, _)| *at).min()?;
        let last = known.iter().map(|(at, _)| *at).max()?;
        let span = last - first + 1;
        let step = STEPS.into_iter().find(|step| span / step < MOST).unwrap_or(span / MOST + 1);
        let begin = first.div_euclid(step) * step;
        let count = ((last - begin) / step + 1) as usize;
        let mut sums = vec![Levels::default(); count];
        for (at, levels) in known {
            sums[((at - begin) / step) as usize].add(levels);
        }
        let most = sums.iter().map(Levels::all).max().unwrap_or(0).max(1);
        let width = f64::from(WIDTH) / count as f64;
        let bars = sums.iter().enumerate().filter(|(_, sum)| sum.all() > 0);
        let bars = bars.map(|(place, sum)| Bar {
            x: format!("{:.1}", place as f64 * width),
            width: format!("{:.1}", (width - 1.0).max(0.8)),
            title: title(begin + place as i64 * step, sum),
            parts: parts(sum, most),
        });
        Some(Self {
            width: WIDTH,
            height: HEIGHT,
            bars: bars.collect(),
            most,
            minutes: step,
            first: moment(begin),
            last: moment(last),
        })
    }
}

/// Errors stand at the bottom, where bars of different height are compared. One line is seen beside thousands.
fn parts(sum: &Levels, most: u64) -> Vec<Part> {
    let all = [
        ("bad", sum.error + sum.fatal),
        ("unsure", sum.warn),
        ("plain", sum.info),
        ("quiet", sum.debug + sum.trace),
    ];
    let mut bottom = f64::from(HEIGHT);
    let drawn = all.into_iter().filter(|(_, count)| *count > 0).map(|(class, count)| {
        let height = (count as f64 / most as f64 * f64::from(HEIGHT)).max(2.0).min(bottom);
        bottom -= height;
        Part { class, y: format!("{bottom:.1}"), height: format!("{height:.1}") }
    });
    drawn.collect()
}

fn title(minute: i64, sum: &Levels) -> String {
    format!(
        "{}: {} lines, {} warn, {} error",
        moment(minute),
        sum.all(),
        sum.warn,
        sum.error + sum.fatal
    )
}

fn moment(minute: i64) -> String {
    let at = Timestamp::from_second(minute * 60).map(|at| at.to_string()).unwrap_or_default();
    at.get(..16).unwrap_or(&at).replace('T', " ")
}
