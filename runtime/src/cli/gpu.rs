//! `mad-runtime gpu`: the cards, or why programs run on the CPU.

use anyhow::Result;
use clap::Subcommand;
use runtime_config::Duration;

use tracing::level_filters::LevelFilter;

use super::table::aligned;
use super::{Place as Directory, environment};
use crate::gpu::{GpuReport, Place, watch};
use crate::log;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// How long `nvidia-smi` is waited for
    #[arg(long, global = true, default_value = "10s", value_name = "TIME", value_parser = parse)]
    timeout: Duration,
}

#[derive(Subcommand)]
enum Command {
    /// Print USE_GPU, CUDA_VISIBLE_DEVICES and MAD_DEVICE as the entrypoint sets them
    Env,
    /// Look at the GPUs again and again, for `status` and the metrics
    Watch {
        /// From one look to the next; a minute where there is no device file
        #[arg(long, default_value = "5s", value_name = "TIME", value_parser = parse)]
        every: Duration,
        /// What is logged: error, warn, info, debug or trace
        #[arg(long, default_value = "info", value_name = "LEVEL")]
        log: LevelFilter,
        #[command(flatten)]
        place: Directory,
    },
}

/// The shortest time between two looks: each starts a program.
const LEAST: std::time::Duration = std::time::Duration::from_secs(1);

fn parse(text: &str) -> Result<Duration, String> {
    text.parse()
}

/// The status is 0 with a card and without: both are answers.
pub fn gpu(args: &Args) -> Result<()> {
    let timeout = args.timeout.0;
    match &args.command {
        Some(Command::Env) => out!("{}", place().report(timeout, false).variables()),
        Some(Command::Watch { every, log: level, place: Directory { directory } }) => {
            log::start(*level);
            anyhow::ensure!(every.0 >= LEAST, "`--every` is at least {} s", LEAST.as_secs());
            watch(&mut place(), every.0, timeout, directory)?;
        }
        None if args.json => {
            outln!("{}", serde_json::to_string(&place().report(timeout, true))?);
        }
        None => out!("{}", table(&place().report(timeout, true))),
    }
    Ok(())
}

/// This container.
fn place() -> Place {
    Place::new(environment::gpu_root(), environment::gpu(), environment::path())
}

/// For people.
pub fn table(report: &GpuReport) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let mut rows = vec![vec!["DEVICE".to_owned(), report.device.clone()]];
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    if let Some(reason) = &report.reason {
        row("WHY", format!("{} ({})", reason.text, reason.code));
        if let Some(hint) = &reason.hint {
            row("HELP", hint.clone());
        }
    }
    let newest = report.driver_cuda.as_ref().map(|cuda| format!(", takes CUDA up to {cuda}"));
    let driver = report.driver.map(|driver| driver.to_string() + &newest.unwrap_or_default());
    row("DRIVER", text(driver));
    let lowest = report.min_driver.map(|driver| format!(", needs driver {driver} or newer"));
    row(
        "IMAGE'S CUDA",
        text(report.image_cuda.clone().map(|cuda| cuda + &lowest.unwrap_or_default())),
    );
    if let Some(visible) = report.visible.as_ref().filter(|visible| !visible.is_empty()) {
        row("VISIBLE", visible.clone());
    }
    report.notes.iter().for_each(|note| row("NOTE", note.clone()));
    let mut lines = aligned(&rows);
    if report.cards.is_empty() {
        return lines;
    }
    let head = ["CARD", "NAME", "MEMORY", "USED", "UTILISATION", "TEMPERATURE", "STATE"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for card in &report.cards {
        rows.push(vec![
            card.index.to_string(),
            card.name.clone(),
            text(card.memory_mib.map(mib)),
            text(card.used_mib.map(mib)),
            text(card.utilisation_percent.map(|percent| format!("{percent} %"))),
            text(card.temperature_c.map(|degrees| format!("{degrees} °C"))),
            match &card.trouble {
                Some(trouble) => trouble.clone(),
                None if card.mig => format!("MIG, {} instances", card.instances.len()),
                None => "ok".to_owned(),
            },
        ]);
        rows.extend(card.instances.iter().map(|instance| {
            let name = format!("MIG {} {}", instance.profile, instance.uuid);
            let rest = std::iter::repeat_n("-".to_owned(), 5);
            [String::new(), name].into_iter().chain(rest).collect()
        }));
    }
    lines.push('\n');
    lines + &aligned(&rows)
}

fn mib(mib: u64) -> String {
    match mib {
        0..10_240 => format!("{mib} MiB"),
        _ => format!("{:.1} GiB", mib as f64 / 1024.0),
    }
}
