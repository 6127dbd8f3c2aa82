//! `mad-runtime gpu`: the cards, or why programs run on the CPU.

use anyhow::Result;
use clap::Subcommand;
use runtime_config::Duration;

use super::environment;
use super::table::aligned;
use crate::gpu::{GpuReport, Place};

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
}

fn parse(text: &str) -> Result<Duration, String> {
    text.parse()
}

/// The status is 0 with a card and without: both are answers.
pub fn gpu(args: &Args) -> Result<()> {
    match args.command {
        Some(Command::Env) => print!("{}", look(args.timeout, false).variables()),
        None if args.json => println!("{}", serde_json::to_string(&look(args.timeout, true))?),
        None => print!("{}", table(&look(args.timeout, true))),
    }
    Ok(())
}

/// This container's cards, now.
pub fn look(timeout: Duration, cuda: bool) -> GpuReport {
    let environment = environment::gpu();
    let (image_cuda, min_driver) = (environment.cuda.clone(), environment.min_driver);
    let mut place = Place::new(environment::gpu_root(), environment, environment::path());
    GpuReport::new(place.look(timeout.0, cuda), image_cuda, min_driver)
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
