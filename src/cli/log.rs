//! `-v`, `-vv` and `MAD_LOG`: what mad does, on standard error.
//!
//! Events come from mad's own crates only, whatever `MAD_LOG` says: the libraries below log headers and
//! messages, and in those are credentials.

use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::environment;
use super::exit::UsageError;
use super::streams::Stderr;

/// Crates that know what must not be logged.
const OWN: [&str; 5] = ["mad", "dockerfile", "engine", "npm", "patch_engine"];

/// Whether anything is logged.
pub fn is_wanted(verbose: u8) -> bool {
    verbose > 0 || environment::set(VARIABLE).is_some()
}

/// Begins to log as `MAD_LOG` says, else as `verbose` does. The first call of a process counts.
pub fn begin(verbose: u8) -> Result<(), UsageError> {
    if !is_wanted(verbose) {
        return Ok(());
    }
    let level = if verbose > 1 { "debug" } else { "info" };
    let stated = environment::set(VARIABLE);
    let stated = stated.as_ref().map_or(level.into(), |text| text.to_string_lossy());
    let filter = EnvFilter::try_new(&stated).map_err(|error| UsageError {
        message: format!("found `{VARIABLE}={stated}`, expected levels as in `debug`: {error}"),
        hint: Some(format!("{VARIABLE}=info,engine=debug")),
    })?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_timer(uptime())
        .with_writer(|| Stderr)
        .with_filter(filter)
        .with_filter(filter_fn(|event| is_own(event.target())));
    // Fails where a process runs two commands, as tests do.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

const VARIABLE: &str = "MAD_LOG";

fn is_own(target: &str) -> bool {
    OWN.contains(&target.split("::").next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crates_of_mad_are_logged() {
        for own in ["mad", "mad::build::decide", "engine::transport", "npm::http"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["h2::codec", "hyper", "bollard::docker", "madness", "engine_of_others::x", ""]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}
