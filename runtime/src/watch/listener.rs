//! supervisord's protocol for event listeners, on standard input and output.
//!
//! `READY`, then an event, then `RESULT`: anything else on standard output, and supervisord never sends an
//! event again. What an event says is not looked at: it is answered at once, and supervisord then asked how
//! things are.

use std::io;
use std::os::fd::AsFd;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;

/// supervisord's own events are a few hundred bytes; only a program's output, which is not asked for, is more.
const LONGEST: u64 = 1 << 20;

pub struct Listener {
    events: BufReader<pipe::Receiver>,
}

impl Listener {
    /// Takes standard input over, which supervisord makes a pipe.
    pub fn start() -> io::Result<Self> {
        let stdin = rustix::io::dup(io::stdin().as_fd())?;
        let events = BufReader::new(pipe::Receiver::from_owned_fd(stdin)?);
        Ok(Self { events })
    }

    /// Says that the next event may come.
    pub fn ready(&self) -> io::Result<()> {
        say("READY\n")
    }

    /// Waits for an event and answers it; its name, or nothing when supervisord has gone.
    ///
    /// Not safe to give up half-way: what has been read of an event would be lost.
    pub async fn event(&mut self) -> io::Result<Option<String>> {
        let mut head = String::new();
        if self.events.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
        let (name, length) = header(&head)
            .ok_or_else(|| io::Error::other(format!("supervisord sent no event: `{head}`")))?;
        let mut payload = Vec::new();
        (&mut self.events).take(length).read_to_end(&mut payload).await?;
        say("RESULT 2\nOK")?;
        say("READY\n")?;
        Ok(Some(name))
    }
}

fn say(text: &str) -> io::Result<()> {
    use io::Write;
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The event's name and the length of what follows.
fn header(line: &str) -> Option<(String, u64)> {
    let value = |key: &str| {
        line.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix(':'))
    };
    let length = value("len")?.parse().ok().filter(|length| *length <= LONGEST)?;
    Some((value("eventname")?.to_owned(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_header_is_read() {
        let line = "ver:3.0 server:supervisor serial:21 pool:healthcheck poolserial:10 \
                    eventname:PROCESS_STATE_EXITED len:71\n";
        assert_eq!(header(line), Some(("PROCESS_STATE_EXITED".into(), 71)));
        assert_eq!(header("Traceback (most recent call last):\n"), None);
        assert_eq!(header("eventname:X len:99999999999\n"), None);
    }
}
