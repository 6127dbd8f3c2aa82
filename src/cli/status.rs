//! `mad status`.

use std::io::IsTerminal;
use std::time::Duration;

use super::exit::UsageError;
use super::format::Format;
use super::globals::Globals;
use super::{engine, interrupt, runtime};
use crate::cli::error::Result;
use crate::project::yaml::suggest;
use crate::report::status as report;
use crate::status::{STATUS_SCHEMA, Status, gather, gather_one};
use engine::{Builder, DockerEngine};
use tokio_util::sync::CancellationToken;

/// Show the running containers of mad's images: programs, incidents, gateway, GPUs, mounts
///
/// Asks the engine, and `mad-runtime` in each container. The exit code says whether that could be shown, not
/// how the containers are: for that there is `mad-runtime ready`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One container, by name or id, whoever built its image; one that has stopped, too
    #[arg(value_name = "CONTAINER")]
    container: Option<String>,
    /// Those that have stopped, too
    #[arg(long, conflicts_with = "container")]
    all: bool,
    /// Show it again and again, until Ctrl-C
    #[arg(short, long)]
    watch: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 2, requires = "watch", value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Output format; JSON is mad.status/1, one line for each look; `mad schema status` prints its
    /// schema
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    format: Format,
}

/// The whole screen anew, from its first line: what is longer than before covers it, the rest is cleared.
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_BELOW: &str = "\x1b[J";
/// The other screen, which is given back at the end as it was.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    runtime()?.block_on(async {
        let cancel = interrupt::token()?;
        let engine = engine(&cancel).await?;
        if !args.watch {
            return super::print(&look(globals, args, &engine, &cancel).await?);
        }
        let is_screen = args.format == Format::Terminal && std::io::stdout().is_terminal();
        if is_screen {
            super::print(ENTER)?;
        }
        let watched = watch(globals, args, &engine, &cancel, is_screen).await;
        if is_screen {
            super::print(LEAVE)?;
        }
        watched
    })
}

/// Until somebody ends it, which is its only end.
async fn watch(
    globals: &Globals,
    args: &Args,
    engine: &DockerEngine,
    cancel: &CancellationToken,
    is_screen: bool,
) -> Result<()> {
    loop {
        let text = tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            text = look(globals, args, engine, cancel) => text?,
        };
        let height = usize::from((globals.terminal().size)().height);
        super::print(&if is_screen { screen(&text, height) } else { text })?;
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(args.every)) => {}
        }
    }
}

/// As many lines as fit; one more would scroll the first away.
fn screen(text: &str, height: usize) -> String {
    let lines: Vec<&str> = text.lines().take(height.saturating_sub(1).max(1)).collect();
    let lines: String = lines.iter().map(|line| format!("{line}{CLEAR_LINE}\r\n")).collect();
    format!("{HOME}{lines}{CLEAR_BELOW}")
}

async fn look(
    globals: &Globals,
    args: &Args,
    engine: &DockerEngine,
    cancel: &CancellationToken,
) -> Result<String> {
    let now = jiff::Timestamp::now();
    let containers = match &args.container {
        None => interrupt::or(cancel, gather(engine, args.all, now.as_second())).await?,
        Some(name) => match interrupt::or(cancel, engine.container(name)).await? {
            Some(facts) => vec![gather_one(engine, &facts, now.as_second()).await],
            None => return Err(unknown(name, &engine.container_names().await?).into()),
        },
    };
    let status = Status { schema: STATUS_SCHEMA, engine: engine.describe(), containers };
    if args.format == Format::Json {
        return Ok(report::json(&status));
    }
    if status.containers.is_empty() {
        let what = if args.all { "exists" } else { "runs" };
        return Ok(format!("no container of an image of mad's {what} on {}\n", status.engine));
    }
    let now_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Ok(report::terminal(&status, globals.look(), now_ms))
}

fn unknown(name: &str, known: &[String]) -> UsageError {
    let meant = suggest(name, known.iter().map(String::as_str));
    UsageError {
        message: format!("there is no container `{name}`"),
        hint: Some(match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`mad status --all` lists those of mad's images".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_has_no_more_lines_than_the_terminal() {
        let text = screen("a\nb\nc\nd\n", 3);
        assert_eq!(text, "\x1b[Ha\x1b[K\r\nb\x1b[K\r\n\x1b[J");
    }

    #[test]
    fn a_slip_of_the_finger_is_told_the_nearest_name() {
        let known = ["app-workspace-1".to_owned(), "db".to_owned()];
        assert_eq!(
            unknown("app-workspce-1", &known).hint.unwrap(),
            "did you mean `app-workspace-1`?"
        );
        assert!(unknown("zzz", &known).hint.unwrap().contains("--all"));
    }
}
