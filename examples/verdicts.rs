//! How often a verdict is right: the confusion table, from recorded builds.
//!
//! ```text
//! cargo run --example verdicts -- tests/inputs/builds/paced-loud
//! ```
//!
//! A folder holds `unchanged.jsonl` and perhaps `slowed.jsonl`, a record a line: real builds of one
//! project (`tests/inputs/builds/projects/paced`) with a step of about ten seconds, and builds in
//! which that step had 1.3 times the work. Those of `paced-loud` are from a machine of two processors
//! on which ten other processes wanted to run. Judged are
//!
//! - the real builds: the unchanged ones against those before them, the slowed ones against all
//!   unchanged ones;
//! - drawn ones: an unchanged build, as it is and with its longest step stretched to 1.3 times,
//!   against some of the others, drawn again and again.

// A program of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::civil::date;
use mad::timing::judge::{Baseline, Context, Gate, NOTHING_INHERITED, Verdict, judge};
use mad::timing::record::{Record, TimeSpan};

/// How much longer a slowed step takes.
const SLOWDOWN: f64 = 1.3;
/// Builds drawn for each row.
const DRAWS: usize = 2000;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.is_empty() {
        bail!("usage: verdicts FOLDER…");
    }
    arguments.iter().try_for_each(|folder| print_folder(folder))
}

fn print_folder(folder: &Path) -> Result<()> {
    let unchanged = read(&folder.join("unchanged.jsonl"))?;
    let slowed = folder.join("slowed.jsonl");
    let slowed = if slowed.exists() { read(&slowed)? } else { Vec::new() };
    println!("{}", folder.display());
    print_times("unchanged", &unchanged);
    print_times("slowed", &slowed);

    println!("{:34} {:>9} {:>6} {:>12} {:>8}", "", "regressed", "ok", "inconclusive", "improved");
    let mut row = Row::default();
    for (index, now) in unchanged.iter().enumerate() {
        row.count(now, &unchanged[..index]);
    }
    row.print("real, unchanged, by those before");
    let mut row = Row::default();
    for now in &slowed {
        row.count(now, &unchanged);
    }
    if !slowed.is_empty() {
        row.print("real, slowed");
    }
    let mut draw = Draw(1);
    for among in [4, 5, 10, 20] {
        let (mut same, mut longer) = (Row::default(), Row::default());
        for _ in 0..DRAWS {
            let drawn = draw.some(&unchanged, among + 1);
            let Some((now, earlier)) = drawn.split_first() else { continue };
            same.count(now, earlier);
            longer.count(&stretched(now, SLOWDOWN), earlier);
        }
        same.print(&format!("drawn, unchanged, by {among}"));
        longer.print(&format!("drawn, x{SLOWDOWN}, by {among}"));
    }
    println!();
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Record>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}:{}: no record", path.display(), number + 1))
    };
    text.lines().enumerate().map(line).collect()
}

fn print_times(what: &str, records: &[Record]) {
    let mut times: Vec<u64> =
        records.iter().filter_map(|record| Some(longest(record)?.1)).collect();
    times.sort_unstable();
    if let (Some(least), Some(most)) = (times.first(), times.last()) {
        let median = times[times.len() / 2];
        let seconds = |ms: u64| ms as f64 / 1000.0;
        println!(
            "{what}: {} builds, the step took {:.1} s ({:.1} to {:.1} s)",
            times.len(),
            seconds(median),
            seconds(*least),
            seconds(*most)
        );
    }
}

/// Which step ran longest, and for how many milliseconds.
fn longest(record: &Record) -> Option<(usize, u64)> {
    let times = record.steps.iter().map(|step| step.duration_ms());
    times.enumerate().max_by_key(|&(_, ms)| ms)
}

/// The build, had its longest step taken so much longer: what began after its end comes later.
fn stretched(record: &Record, factor: f64) -> Record {
    let mut record = record.clone();
    let Some((index, ms)) = longest(&record) else { return record };
    let more = (ms as f64 * (factor - 1.0)) as u64;
    let end = record.steps[index].spans.last().map_or(0, |span| span.end_ms);
    let later = |span: &mut TimeSpan| {
        if span.start_ms >= end {
            span.start_ms += more;
        }
        if span.end_ms >= end {
            span.end_ms += more;
        }
    };
    record.steps.iter_mut().flat_map(|step| &mut step.spans).for_each(later);
    record.works.iter_mut().flat_map(|work| &mut work.spans).for_each(later);
    record.phases.iter_mut().map(|phase| &mut phase.span).for_each(later);
    record.wall_ms += more;
    record
}

/// Verdicts of builds that are alike.
#[derive(Default)]
struct Row {
    verdicts: Vec<Verdict>,
}

impl Row {
    fn count(&mut self, now: &Record, earlier: &[Record]) {
        let context = Context {
            today: date(2026, 1, 1),
            locate: &|_| None,
            repeats: &[],
            inherited: &NOTHING_INHERITED,
            gate: Gate::default(),
        };
        let baseline = Baseline::of_records(earlier);
        self.verdicts.push(judge(now, &baseline, earlier.last(), &[], &context).verdict);
    }

    fn print(&self, what: &str) {
        let count = |verdict| self.verdicts.iter().filter(|&&given| given == verdict).count();
        println!(
            "{what:34} {:>9} {:>6} {:>12} {:>8}",
            count(Verdict::Regressed),
            count(Verdict::Ok),
            count(Verdict::Inconclusive),
            count(Verdict::Improved)
        );
    }
}

/// Random choices that are the same in every run (xorshift64*, Marsaglia 2003).
struct Draw(u64);

impl Draw {
    /// `count` different records in random order; fewer where there are not as many.
    fn some(&mut self, records: &[Record], count: usize) -> Vec<Record> {
        let mut indices: Vec<usize> = (0..records.len()).collect();
        let count = count.min(indices.len());
        for index in 0..count {
            let other = index + self.below(indices.len() - index);
            indices.swap(index, other);
        }
        indices[..count].iter().map(|&index| records[index].clone()).collect()
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        high as usize % limit
    }
}
