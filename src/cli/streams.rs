//! The program's two streams. What is printed is the result: where it cannot be written, the command
//! has failed. What is said to a person is not: a terminal that is gone stops nothing.
//!
//! The macros of std panic where a stream is closed; nothing here does.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

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
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)
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
        self.note(io::stdout().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.note(io::stdout().flush(), ())
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
