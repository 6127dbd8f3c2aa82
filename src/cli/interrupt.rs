//! Ctrl-C, SIGTERM and SIGHUP: the first asks the work to stop, the second ends the program.
//!
//! Signals are waited for in a thread of their own, so that they are heard while the program computes
//! or reads a large file. A signal that the program was started to ignore stays ignored: `nohup`.

use crate::cli::error::{CommandError, Result};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{exit, streams};
use crate::ui::progress::SHOW_CURSOR;

/// What the next signal cancels. One thread listens, whatever number of commands a process runs.
static ASKED: Mutex<Option<CancellationToken>> = Mutex::new(None);

/// The last signal; 0 before one came.
static LAST: AtomicI32 = AtomicI32::new(0);

/// A token that the first signal cancels.
pub fn token() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    if asked.replace(token.clone()).is_none() {
        listen()?;
    }
    Ok(token)
}

fn listen() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        let ignored = ignored();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let heard =
            kinds.into_iter().filter(|kind| ignored & (1 << (kind.as_raw_value() - 1)) == 0);
        let listening = heard.map(|kind| Ok((kind.as_raw_value(), signal(kind)?)));
        listening.collect::<std::io::Result<Vec<(i32, Signal)>>>()?
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || {
        runtime.block_on(async {
            while !signals.is_empty() {
                let any = signals.iter_mut().map(|(_, signal)| Box::pin(signal.recv()));
                let (_, which, _) = futures_util::future::select_all(any).await;
                LAST.store(signals[which].0, Ordering::Relaxed);
                heard();
            }
        });
    })?;
    Ok(())
}

/// Whether the last signal came to this process alone, as SIGTERM does: a program that it started was not sent it.
/// Ctrl-C goes to all in front of the terminal.
pub fn came_to_us_alone() -> bool {
    LAST.load(Ordering::Relaxed) == SignalKind::terminate().as_raw_value()
}

fn heard() {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match asked {
        Some(token) if !token.is_cancelled() => token.cancel(),
        _ => {
            // Show the cursor: the display had no time to do so.
            if std::io::stderr().is_terminal() {
                streams::say(SHOW_CURSOR);
            }
            std::process::exit(exit::INTERRUPTED.into());
        }
    }
}

/// The signals that this process was started to ignore, a bit each, the first for signal 1; see
/// proc(5). Where the kernel does not tell, none.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Does `work` unless the token is cancelled first.
pub async fn or<T, E: Into<CommandError>>(
    token: &CancellationToken,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T> {
    tokio::select! {
        biased;
        () = token.cancelled() => Err(exit::Interrupted.into()),
        done = work => done.map_err(Into::into),
    }
}

/// What an engine that is lost after the first signal means: that the command was interrupted. The
/// connection may break because of the signal, or at the same moment.
pub fn prevails(error: CommandError) -> CommandError {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_asked = asked.as_ref().is_some_and(CancellationToken::is_cancelled);
    interrupted_or(error, is_asked)
}

fn interrupted_or(error: CommandError, is_asked: bool) -> CommandError {
    if is_asked && error.code() == exit::ENGINE { exit::Interrupted.into() } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::EngineError;

    fn lost() -> CommandError {
        EngineError::Connection { during: "opening".into(), why: "reset".to_owned() }.into()
    }

    #[test]
    fn an_engine_that_is_lost_after_the_interrupt_is_an_interrupt() {
        assert_eq!(interrupted_or(lost(), false).code(), exit::ENGINE);
        assert_eq!(interrupted_or(lost(), true).code(), exit::INTERRUPTED);
        let failed = || CommandError::from(exit::CheckFailed("no".to_owned()));
        assert_eq!(interrupted_or(failed(), true).code(), exit::FAILED);
    }

    #[tokio::test]
    async fn cancellation_wins_over_an_error_of_the_same_moment() {
        let token = CancellationToken::new();
        token.cancel();
        for _ in 0..50 {
            let done = or(&token, async { Err::<(), _>(lost()) }).await;
            assert_eq!(done.unwrap_err().code(), exit::INTERRUPTED);
        }
    }
}
