//! `mad-runtime mounts`.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};
use runtime_config::{Duration, RuntimeConfig};

use crate::mounts;

/// A required mount is wrong at the start: another status than that of a check that could not be made.
const REFUSED: u8 = 3;

#[derive(Subcommand)]
pub enum Mounts {
    /// Check that every mount is what the profile says; 0 when none is wrong, 1 otherwise
    Check {
        /// How long to wait for a file system
        #[arg(long, default_value = "2s", value_name = "TIME", value_parser = parse)]
        timeout: Duration,
        /// How to print what was found; JSON is mad.mounts/1
        #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
        format: Format,
        /// As at the start of the container: only what is mounted or required is told, and only what is
        /// required counts (3)
        #[arg(long)]
        start: bool,
    },
    /// Print what is seen of each mount
    #[command(hide = true)]
    Look,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Table,
    Json,
}

fn parse(text: &str) -> Result<Duration, String> {
    text.parse()
}

pub fn run(config: &RuntimeConfig, path: &Path, command: &Mounts) -> Result<ExitCode> {
    let Mounts::Check { timeout, format, start } = command else {
        mounts::look(&config.mounts)?;
        return Ok(ExitCode::SUCCESS);
    };
    let checked = mounts::check(&config.mounts, path, timeout.0)?;
    if *start {
        let told: Vec<_> =
            checked.iter().filter(|one| one.mount.required || one.is_mounted).collect();
        eprint!("{}", mounts::problems(&told));
        let fails = checked.iter().any(|one| one.mount.required && one.has_error());
        return Ok(if fails { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS });
    }
    let text = match format {
        Format::Table => mounts::table(&checked),
        Format::Json => mounts::json(&checked),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    let fails = checked.iter().any(mounts::Checked::has_error);
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
