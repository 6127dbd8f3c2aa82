//! The collector: reads the programs' pipes, and hands their lines to who writes them.
//!
//! ```text
//!   program ──pipe──▶ stream (lines, JSON, traces) ──▶ queue ──▶ writer ──▶ segments ──▶ pack
//!                                                └──▶ the container's output
//! ```
//!
//! The pipes have names and stand open on both sides in the program itself, so that a collector that is killed
//! ends no program, and loses nothing that is still in a pipe.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use runtime_config::{Logs, Services};
use rustix::fs::{FileType, Mode, OFlags};
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

use super::forward::{self, Told};
use super::level::Level;
use super::pack;
use super::queue::{Item, Queue};
use super::store::Store;
use super::stream::Stream;
use super::time;
use super::writer::{self, own_line};

/// Between two looks at what waits for more, and at what is written.
const TICK: Duration = Duration::from_millis(50);
/// Nothing came for so long: nothing is looked at until something comes.
const IDLE: u32 = 40;
/// Until the directory is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Handed on at once.
const BATCH: usize = 64 << 10;
const READ: usize = 32 << 10;

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("`{path}`: {source}")]
    Path { path: PathBuf, source: io::Error },
    #[error("cannot start: {0}")]
    Start(io::Error),
}

/// The pipe of a program's stream.
pub fn pipe_path(run: &Path, service: &str, stream: &str) -> PathBuf {
    run.join("pipes").join(format!("{service}.{stream}"))
}

