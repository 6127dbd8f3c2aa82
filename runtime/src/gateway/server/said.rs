//! What a server says on its standard error, which belongs into the log, a line at a time.
//!
//! Some servers say a line for every call. So nobody wakes up for each: after the first the pipe is looked at every
//! `PAUSE` until nothing comes any more, and what has come by then is written at once. Only what fills the pipe is
//! read without a pause.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::io::Errno;
use tokio::net::unix::pipe::Receiver;
use tokio::process::ChildStderr;
use tracing::info;

use crate::log;
use crate::logs::lines::{Line, Lines};

const PAUSE: Duration = Duration::from_millis(25);
const READ: usize = 16 << 10;
const LONGEST: usize = 8 << 10;

pub async fn log_stderr(server: String, stream: ChildStderr) {
    let mut said = Said { server, lines: Lines::new(LONGEST) };
    // The end of what is said is told by the pipe itself; an error leaves nothing to read.
    if let Ok(pipe) = stream.into_owned_fd() {
        said.all(pipe).await.ok();
    }
    log::together(|| said.lines.end(|line| tell(&said.server, &line)));
}

struct Said {
    server: String,
    lines: Lines,
}

impl Said {
    /// Until its end.
    async fn all(&mut self, mut pipe: OwnedFd) -> io::Result<()> {
        loop {
            let receiver = Receiver::from_owned_fd(pipe)?;
            receiver.readable().await?;
            // Out of tokio's hands, so that what comes wakes nobody.
            pipe = receiver.into_nonblocking_fd()?;
            loop {
                match self.some(&pipe)? {
                    Read::Ended => return Ok(()),
                    Read::Nothing => break,
                    Read::Full => tokio::task::yield_now().await,
                    Read::Some => tokio::time::sleep(PAUSE).await,
                }
            }
        }
    }

    fn some(&mut self, pipe: &impl AsFd) -> io::Result<Read> {
        let mut bytes = [0; READ];
        let length = match rustix::io::read(pipe, &mut bytes) {
            Ok(0) => return Ok(Read::Ended),
            Ok(length) => length,
            Err(Errno::AGAIN) => return Ok(Read::Nothing),
            Err(Errno::INTR) => 0,
            Err(error) => return Err(error.into()),
        };
        log::together(|| self.lines.read(&bytes[..length], |line| tell(&self.server, &line)));
        Ok(if length == READ { Read::Full } else { Read::Some })
    }
}

enum Read {
    Some,
    /// As much as there was room for.
    Full,
    Nothing,
    Ended,
}

fn tell(server: &str, line: &Line<'_>) {
    if line.left_out > 0 {
        info!(server, "a line over 8 KiB on standard error");
    } else {
        info!(server, stderr = %String::from_utf8_lossy(line.text));
    }
}
