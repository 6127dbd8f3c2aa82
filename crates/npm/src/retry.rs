//! Trying again, where that can help.

use std::time::Duration;

use super::{Cancel, NpmError};

/// What one attempt came to.
pub(super) enum Attempt {
    /// It will not get better.
    Over(NpmError),
    /// It may; the server may have said when.
    Again(NpmError, Option<Duration>),
}

impl<E: Into<NpmError>> From<E> for Attempt {
    fn from(error: E) -> Self {
        Self::Over(error.into())
    }
}

/// The pauses between attempts.
#[derive(Debug, Clone)]
pub(super) struct Retry(pub(super) Vec<Duration>);

/// The longest that a server may have us wait.
const LONGEST: Duration = Duration::from_secs(20);

impl Default for Retry {
    fn default() -> Self {
        Self(vec![Duration::from_millis(500), Duration::from_secs(2)])
    }
}

impl Retry {
    /// Calls `work` with the number of the attempt, from 1, until it is done or over.
    pub(super) fn run<T>(
        &self,
        cancel: &Cancel,
        mut work: impl FnMut(u32) -> Result<T, Attempt>,
    ) -> Result<T, NpmError> {
        let mut attempt = 1;
        let mut pauses = self.0.iter();
        loop {
            match (work(attempt), pauses.next()) {
                (Ok(value), _) => return Ok(value),
                (Err(Attempt::Over(error) | Attempt::Again(error, _)), None)
                | (Err(Attempt::Over(error)), _) => return Err(error),
                (Err(Attempt::Again(_, after)), Some(pause)) => {
                    if !cancel.sleep(after.unwrap_or(*pause).min(LONGEST)) {
                        return Err(NpmError::Cancelled);
                    }
                    attempt += 1;
                }
            }
        }
    }
}
