//! How far the what-if model is from builds as they were measured.
//!
//! ```text
//! cargo run --example what_if -- tests/inputs/builds/records/*.json
//! ```
//!
//! Prints two tables. The first: each build, its wall time split, and the model's own error on it.
//! The second: each build that had steps from the cache, foretold from the cold build of the same
//! profile. `saved` takes the cold build's record, with those steps at no time: what the report says
//! as "if … were cached". `replayed` takes the build's own record, with the cold build's times for
//! the steps that ran: what a verdict expects.

// A program of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mad::timing::graph::{Graph, breakdown};
use mad::timing::record::{Ending, Record};

fn main() -> Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        bail!("usage: what_if RECORD.json…");
    }
    let builds: Vec<Build> = paths.iter().map(|path| Build::read(path)).collect::<Result<_>>()?;
    print_anatomies(&builds);
    println!();
    print_foretold(&builds);
    Ok(())
}

/// A record and the name of its file.
struct Build {
    name: String,
    record: Record,
}

impl Build {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let record = serde_json::from_str(&text)
            .with_context(|| format!("`{}` is no record of a build", path.display()))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self { name: name.trim_end_matches(".json").to_owned(), record })
    }

    fn executed(&self) -> BTreeSet<&str> {
        self.record.executed().map(|step| step.id.as_str()).collect()
    }
}

fn print_anatomies(builds: &[Build]) {
    println!(
        "{:28} {:>8} {:>7} {:>7} {:>9} {:>7} {:>6} {:>11} {:>6} {:>8} {:>7}",
        "build",
        "wall",
        "upload",
        "pull",
        "execution",
        "export",
        "idle",
        "unaccounted",
        "sum",
        "modelled",
        "error"
    );
    let mut errors = Vec::new();
    for Build { name, record } in builds {
        let breakdown = breakdown(record);
        let parts = breakdown.parts;
        println!(
            "{name:28} {:>8} {:>7} {:>7} {:>9} {:>7} {:>6} {:>11} {:>6} {:>8} {:>7}",
            seconds(record.wall_ms),
            seconds(parts.upload_ms),
            seconds(parts.pull_ms),
            seconds(parts.execution_ms),
            seconds(parts.export_ms),
            seconds(parts.idle_ms),
            seconds(parts.unaccounted_ms),
            percent(parts.total_ms() as f64 / record.wall_ms as f64),
            seconds(breakdown.modelled_ms),
            signed_percent(breakdown.model_error),
        );
        errors.push(breakdown.model_error);
    }
    print_summary(&errors);
}

fn print_foretold(builds: &[Build]) {
    println!(
        "{:28} {:28} {:>8} {:>8} {:>7} {:>8} {:>7}",
        "build", "from", "wall", "saved", "error", "replayed", "error"
    );
    let (mut saved_errors, mut replayed_errors) = (Vec::new(), Vec::new());
    for build in builds.iter().filter(|build| build.record.ending == Ending::Built) {
        let ran = build.executed();
        let cold = builds.iter().filter(|other| is_cold_of(other, build));
        let cold = cold.max_by_key(|cold| cold.executed().len());
        let Some(cold) = cold.filter(|_| !ran.is_empty()) else { continue };
        let saved = Graph::of(&cold.record).replay(|id| (!ran.contains(id)).then_some(0));
        let replayed = Graph::of(&build.record).replay(|id| {
            let step = cold.record.step(id).filter(|_| ran.contains(id))?;
            Some(step.duration_ms())
        });
        let error = |ms: u64| ms as f64 / build.record.wall_ms as f64 - 1.0;
        println!(
            "{:28} {:28} {:>8} {:>8} {:>7} {:>8} {:>7}",
            build.name,
            cold.name,
            seconds(build.record.wall_ms),
            seconds(saved),
            signed_percent(error(saved)),
            seconds(replayed),
            signed_percent(error(replayed)),
        );
        saved_errors.push(error(saved));
        replayed_errors.push(error(replayed));
    }
    print!("saved:    ");
    print_summary(&saved_errors);
    print!("replayed: ");
    print_summary(&replayed_errors);
}

/// Whether `cold` ran everything that `build` ran, and more.
fn is_cold_of(cold: &Build, build: &Build) -> bool {
    let (all, some) = (cold.executed(), build.executed());
    cold.record.ending == Ending::Built
        && cold.record.series.profile == build.record.series.profile
        && cold.record.series.builder == build.record.series.builder
        && all.len() > some.len()
        && all.is_superset(&some)
}

fn print_summary(errors: &[f64]) {
    let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    match sizes.last() {
        Some(&worst) => println!(
            "{} builds: median error {}, worst {}",
            sizes.len(),
            percent(sizes[sizes.len() / 2]),
            percent(worst)
        ),
        None => println!("no builds"),
    }
}

fn seconds(ms: u64) -> String {
    format!("{:.2}s", ms as f64 / 1000.0)
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn signed_percent(share: f64) -> String {
    format!("{:+.1}%", share * 100.0)
}
