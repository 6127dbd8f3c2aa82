//! The command line: what was typed, and what is printed.

/// Prints to standard output. A reader that has gone, as `| head` does, is no error: the program ends.
macro_rules! out {
    ($($argument:tt)*) => { $crate::cli::print(format_args!($($argument)*)) };
}

/// [`out!`] with the end of a line.
macro_rules! outln {
    ($($argument:tt)*) => { out!("{}\n", format_args!($($argument)*)) };
}

mod ask;
mod environment;
mod gpu;
mod http;
mod incidents;
mod logs;
mod metrics;
mod mounts;
mod programs;
mod ready;
mod status;
mod table;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use runtime_config::services::supervisord_conf;
use runtime_config::{Mcp, RuntimeConfig};
use tracing::level_filters::LevelFilter;

use crate::{gateway, keeper, log, programs as services, user, watch};

/// What [`out!`] does.
fn print(text: std::fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        let is_left = error.kind() == io::ErrorKind::BrokenPipe;
        if !is_left {
            eprintln!("error: standard output: {error}");
        }
        std::process::exit(i32::from(!is_left));
    }
}

/// The program inside the image
#[derive(Parser)]
#[command(name = "mad-runtime", version)]
struct Args {
    /// The configuration
    #[arg(long, global = true, default_value = runtime_config::PATH, value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the MCP gateway until SIGTERM; SIGHUP replaces its servers
    Gateway {
        /// What is logged: error, warn, info, debug or trace
        #[arg(long, default_value = "info", value_name = "LEVEL")]
        log: LevelFilter,
    },
    /// Check the configuration
    Check,
    /// Show the programs, and the servers and clients of the running gateway
    Status(status::Args),
    /// Start the programs of `services`; with COMMAND, beside it, and end them with it
    Run {
        /// supervisord's configuration
        #[arg(long, default_value = "/etc/supervisor/supervisord.conf", value_name = "FILE")]
        supervisord: PathBuf,
        #[command(flatten)]
        place: Place,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    /// Watch the programs of `services`, as supervisord's event listener
    Watch {
        /// What is logged: error, warn, info, debug or trace
        #[arg(long, default_value = "info", value_name = "LEVEL")]
        log: LevelFilter,
        #[command(flatten)]
        place: Place,
    },
    /// Print the supervisord.conf of `services`
    Supervisord(Place),
    /// Wait until every program is ready; 0 when they are, 1 when not in time
    Ready(ready::Args),
    /// Show the GPUs, or why programs run on the CPU
    Gpu(gpu::Args),
    /// The mounts of the container
    #[command(subcommand)]
    Mounts(mounts::Mounts),
    /// Ask an MCP server through the running gateway
    #[command(subcommand)]
    Mcp(ask::Ask),
    /// Collect and search what the programs write
    #[command(subcommand)]
    Logs(logs::Logs),
    /// Run COMMAND, and end it with all that it started when PARENT ends
    #[command(hide = true)]
    Keep {
        parent: u32,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Become COMMAND, as USER where this is root
    #[command(hide = true)]
    As {
        user: String,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Become COMMAND, which ends with KEEPER
    #[command(hide = true)]
    Start {
        keeper: u32,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

/// Where the container keeps what runs.
#[derive(clap::Args)]
pub struct Place {
    /// The sockets, the logs and the ledger of the programs
    #[arg(long, default_value = runtime_config::services::RUN_DIRECTORY, value_name = "DIR")]
    directory: PathBuf,
}

/// Runs the command line; the status is 0, 1 for what failed, 2 for wrong arguments.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            error.print().ok();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match &args.command {
        Command::Keep { parent, command } => return keeper::keep(*parent, command),
        Command::Start { keeper, command } => return keeper::become_command(*keeper, command),
        Command::Logs(logs::Logs::Exec { service, stderr_only, place, command }) => {
            return logs::exec(&place.directory, service, *stderr_only, command);
        }
        Command::As { user, command } => return user::become_user(user, command),
        _ => {}
    }
    match perform(args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(args: Args) -> Result<ExitCode> {
    // It needs no configuration, and runs at every start.
    if let Command::Gpu(args) = &args.command {
        return gpu::gpu(args).map(|()| ExitCode::SUCCESS);
    }
    let config = load(&args.config)?;
    match args.command {
        Command::Gateway { log: level } => {
            log::start(level);
            let mcp = config.mcp.context("the configuration has no `mcp`")?;
            gateway::serve(mcp, |addresses| {
                let mut out = io::stdout().lock();
                for address in addresses {
                    writeln!(out, "listening on {address}").ok();
                }
                out.flush().ok();
            })?;
        }
        Command::Check => outln!("{}: ok", args.config.display()),
        Command::Status(args) => status::status(&config, &args)?,
        Command::Watch { log: level, place } => {
            log::start(level);
            anyhow::ensure!(!config.services.is_empty(), "the configuration has no `services`");
            watch::watch(config.services, &place.directory)?;
        }
        Command::Run { supervisord, place, command } if command.is_empty() => {
            return Ok(services::alone(&supervisord, &place.directory)?);
        }
        Command::Run { supervisord, place, command } => {
            return Ok(services::beside(&supervisord, &place.directory, &command)?);
        }
        Command::Supervisord(place) => out!("{}", supervisord(&args.config, &config, &place)?),
        Command::Ready(args) => return ready::ready(&config, &args),
        Command::Mounts(command) => return mounts::run(&config, &args.config, &command),
        Command::Logs(command) => return logs::run(&config, command),
        Command::Mcp(ask) => return ask::ask(&mcp(config)?, ask),
        Command::Gpu(_) | Command::Keep { .. } | Command::Start { .. } | Command::As { .. } => {
            unreachable!("handled before the configuration is read")
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// With this program and this configuration in it, wherever they are.
fn supervisord(path: &Path, config: &RuntimeConfig, place: &Place) -> Result<String> {
    anyhow::ensure!(!config.services.is_empty(), "the configuration has no `services`");
    let text =
        |path: PathBuf| path.into_os_string().into_string().ok().context("a path is no text");
    let program = text(std::env::current_exe()?)?;
    let path = text(path.canonicalize()?)?;
    let directory = text(
        place
            .directory
            .canonicalize()
            .with_context(|| format!("the directory `{}`", place.directory.display()))?,
    )?;
    let mut words = vec![&*program];
    if path != runtime_config::PATH {
        words.extend(["--config", &path]);
    }
    Ok(supervisord_conf(&config.services, config.logs.is_some(), &directory, &words))
}

fn mcp(config: RuntimeConfig) -> Result<Mcp> {
    config.mcp.context("the configuration has no `mcp`")
}

fn load(path: &Path) -> Result<RuntimeConfig> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    RuntimeConfig::parse(&text).with_context(|| format!("`{}`", path.display()))
}
