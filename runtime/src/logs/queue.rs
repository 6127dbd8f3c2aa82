//! Between who reads the programs and who writes the disk: bounded.
//!
//! Who puts something in waits for room while the disk takes lines, which is no longer than writing them takes. A
//! disk that refuses them is not waited for, and one that takes a single write for longer than `PATIENCE` no more:
//! what then finds no room is counted and gone.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that wait for the disk.
pub const MOST: usize = 768 << 10;
/// For one write. A machine that is busy with others may take as long to come to it at all.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks at how long a write takes.
const LOOK: Duration = Duration::from_millis(100);

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
    room: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    closed: bool,
    lost: Lost,
    /// When that began which the writer is at.
    writing: Option<Instant>,
    /// The disk refuses what it is given.
    refused: bool,
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
            // The copy goes first.
            Item::Raw(..) if state.bytes + length > MOST / 2 => return,
            Item::Raw(..) => {}
            Item::Lines(_, lines) => {
                while state.bytes > 0 && state.bytes + length > MOST {
                    let hangs = state.writing.is_some_and(|since| since.elapsed() > PATIENCE);
                    if state.refused || hangs {
                        state.lost.lines += lines;
                        state.lost.bytes += length as u64;
                        return;
                    }
                    state = self
                        .room
                        .wait_timeout(state, LOOK)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
            }
        }
        state.bytes += length;
        state.items.push_back(item);
        self.changed.notify_one();
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next item; nothing when none comes in time. The second: that none will ever come.
    pub fn take(&self, wait: Duration) -> (Option<Item>, bool) {
        let mut state = self.lock();
        if state.items.is_empty() && !state.closed {
            state =
                self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        let item = state.items.pop_front();
        (item, state.closed && state.items.is_empty())
    }

    /// That the writer begins something that may wait for the disk.
    pub fn writing(&self) {
        self.lock().writing = Some(Instant::now());
    }

    /// That it has done that.
    pub fn written(&self) {
        self.lock().writing = None;
        self.room.notify_all();
    }

    /// That the disk takes nothing.
    pub fn refused(&self) {
        self.lock().refused = true;
        self.room.notify_all();
    }

    /// That it is on the disk, and no longer in memory.
    pub fn done(&self, length: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(length);
        state.refused = false;
        self.room.notify_all();
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
