//! Ctrl-C and SIGTERM: the first asks the work to stop, the second ends the program.

use std::io::IsTerminal;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::exit;
use crate::ui::progress::SHOW_CURSOR;

/// A token that the first signal cancels.
pub fn token() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let asked = token.clone();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if asked.is_cancelled() {
                // Show the cursor: the display had no time to do so.
                if std::io::stderr().is_terminal() {
                    eprint!("{SHOW_CURSOR}");
                }
                std::process::exit(exit::INTERRUPTED.into());
            }
            asked.cancel();
        }
    });
    Ok(token)
}

/// Does `work` unless the token is cancelled first.
pub async fn or<T, E: Into<anyhow::Error>>(
    token: &CancellationToken,
    work: impl Future<Output = Result<T, E>>,
) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done.map_err(Into::into),
        () = token.cancelled() => Err(exit::Interrupted.into()),
    }
}
