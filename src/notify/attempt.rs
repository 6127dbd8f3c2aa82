//! Attempts to tell somebody: how many, how far apart, and why nobody was told.

use std::time::Duration;

/// How often it is tried, and how long is waited before the second time; twice as long before the next.
#[derive(Debug, Clone, Copy)]
pub struct Attempts {
    /// In all.
    pub count: u32,
    /// Before the second.
    pub pause: Duration,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { count: 3, pause: Duration::from_millis(500) }
    }
}

/// Why nobody was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{to}: {why}")]
pub struct NotTold {
    /// Whom: the program, or the host.
    pub to: String,
    /// What went wrong, the last time.
    pub why: String,
}

/// What came of one attempt that failed.
pub(super) enum Failure {
    /// It may work another time.
    Passing(String),
    /// It will not.
    Lasting(String),
}

/// Tries, with a pause that doubles.
pub(super) fn attempt(
    attempts: Attempts,
    to: &str,
    mut once: impl FnMut() -> Result<(), Failure>,
) -> Result<(), NotTold> {
    let mut pause = attempts.pause;
    let mut left = attempts.count.max(1);
    loop {
        left -= 1;
        let why = match once() {
            Ok(()) => return Ok(()),
            Err(Failure::Passing(why)) if left > 0 => why,
            Err(Failure::Passing(why) | Failure::Lasting(why)) => {
                return Err(NotTold { to: to.to_owned(), why });
            }
        };
        tracing::info!(to, why, "not told, trying again");
        std::thread::sleep(pause);
        pause *= 2;
    }
}
