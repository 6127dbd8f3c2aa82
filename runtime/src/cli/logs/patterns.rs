//! `mad-runtime logs patterns` and `logs stats`: what kinds of lines there are, and how many.

use std::io::{self, Write};

use anyhow::{Context, Result};
use runtime_config::RuntimeConfig;
use serde_json::{Value, json};

use super::{Format, Kept, printable};
use crate::logs::patterns::{Pattern, Summary};
use crate::logs::{Level, now, query, time_text};

const DAY: i64 = 86_400_000_000;

#[derive(clap::Args)]
pub struct Patterns {
    /// Only errors, and what is worse
    #[arg(long)]
    errors: bool,
    /// Only those that came first within the last day
    #[arg(long)]
    new: bool,
    /// Only those of one program
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The most frequent ones; 0: all
    #[arg(long, default_value_t = 40, value_name = "COUNT")]
    limit: usize,
    /// How they are printed
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    kept: Kept,
}

#[derive(clap::Args)]
pub struct Stats {
    /// How they are printed
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    kept: Kept,
}

fn summary(config: &RuntimeConfig, kept: &Kept) -> Result<(Summary, query::Snapshot)> {
    let directory = kept.directory(config);
    let failed = || format!("the kept lines in `{}`", directory.display());
    let snapshot = query::snapshot(&directory).with_context(failed)?;
    Ok((query::summarize(&directory, &snapshot).with_context(failed)?, snapshot))
}

pub fn patterns(config: &RuntimeConfig, args: &Patterns) -> Result<()> {
    let (summary, _) = summary(config, &args.kept)?;
    let now = now();
    let oldest = summary.patterns.iter().map(|pattern| pattern.first).min().unwrap_or(now);
    // With nothing older everything would be new.
    let is_new = |pattern: &Pattern| pattern.first > now - DAY && oldest <= now - DAY;
    let wanted = |pattern: &&Pattern| {
        (!args.errors || pattern.level >= Level::Error)
            && (!args.new || is_new(pattern))
            && args.service.as_ref().is_none_or(|service| *service == pattern.service)
    };
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let shown: Vec<&Pattern> = summary.patterns.iter().filter(wanted).take(limit).collect();
    let mut out = io::stdout().lock();
    if args.format == Format::Json {
        let all: Vec<Value> = shown
            .iter()
            .map(|pattern| {
                json!({
                    "service": pattern.service, "level": pattern.level, "pattern": pattern.pattern,
                    "count": pattern.count, "first": time_text(pattern.first), "last": time_text(pattern.last),
                    "new": is_new(pattern), "burst": pattern.is_burst(), "example": pattern.example,
                    "peak_minute": time_text(pattern.peak.0 * 60_000_000), "peak_count": pattern.peak.1,
                })
            })
            .collect();
        serde_json::to_writer(&mut out, &json!({"v": 1, "patterns": all}))?;
        writeln!(out)?;
        return Ok(());
    }
    for pattern in shown {
        let mut marks = String::new();
        if is_new(pattern) {
            marks.push_str(" new");
        }
        if pattern.is_burst() {
            let at = time_text(pattern.peak.0 * 60_000_000);
            marks.push_str(&format!(" burst of {} at {}Z", pattern.peak.1, &at[..16]));
        }
        writeln!(
            out,
            "{:>9} {:<5} {}  {}\n{:>16} {} to {}{marks}",
            pattern.count,
            pattern.level.name(),
            pattern.service,
            printable(&pattern.pattern),
            "",
            &time_text(pattern.first)[..19],
            &time_text(pattern.last)[..19],
        )?;
    }
    Ok(())
}

pub fn stats(config: &RuntimeConfig, args: &Stats) -> Result<()> {
    let directory = args.kept.directory(config);
    let (summary, snapshot) = summary(config, &args.kept)?;
    let files = std::fs::read_dir(&directory)?;
    let kept: u64 = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    let budget = config.logs.as_ref().map(|logs| logs.budget.0 as u64);
    let times = || summary.minutes.keys();
    let (first, last) = (times().next().copied(), times().next_back().copied());
    let segments = snapshot.numbers().count();
    let lost = lost(&summary);
    let mut out = io::stdout().lock();
    if args.format == Format::Json {
        let minute = |at: Option<i64>| at.map(|at| time_text(at * 60_000_000));
        let levels = |counts: &[u64; 6]| -> Value {
            let named = crate::logs::LEVELS.iter().zip(counts);
            named
                .map(|(level, count)| (level.name().to_owned(), Value::from(*count)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let services: serde_json::Map<String, Value> =
            summary.services.iter().map(|(name, counts)| (name.clone(), levels(counts))).collect();
        let minutes: Vec<Value> = summary
            .minutes
            .iter()
            .map(|(at, counts)| json!({"at": minute(Some(*at)), "levels": levels(counts)}))
            .collect();
        let all = json!({
            "v": 1, "lines": summary.lines, "bytes": summary.bytes, "kept_bytes": kept, "budget_bytes": budget,
            "segments": segments, "first": minute(first), "last": minute(last), "services": services,
            "minutes": minutes, "loss_reports": lost,
        });
        serde_json::to_writer(&mut out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "{} lines, {:.1} MB, kept in {:.1} MB ({:.1} to 1) of {} segments",
        summary.lines,
        summary.bytes as f64 / 1e6,
        kept as f64 / 1e6,
        summary.bytes as f64 / kept.max(1) as f64,
        segments,
    )?;
    if let Some(budget) = budget {
        writeln!(out, "budget {:.1} MB", budget as f64 / 1e6)?;
    }
    if let (Some(first), Some(last)) = (first, last) {
        let text = |at: i64| time_text(at * 60_000_000);
        writeln!(out, "from {}Z to {}Z", &text(first)[..16], &text(last)[..16])?;
    }
    if lost > 0 {
        writeln!(out, "lines were lost {lost} times: `logs query service=logs level>=warn`")?;
    }
    writeln!(
        out,
        "{:<24} {:>10} {:>10} {:>10} {:>10}",
        "program", "lines", "warn", "error", "fatal"
    )?;
    for (name, counts) in &summary.services {
        let all: u64 = counts.iter().sum();
        writeln!(
            out,
            "{name:<24} {all:>10} {:>10} {:>10} {:>10}",
            counts[3], counts[4], counts[5]
        )?;
    }
    Ok(())
}

/// How often the collector said that lines were lost.
fn lost(summary: &Summary) -> u64 {
    let own =
        summary.patterns.iter().filter(|pattern| pattern.service == runtime_config::COLLECTOR);
    own.filter(|pattern| pattern.pattern.contains("lines were lost"))
        .map(|pattern| pattern.count)
        .sum()
}
