//! Writes the kept lines: the only one who waits for the disk.
//!
//! What cannot be written stays in the queue and is tried again, until that is full; what then finds no room is
//! counted, and told in a line once the disk takes some again. Another thread syncs once a second, so that a
//! slow sync holds nothing up.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::level::Level;
use super::queue::{Item, Lost, Queue};
use super::record::{Record, write_text};
use super::store::{RAW, Store, path};
use super::time;

const SYNC: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_millis(200);
/// How long an end waits for a disk that takes nothing.
const LAST_WAIT: Duration = Duration::from_secs(2);
/// Of the copy for `supervisorctl tail`, and as much again that is older.
const COPY: u64 = 4 << 20;

pub struct Settings {
    pub segment: u64,
    pub age: Duration,
    /// The file of each service's copy.
    pub copies: Vec<PathBuf>,
}

/// Runs until the queue is closed and written.
pub fn run(store: &Store, queue: &Queue, settings: &Settings) {
    let syncer = Arc::new(Syncer::default());
    let other = syncer.clone();
    let thread = thread::spawn(move || other.run());
    let mut writer = Writer {
        store,
        queue,
        settings,
        syncer: &syncer,
        current: None,
        copies: settings.copies.iter().map(|path| Copy::open(path)).collect(),
        lost: Lost::default(),
        failing: None,
    };
    writer.all();
    if let Some(current) = writer.current.take() {
        syncer.put(current.file);
    }
    syncer.close();
    thread.join().ok();
}

struct Writer<'a> {
    store: &'a Store,
    queue: &'a Queue,
    settings: &'a Settings,
    syncer: &'a Syncer,
    current: Option<Current>,
    copies: Vec<Option<Copy>>,
    lost: Lost,
    failing: Option<String>,
}

struct Current {
    number: u64,
    file: File,
    bytes: u64,
    since: Instant,
}

impl Writer<'_> {
    fn all(&mut self) {
        loop {
            let (item, ended) = self.queue.take(RETRY);
            self.queue.writing();
            match item {
                Some(Item::Lines(bytes, lines)) => {
                    self.until_written(&bytes, lines);
                    self.queue.done(bytes.len());
                }
                Some(Item::Raw(service, bytes)) => {
                    if let Some(Some(copy)) = self.copies.get_mut(service) {
                        copy.write(&bytes);
                    }
                    self.queue.done(bytes.len());
                }
                None if ended => {
                    self.report();
                    return;
                }
                None => {}
            }
            self.report();
            let old = self.current.as_ref().is_some_and(|current| {
                current.bytes >= self.settings.segment
                    || (current.bytes > 0 && current.since.elapsed() >= self.settings.age)
            });
            if old {
                self.close();
            }
            self.queue.written();
            if ended {
                return;
            }
        }
    }

    fn close(&mut self) {
        if let Some(current) = self.current.take() {
            self.syncer.put(current.file);
            self.store.close(current.number);
        }
    }

    fn until_written(&mut self, bytes: &[u8], lines: u64) {
        let mut closed_since = None;
        loop {
            match self.write(bytes) {
                Ok(()) => {
                    if self.failing.take().is_some() {
                        eprintln!("logs: the disk takes lines again");
                    }
                    return;
                }
                Err(error) => {
                    self.queue.refused();
                    let text = error.to_string();
                    if self.failing.as_ref() != Some(&text) {
                        eprintln!(
                            "logs: cannot write to `{}`: {text}",
                            self.store.directory.display()
                        );
                        self.failing = Some(text);
                    }
                }
            }
            if self.queue.is_closed() {
                let since = *closed_since.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_WAIT {
                    self.lost.lines += lines;
                    return;
                }
            }
            thread::sleep(RETRY);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.current.is_none() {
            self.begin()?;
        }
        let Some(current) = &mut self.current else { return Ok(()) };
        let length = bytes.len() as u64;
        if !self.store.grow(current.number, length) {
            return Err(io::Error::other("the budget is used up by what is not closed"));
        }
        if let Err(error) = current.file.write_all(bytes) {
            self.store.shrink(current.number, length);
            // No half line stays; where even that fails the next segment begins, and readers skip it.
            if current.file.set_len(current.bytes).is_err() {
                self.close();
            }
            return Err(error);
        }
        current.bytes += length;
        self.syncer.is_dirty(&current.file);
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        fs::create_dir_all(&self.store.directory)?;
        let number = self.store.begin();
        let file = path(&self.store.directory, number, RAW);
        let opened = File::options().create_new(true).append(true).open(file);
        let file = opened.inspect_err(|_| self.store.forget(number))?;
        // Its name is to be there after a sudden end too.
        self.syncer.put(File::open(&self.store.directory)?);
        self.current = Some(Current { number, file, bytes: 0, since: Instant::now() });
        Ok(())
    }

    /// Tells what was lost, once the disk takes lines.
    fn report(&mut self) {
        let lost = self.queue.lost();
        self.lost.lines += lost.lines;
        self.lost.bytes += lost.bytes;
        if self.lost.lines == 0 || self.failing.is_some() {
            return;
        }
        let Lost { lines, bytes } = self.lost;
        let line = own_line(
            Level::Warn,
            &format!("{lines} lines were lost: the disk took none, and the queue was full"),
            &format!("\"lost_lines\":{lines},\"lost_bytes\":{bytes}"),
        );
        if self.write(&line).is_ok() {
            self.lost = Lost::default();
        }
    }
}

/// A line of the collector itself.
pub fn own_line(level: Level, message: &str, fields: &str) -> Vec<u8> {
    let mut text = Vec::new();
    write_text(&mut text, message.as_bytes());
    let mut line = Vec::new();
    Record {
        time: time::now(),
        service: runtime_config::COLLECTOR,
        stream: "logs",
        level,
        message: &text,
        fields: fields.as_bytes(),
    }
    .write(&mut line);
    line
}

/// Syncs what is written, once a second.
#[derive(Default)]
struct Syncer {
    state: Mutex<SyncState>,
    changed: Condvar,
}

#[derive(Default)]
struct SyncState {
    current: Option<File>,
    /// Segments that were closed, directories that have a new name.
    others: Vec<File>,
    closed: bool,
}

impl Syncer {
    fn run(&self) {
        loop {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            while !state.closed && state.current.is_none() && state.others.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let files: Vec<File> = state
                .others
                .drain(..)
                .collect::<Vec<_>>()
                .into_iter()
                .chain(state.current.take())
                .collect();
            let closed = state.closed;
            drop(state);
            for file in files {
                file.sync_data().ok();
            }
            if closed {
                return;
            }
            thread::sleep(SYNC);
        }
    }

    fn is_dirty(&self, file: &File) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.current.is_none() {
            state.current = file.try_clone().ok();
            self.changed.notify_one();
        }
    }

    fn put(&self, file: File) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.others.push(file);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_one();
    }
}

/// What a program wrote, byte for byte, the last of it.
struct Copy {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Copy {
    fn open(path: &Path) -> Option<Self> {
        let file = File::options().create(true).append(true).open(path).ok()?;
        let bytes = file.metadata().map_or(0, |file| file.len());
        Some(Self { path: path.to_owned(), file, bytes })
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.bytes >= COPY {
            let older = self.path.with_extension("log.1");
            if fs::rename(&self.path, older).is_ok()
                && let Some(new) = Self::open(&self.path)
            {
                *self = new;
            }
        }
        if self.file.write_all(bytes).is_ok() {
            self.bytes += bytes.len() as u64;
        }
    }
}
