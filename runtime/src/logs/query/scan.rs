//! Looks at every frame that may have lines of a query, on several threads, and gives them out in order.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::expression::Query;
use super::read::{Segment, for_each_piece, index};
use crate::logs::index::Frame;
use crate::logs::store::{RAW, path, segments};

/// Results that wait for an earlier one.
const WINDOW: usize = 16;

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    pub segments: usize,
    pub frames: usize,
    pub skipped_frames: usize,
    pub raw_bytes: u64,
    /// Segments that could not be read, or not to their end.
    pub unreadable: usize,
}

/// The segments at one moment: raw ones with their length then.
pub struct Snapshot(Vec<(u64, Option<u64>)>);

impl Snapshot {
    /// The last segment and how much of it there was.
    pub fn end(&self) -> (u64, u64) {
        match self.0.last() {
            Some((number, Some(length))) => (*number, *length),
            Some((number, None)) => (number + 1, 0),
            None => (0, 0),
        }
    }

    pub fn numbers(&self) -> impl Iterator<Item = (u64, Option<u64>)> + '_ {
        self.0.iter().copied()
    }
}

pub fn snapshot(directory: &Path) -> io::Result<Snapshot> {
    let all = segments(directory)?.into_iter().map(|(number, packed)| {
        let length = || path(directory, number, RAW).metadata().ok().map(|file| file.len());
        (number, if packed { None } else { length() })
    });
    Ok(Snapshot(all.collect()))
}

enum Task {
    Frame(u64, Frame),
    Raw(u64, u64),
}

/// Gives every line that holds to `each`, until it returns false.
pub fn scan(
    directory: &Path,
    snapshot: &Snapshot,
    query: &Query,
    threads: usize,
    mut each: impl FnMut(&[u8]) -> bool,
) -> io::Result<Scanned> {
    let mut scanned = Scanned::default();
    let mut tasks = Vec::new();
    for (number, raw) in &snapshot.0 {
        scanned.segments += 1;
        match raw {
            Some(length) => {
                scanned.raw_bytes += length;
                tasks.push(Task::Raw(*number, *length));
            }
            None => match index(directory, *number) {
                Ok(index) => {
                    for frame in index.frames {
                        scanned.raw_bytes += u64::from(frame.raw);
                        if query.may_be_in(&frame, &index.services) {
                            scanned.frames += 1;
                            tasks.push(Task::Frame(*number, frame));
                        } else {
                            scanned.skipped_frames += 1;
                        }
                    }
                }
                // The budget took it since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => scanned.unreadable += 1,
            },
        }
    }
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let unreadable = AtomicUsize::new(0);
    let order = Order::default();
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                let mut look = Look { directory, query, segment: None, filter: Filter::new(query) };
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(at) else { return };
                    let found = look.at(task);
                    if found.is_err() {
                        unreadable.fetch_add(1, Ordering::Relaxed);
                    }
                    order.put(at, found.unwrap_or_default(), &stop);
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
        }
        'all: for at in 0..tasks.len() {
            let found = order.take(at);
            for line in found.split_inclusive(|byte| *byte == b'\n') {
                if !each(line) {
                    stop.store(true, Ordering::Relaxed);
                    order.taken.notify_all();
                    break 'all;
                }
            }
        }
    });
    scanned.unreadable += unreadable.into_inner();
    Ok(scanned)
}

/// Results by their place.
#[derive(Default)]
struct Order {
    state: Mutex<(BTreeMap<usize, Vec<u8>>, usize)>,
    came: Condvar,
    taken: Condvar,
}

impl Order {
    fn put(&self, at: usize, found: Vec<u8>, stop: &AtomicBool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while at >= state.1 + WINDOW && !stop.load(Ordering::Relaxed) {
            let wait = std::time::Duration::from_millis(100);
            state = self.taken.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.0.insert(at, found);
        self.came.notify_one();
    }

    fn take(&self, at: usize) -> Vec<u8> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = state.0.remove(&at) {
                state.1 = at + 1;
                self.taken.notify_all();
                return found;
            }
            state = self.came.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Look<'a> {
    directory: &'a Path,
    query: &'a Query,
    segment: Option<(u64, Segment)>,
    filter: Filter,
}

impl Look<'_> {
    fn at(&mut self, task: &Task) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        match task {
            Task::Frame(number, frame) => {
                match &mut self.segment {
                    Some((open, _)) if open == number => {}
                    Some((open, segment)) => {
                        if let Err(error) = segment.reopen(self.directory, *number) {
                            return absent(error);
                        }
                        *open = *number;
                    }
                    none => match Segment::open(self.directory, *number) {
                        Ok(segment) => *none = Some((*number, segment)),
                        Err(error) => return absent(error),
                    },
                }
                if let Some((_, segment)) = &mut self.segment {
                    self.filter.lines(self.query, segment.frame(frame)?, &mut out);
                }
            }
            Task::Raw(number, length) => {
                let read = for_each_piece(self.directory, *number, (0, *length), |piece| {
                    self.filter.lines(self.query, piece, &mut out);
                    true
                });
                if let Err(error) = read {
                    return absent(error);
                }
            }
        }
        Ok(out)
    }
}

/// The budget took it since.
fn absent(error: io::Error) -> io::Result<Vec<u8>> {
    if error.kind() == io::ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
}

/// Finds the lines of a piece, by a text that all of them have where there is one.
pub struct Filter {
    needle: Option<memchr::memmem::Finder<'static>>,
}

impl Filter {
    pub fn new(query: &Query) -> Self {
        let finder = |needle: &[u8]| memchr::memmem::Finder::new(needle).into_owned();
        let needle = match (query.needle(), query.level_needle()) {
            (Some(text), _) => Some(finder(text)),
            (None, Some(level)) => Some(finder(&level)),
            (None, None) => None,
        };
        Self { needle }
    }

    pub fn lines(&self, query: &Query, piece: &[u8], out: &mut Vec<u8>) {
        let Some(needle) = &self.needle else {
            for line in piece.split_inclusive(|byte| *byte == b'\n') {
                if query.holds(line) {
                    out.extend_from_slice(line);
                }
            }
            return;
        };
        let mut at = 0;
        while let Some(found) = needle.find(&piece[at..]) {
            let found = at + found;
            let begin = memchr::memrchr(b'\n', &piece[at..found]).map_or(at, |end| at + end + 1);
            let end =
                memchr::memchr(b'\n', &piece[found..]).map_or(piece.len(), |end| found + end + 1);
            if query.holds(&piece[begin..end]) {
                out.extend_from_slice(&piece[begin..end]);
            }
            at = end;
        }
    }
}
