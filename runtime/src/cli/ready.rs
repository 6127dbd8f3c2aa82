//! `mad-runtime ready`: the image's health check, and the wait of scripts.

use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use anyhow::Result;
use runtime_config::{Duration, RuntimeConfig};

use super::Place;
use super::http::http;
use crate::watch::ask_watch;

/// Between two questions.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

#[derive(clap::Args)]
pub struct Args {
    /// How long to wait
    #[arg(long, default_value = "5s", value_name = "TIME", value_parser = parse)]
    timeout: Duration,
    #[command(flatten)]
    place: Place,
}

fn parse(text: &str) -> Result<Duration, String> {
    text.parse()
}

pub fn ready(config: &RuntimeConfig, args: &Args) -> Result<ExitCode> {
    let begin = Instant::now();
    loop {
        let problems = problems(config, &args.place.directory);
        if problems.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        if begin.elapsed() + PAUSE > args.timeout.0 {
            for problem in problems {
                eprintln!("not ready: {problem}");
            }
            return Ok(ExitCode::FAILURE);
        }
        thread::sleep(PAUSE);
    }
}

/// What is not ready; a program that an operator stopped is not waited for. Without programs it is the gateway
/// that is asked; without that there is nothing to wait for.
fn problems(config: &RuntimeConfig, directory: &Path) -> Vec<String> {
    if !config.services.is_empty() {
        return match ask_watch(directory) {
            Err(error) => {
                vec![format!("no watch at `{}/watch.sock`: {error}", directory.display())]
            }
            Ok(report) => report
                .unready()
                .into_iter()
                .map(|service| {
                    let gap = if service.problem.is_empty() { "" } else { ": " };
                    format!("{} is {}{gap}{}", service.name, service.phase.name(), service.problem)
                })
                .collect(),
        };
    }
    let Some(mcp) = &config.mcp else { return Vec::new() };
    match http(mcp, "GET", "/ready", &[], "") {
        Ok(answer) if answer.status == 200 => Vec::new(),
        Ok(answer) => {
            vec![format!("the gateway answered {}: {}", answer.status, answer.body.trim())]
        }
        Err(error) => vec![format!("{error:#}")],
    }
}