/// Makes the pipe where it is not there yet.
pub fn make_pipe(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match rustix::fs::mknodat(rustix::fs::CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Collects until SIGTERM. `run` is where the pipes and the copies are.
pub fn collect(logs: &Logs, services: &Services, run: &Path) -> Result<(), CollectError> {
    let of = |path: &Path| {
        let path = path.to_owned();
        move |source| CollectError::Path { path, source }
    };
    let mut names: Vec<&str> = services.keys().map(String::as_str).collect();
    names.push(runtime_config::services::LISTENER);
    let mut pipes = Vec::new();
    for (at, name) in names.iter().enumerate() {
        for stream in ["stdout", "stderr"] {
            let path = pipe_path(run, name, stream);
            make_pipe(&path).map_err(of(&path))?;
            pipes.push((at, Stream::new(name, stream), path));
        }
    }
    let queue = Arc::new(Queue::default());
    let settings = writer::Settings {
        segment: logs.segment.0 as u64,
        age: logs.age.0,
        copies: names.iter().map(|name| run.join(format!("{name}.log"))).collect(),
    };
    let writes = {
        let (logs, queue) = (logs.clone(), queue.clone());
        thread::spawn(move || write(&logs, &queue, &settings))
    };
    if let Some(to) = logs.forward.clone() {
        let (directory, queue) = (logs.directory.clone(), queue.clone());
        thread::spawn(move || {
            let address = to.fluent.clone();
            forward::run(&directory, &to, |told| {
                let (level, text) = match told {
                    Told::Unreachable(error) => {
                        (Level::Warn, format!("nothing is forwarded to {address}: {error}"))
                    }
                    Told::Reached => (Level::Info, format!("{address} takes lines again")),
                    Told::Missed(count) => (
                        Level::Warn,
                        format!("the budget took {count} segments that were not forwarded"),
                    ),
                };
                queue.put(Item::Lines(own_line(level, &text, ""), 1));
            })
        });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CollectError::Start)?;
    let out = (logs.stdout && !fills_a_file()).then(Passed::new);
    let ended = LocalSet::new().block_on(&runtime, read(pipes, queue.clone(), out));
    queue.close();
    writes.join().ok();
    ended
}

/// Writes and packs once the directory can be used; until then the programs run on, and what they write is lost
/// and counted, as on a disk that is full.
fn write(logs: &Logs, queue: &Arc<Queue>, settings: &writer::Settings) {
    // What lies there beside the segments.
    let budget = (logs.budget.0 as u64).saturating_sub(4096);
    let mut said = false;
    let store = loop {
        match Store::open(&logs.directory, budget) {
            Ok(store) => break Arc::new(store),
            Err(_) if queue.is_closed() => return,
            Err(error) => {
                queue.refused();
                if !std::mem::replace(&mut said, true) {
                    eprintln!("logs: nothing is kept: `{}`: {error}", logs.directory.display());
                }
                thread::sleep(RETRY);
            }
        }
    };
    let packs = (store.clone(), queue.clone());
    thread::spawn(move || {
        let (store, queue) = packs;
        pack::run(&store, |number, error| {
            let text = format!("segment {number} stays uncompressed: {error}");
            queue.put(Item::Lines(own_line(Level::Warn, &text, ""), 1));
        })
    });
    writer::run(&store, queue, settings);
}

struct Collector {
    streams: Vec<(usize, Stream)>,
    queue: Arc<Queue>,
    batch: Vec<u8>,
    lines: u64,
    read: Vec<u8>,
    out: Option<Passed>,
    idle: u32,
}

impl Collector {
    fn bytes(&mut self, stream: usize, length: usize) {
        self.idle = 0;
        let bytes = &self.read[..length];
        let (service, stream) = &mut self.streams[stream];
        self.lines += stream.read(bytes, time::now(), &mut self.batch);
        self.queue.put(Item::Raw(*service, bytes.to_vec()));
        if self.batch.len() >= BATCH {
            self.hand_on();
        }
    }

    fn tick(&mut self) {
        let now = time::now();
        for (_, stream) in &mut self.streams {
            self.lines += stream.tick(now, &mut self.batch);
        }
        self.hand_on();
        self.idle += 1;
    }

    fn hand_on(&mut self) {
        if let Some(out) = &mut self.out {
            out.pass(&self.batch, self.lines);
            if let Some(missed) = out.missed_for_long() {
                let text = format!(
                    "{missed} lines did not get to the container's output, which took none"
                );
                let line = own_line(Level::Warn, &text, &format!("\"missed_lines\":{missed}"));
                self.batch.extend_from_slice(&line);
                self.lines += 1;
            }
        }
        if !self.batch.is_empty() {
            let capacity = self.batch.len().min(BATCH);
            let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(capacity));
            self.queue.put(Item::Lines(batch, std::mem::take(&mut self.lines)));
        }
    }
}

async fn read(
    pipes: Vec<(usize, Stream, PathBuf)>,
    queue: Arc<Queue>,
    out: Option<Passed>,
) -> Result<(), CollectError> {
    let mut stop = signal(SignalKind::terminate()).map_err(CollectError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CollectError::Start)?;
    let mut receivers = Vec::new();
    let mut streams = Vec::new();
    for (service, stream, path) in pipes {
        // Open on both sides: a program that ends is no end of the pipe.
        let receiver = pipe::OpenOptions::new()
            .read_write(true)
            .open_receiver(&path)
            .map_err(|source| CollectError::Path { path, source })?;
        rustix::pipe::fcntl_setpipe_size(&receiver, 1 << 20).ok();
        receivers.push(Rc::new(receiver));
        streams.push((service, stream));
    }
    let collector = Rc::new(RefCell::new(Collector {
        streams,
        queue,
        batch: Vec::new(),
        lines: 0,
        read: vec![0; READ],
        out,
        idle: 0,
    }));
    let came = Rc::new(Notify::new());
    for (at, receiver) in receivers.iter().enumerate() {
        let (receiver, collector, came) = (receiver.clone(), collector.clone(), came.clone());
        spawn_local(async move {
            while receiver.readable().await.is_ok() {
                if take(&receiver, &collector, at) {
                    came.notify_one();
                }
                // The others have their turn.
                tokio::task::yield_now().await;
            }
        });
    }
    let ticks = async {
        loop {
            tokio::time::sleep(TICK).await;
            collector.borrow_mut().tick();
            if collector.borrow().idle > IDLE {
                came.notified().await;
            }
        }
    };
    tokio::select! {
        _ = stop.recv() => {}
        _ = interrupt.recv() => {}
        () = ticks => {}
    }
    // What the programs wrote until now.
    for (at, receiver) in receivers.iter().enumerate() {
        while take(receiver, &collector, at) {}
    }
    let mut collector = collector.borrow_mut();
    let collector = &mut *collector;
    for (_, stream) in &mut collector.streams {
        collector.lines += stream.end(time::now(), &mut collector.batch);
    }
    collector.hand_on();
    Ok(())
}

/// Reads once; false when nothing was there.
fn take(receiver: &pipe::Receiver, collector: &RefCell<Collector>, at: usize) -> bool {
    let mut collector = collector.borrow_mut();
    match receiver.try_read(&mut collector.read) {
        Ok(length) if length > 0 => {
            collector.bytes(at, length);
            true
        }
        _ => false,
    }
}

/// Whether supervisord writes what it gets into a file, which would have no limit: so it is beside a command.
fn fills_a_file() -> bool {
    let parent = rustix::process::getppid().map_or(0, |parent| parent.as_raw_nonzero().get());
    fs::metadata(format!("/proc/{parent}/fd/1")).is_ok_and(|file| file.is_file())
}

/// The container's output: lines pass when it takes them, and are left out when it does not.
struct Passed {
    /// The rest of a line that was begun.
    rest: Vec<u8>,
    missed: u64,
    since: std::time::Instant,
}

const TELL: Duration = Duration::from_secs(10);

impl Passed {
    fn new() -> Self {
        let stdout = io::stdout();
        let is_pipe = rustix::fs::fstat(&stdout)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
        if is_pipe && let Ok(flags) = rustix::fs::fcntl_getfl(&stdout) {
            rustix::fs::fcntl_setfl(&stdout, flags | OFlags::NONBLOCK).ok();
        }
        Self { rest: Vec::new(), missed: 0, since: std::time::Instant::now() }
    }

    fn pass(&mut self, batch: &[u8], lines: u64) {
        self.write_rest();
        if self.rest.is_empty() {
            self.rest.extend_from_slice(batch);
            self.write_rest();
        } else {
            self.missed += lines;
        }
    }

    fn write_rest(&mut self) {
        while !self.rest.is_empty() {
            match rustix::io::write(io::stdout().as_fd(), &self.rest) {
                Ok(length) => drop(self.rest.drain(..length)),
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return,
                // Nobody is there.
                Err(_) => self.rest.clear(),
            }
        }
    }

    fn missed_for_long(&mut self) -> Option<u64> {
        if self.missed == 0 || self.since.elapsed() < TELL {
            return None;
        }
        self.since = std::time::Instant::now();
        Some(std::mem::take(&mut self.missed))
    }
}
