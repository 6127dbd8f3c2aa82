//! Between who reads the programs and who writes the disk: bounded, and nobody waits to put something in.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that wait for the disk.
pub const MOST: usize = 3 << 20;

pub enum Item {
    /// Whole kept lines, and how many.
    Lines(Vec<u8>, u64),
    /// What a program wrote, as it wrote it, for `supervisorctl tail` and the probes that look at logs.
    Raw(usize, Vec<u8>),
}

impl Item {
    fn len(&self) -> usize {
        match self {
            Self::Lines(bytes, _) | Self::Raw(_, bytes) => bytes.len(),
        }
    }
}

#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    closed: bool,
    lost: Lost,
}

/// What found no room, since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    pub lines: u64,
    pub bytes: u64,
}

impl Queue {
    pub fn put(&self, item: Item) {
        let mut state = self.lock();
        let length = item.len();
        match item {
            Item::Lines(_, lines) if state.bytes + length > MOST => {
                state.lost.lines += lines;
                state.lost.bytes += length as u64;
            }
            // The copy goes first.
            Item::Raw(..) if state.bytes + length > MOST / 2 => {}
            item => {
                state.bytes += length;
                state.items.push_back(item);
                self.changed.notify_one();
            }
        }
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next item; nothing when none comes in time. The second: that none will ever come.
    pub fn take(&self, wait: Duration) -> (Option<Item>, bool) {
        let mut state = self.lock();
        if state.items.is_empty() && !state.closed {
            state = self
                .changed
                .wait_timeout(state, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        let item = state.items.pop_front();
        (item, state.closed && state.items.is_empty())
    }

    /// That it is on the disk, and no longer in memory.
    pub fn done(&self, length: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(length);
    }

    pub fn lost(&self) -> Lost {
        std::mem::take(&mut self.lock().lost)
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
