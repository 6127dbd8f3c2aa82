//! `mad-runtime logs exec`: becomes a program whose output goes to the collector.
//!
//! No process stands between: signals, status and process id are the program's own. Its output is a pipe with a
//! name that the program itself holds open on both sides. So a collector that is killed is no end of the pipe:
//! the program gets no SIGPIPE, and waits only once the pipe is full.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::collect::{make_pipe, pipe_path};

/// What a pipe holds, where the kernel lets this user have as much.
const PIPE: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    #[error("the pipe of `{service}`: {source}")]
    Pipe { service: String, source: io::Error },
    #[error("cannot start `{program}`: {source}")]
    Program { program: String, source: io::Error },
}

/// Without `stdout` only standard error is collected.
pub fn exec(
    run: &Path,
    service: &str,
    stdout: bool,
    command: &[OsString],
) -> Result<Infallible, ExecError> {
    let failed = |source| ExecError::Pipe { service: service.to_owned(), source };
    let open = |stream| -> io::Result<File> {
        let path = pipe_path(run, service, stream);
        make_pipe(&path)?;
        let file = File::options().read(true).write(true).open(path)?;
        rustix::pipe::fcntl_setpipe_size(&file, PIPE).ok();
        Ok(file)
    };
    if stdout {
        let out = open("stdout").map_err(failed)?;
        rustix::stdio::dup2_stdout(&out).map_err(|error| failed(error.into()))?;
    }
    let out = open("stderr").map_err(failed)?;
    rustix::stdio::dup2_stderr(&out).map_err(|error| failed(error.into()))?;
    let source = Command::new(&command[0]).args(&command[1..]).exec();
    let program = command[0].to_string_lossy().into_owned();
    Err(ExecError::Program { program, source })
}
