//! The program's two streams. What is printed is the result: where it cannot be written, the command
//! has failed. What is said to a person is not: a terminal that is gone stops nothing.
//!
//! The macros of std panic where a stream is closed; nothing here does.
//!
//! Before `main`, std opens `/dev/null` in place of a standard stream that the program was started
//! without (`mad report >&-`), and all that is written there vanishes without an error. What it does
//! then is not to be told from a program that was given `/dev/null`, so it is looked at earlier.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the program was started without a standard output.
static NO_STDOUT: AtomicBool = AtomicBool::new(false);

extern "C" fn look_for_stdout() {
    let is_open = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_ok();
    NO_STDOUT.store(!is_open, Ordering::Relaxed);
}

// SAFETY: both of Linux' C libraries call what this section names before `main`, with arguments that a
// function without any may ignore; it makes one system call and stores a bool, and needs nothing of
// std's that is not there yet.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = look_for_stdout;

fn stdout_of_start() -> io::Result<io::Stdout> {
    if NO_STDOUT.load(Ordering::Relaxed) {
        return Err(rustix::io::Errno::BADF.into());
    }
    Ok(io::stdout())
}

/// Fails where there is no standard output, for what others print.
pub fn expect_stdout() -> io::Result<()> {
    stdout_of_start().map(drop)
}

/// Standard output, every failure of which is an error.
struct CheckedStdout;

impl Write for CheckedStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        stdout_of_start()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        stdout_of_start()?.flush()
    }
}

/// Standard output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
pub struct StdoutError(#[source] io::Error);

impl StdoutError {
    /// A reader that has seen enough: `mad render | head`.
    pub fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Prints a result to standard output.
pub fn print(text: &str) -> Result<(), StdoutError> {
    print_bytes(text.as_bytes())
}

/// Prints a result that need not be text.
pub fn print_bytes(bytes: &[u8]) -> Result<(), StdoutError> {
    let mut out = CheckedStdout;
    out.write_all(bytes).and_then(|()| out.flush()).map_err(StdoutError)
}

/// Says something to a person, on standard error, whatever comes of it.
pub fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Standard output for a writer that goes on where it fails; whoever opened it asks at the end.
#[derive(Debug, Clone, Default)]
pub struct Stdout {
    failed: Arc<Mutex<Option<io::Error>>>,
}

impl Stdout {
    /// The first failure, if there was one.
    pub fn check(&self) -> Result<(), StdoutError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.map_or(Ok(()), |error| Err(StdoutError(error)))
    }

    fn note<T>(&self, done: io::Result<T>, otherwise: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert(error);
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.note(CheckedStdout.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.note(CheckedStdout.flush(), ())
    }
}

/// Standard error for displays: nothing that is written to it fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(io::stderr().write(bytes).unwrap_or(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().flush();
        Ok(())
    }
}
