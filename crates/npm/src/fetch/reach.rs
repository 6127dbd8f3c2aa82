//! Whether it makes sense to ask at all: a network that went away is not asked for every version.

use std::sync::Mutex;

use crate::NpmError;

/// Failures to get any answer, in a row, over all threads.
#[derive(Default)]
pub(super) struct FailureStreak(Mutex<(usize, Option<NpmError>)>);

impl FailureStreak {
    /// Somebody answered.
    pub(super) fn answered(&self) {
        *self.lock() = (0, None);
    }

    /// One version is given up, because nobody answered.
    pub(super) fn failed(&self, error: &NpmError) {
        let mut state = self.lock();
        *state = (state.0 + 1, Some(error.clone()));
    }

    /// The last error, when as many versions in a row were given up.
    pub(super) fn lost(&self, in_a_row: usize) -> Option<NpmError> {
        let state = self.lock();
        state.1.clone().filter(|_| state.0 >= in_a_row)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (usize, Option<NpmError>)> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
