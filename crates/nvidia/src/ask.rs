//! Runs `nvidia-smi` with a deadline: a driver that hangs, hangs nobody.
//!
//! A process that waits inside the kernel cannot be ended. It is then left, and nothing more is asked while
//! it is there, so that no more of them gather.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::card::{COLUMNS, cuda_of};
use super::{Card, Complaint, CudaVersion, Driver};

/// As much of an answer as is read.
const MOST_BYTES: usize = 1 << 20;
/// Between two looks whether a process has ended.
const PAUSE: Duration = Duration::from_millis(5);
/// For a process that was killed to go.
const GRACE: Duration = Duration::from_millis(200);

/// What it answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// There is no such program.
    Missing,
    /// No answer within the deadline.
    Hung {
        /// The deadline.
        after: Duration,
    },
    /// It said something else than a list.
    Failed {
        /// What is known about that.
        complaint: Option<Complaint>,
        /// Its status, where it ended by itself.
        status: Option<i32>,
        /// Its first line.
        said: String,
    },
    /// The cards.
    Cards {
        /// Each that it sees.
        cards: Vec<Card>,
        /// By their own account.
        driver: Option<Driver>,
        /// The newest that the driver takes; `None` where that was not asked, or it does not tell.
        cuda: Option<CudaVersion>,
    },
}

/// The program, and what has been left of it.
#[derive(Debug)]
pub struct Smi {
    program: PathBuf,
    stuck: Option<Child>,
}

impl Smi {
    /// `nvidia-smi` of one of these folders, or of where toolkits put it.
    pub fn find(folders: impl IntoIterator<Item = PathBuf>) -> Option<Self> {
        let usual = ["/usr/bin", "/usr/local/nvidia/bin", "/usr/lib/wsl/lib"].map(PathBuf::from);
        let folders = folders.into_iter().chain(usual);
        let program =
            folders.map(|folder| folder.join("nvidia-smi")).find(|path| path.is_file())?;
        Some(Self { program, stuck: None })
    }

    /// This program.
    pub fn at(program: &Path) -> Self {
        Self { program: program.to_owned(), stuck: None }
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The cards, their instances and, with `cuda`, the newest CUDA: all within `deadline`.
    pub fn cards(&mut self, deadline: Duration, cuda: bool) -> Answer {
        let end = Instant::now() + deadline;
        let query = format!("--query-gpu={COLUMNS}");
        let text = match self.run(&[&query, "--format=csv,noheader,nounits"], end, deadline) {
            Ok(text) => text,
            Err(answer) => return answer,
        };
        let Some((mut cards, driver)) = Card::all(&text) else {
            return failed(Some(0), &text);
        };
        if cards.iter().any(|card| card.mig) {
            match self.run(&["-L"], end, deadline) {
                Ok(listing) => Card::add_instances(&mut cards, &listing),
                Err(answer) => return answer,
            }
        }
        // Nothing depends on it: an answer that does not come takes nothing away.
        let version = cuda.then(|| self.run(&["--version"], end, deadline).ok()).flatten();
        Answer::Cards { cards, driver, cuda: version.as_deref().and_then(cuda_of) }
    }

    /// Its standard output, where it ends with 0.
    fn run(
        &mut self,
        arguments: &[&str],
        end: Instant,
        deadline: Duration,
    ) -> Result<String, Answer> {
        let hung = Answer::Hung { after: deadline };
        if let Some(child) = &mut self.stuck {
            if matches!(child.try_wait(), Ok(None)) {
                return Err(hung);
            }
            self.stuck = None;
        }
        let spawned = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Answer::Missing),
            Err(error) => return Err(failed(None, &error.to_string())),
        };
        let (said, status) = follow(&mut child, end);
        let Some(status) = status else {
            self.stuck = kill(child);
            return Err(hung);
        };
        if status.success() {
            return Ok(said.out);
        }
        Err(failed(status.code(), &format!("{}\n{}", said.out, said.err)))
    }
}

fn failed(status: Option<i32>, said: &str) -> Answer {
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let first: String = first.chars().filter(|c| !c.is_control()).take(200).collect();
    Answer::Failed { complaint: Complaint::of(said), status, said: first }
}

struct Said {
    out: String,
    err: String,
}

/// What it says until `end`, and its status; `None` where it has not ended by then. Whatever keeps its
/// outputs open after it is not waited for.
fn follow(child: &mut Child, end: Instant) -> (Said, Option<std::process::ExitStatus>) {
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (mut out_bytes, mut err_bytes) = (Vec::new(), Vec::new());
    let mut status = None;
    while Instant::now() < end && (out.is_some() || err.is_some()) {
        // What it had said before it ended is in the pipes by now: one more look is enough.
        let has_ended = status.is_some();
        let took_out = take(&mut out, &mut out_bytes);
        let took_err = take(&mut err, &mut err_bytes);
        if has_ended && !took_out && !took_err {
            break;
        }
        status = status.or_else(|| child.try_wait().ok().flatten());
    }
    while status.is_none() && Instant::now() < end {
        status = child.try_wait().ok().flatten();
        thread::sleep(PAUSE);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (Said { out: text(out_bytes), err: text(err_bytes) }, status)
}

/// Reads what is there, waiting a moment for it; whether there was something. At its end the pipe is let go.
fn take(pipe: &mut Option<impl Read + AsFd>, bytes: &mut Vec<u8>) -> bool {
    let Some(open) = pipe else { return false };
    let wait = Timespec { tv_sec: 0, tv_nsec: PAUSE.subsec_nanos().into() };
    let mut fds = [PollFd::new(open, PollFlags::IN)];
    if !matches!(poll(&mut fds, Some(&wait)), Ok(1..)) {
        return false;
    }
    let mut buffer = [0; 8192];
    match open.read(&mut buffer) {
        Ok(count @ 1..) => {
            let room = MOST_BYTES.saturating_sub(bytes.len());
            bytes.extend_from_slice(&buffer[..count.min(room)]);
            true
        }
        _ => {
            *pipe = None;
            false
        }
    }
}

/// Ends it with its process group; it comes back where it does not go.
fn kill(mut child: Child) -> Option<Child> {
    if let Some(group) = Pid::from_raw(child.id() as i32) {
        kill_process_group(group, Signal::KILL).ok();
    }
    let end = Instant::now() + GRACE;
    while Instant::now() < end {
        if !matches!(child.try_wait(), Ok(None)) {
            return None;
        }
        thread::sleep(PAUSE);
    }
    Some(child)
}
