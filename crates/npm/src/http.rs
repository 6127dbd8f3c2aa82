//! One GET, with an answer that can be waited for and cancelled. Redirects are answers like others.
//!
//! The request runs in a thread of its own, which hands over what arrives; so whoever reads looks at
//! the cancel flag ten times a second, even while a name is resolved or a server says nothing. An
//! abandoned thread ends at its next byte or timeout.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use super::Cancel;
use super::cancel::TICK;

/// How much is read at once, and how many of these wait for the reader: 512 KiB a download.
const CHUNK: usize = 64 << 10;
const CHUNKS: usize = 8;

/// Why there is no answer, or only half of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HttpError {
    Cancelled,
    /// May work another time.
    Passing(String),
    /// Will not.
    Lasting(String),
    /// The certificate was not accepted.
    Untrusted(String),
}

/// What came: any status.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

impl Reply {
    /// A header's value, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Bytes of the body, where the server says.
    pub(super) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }
}

enum Event {
    Head(u16, HeaderMap),
    Chunk(Vec<u8>),
    End,
    Failed(HttpError),
}

/// Sends a request, waits for the head of the answer, and logs both: neither headers nor what of the
/// address may hold credentials.
pub(super) fn get(
    agent: &Agent,
    request: Request<()>,
    pace: MinimumSpeed,
    cancel: &Cancel,
) -> Result<Reply, HttpError> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let path = super::error::shown_path(request.uri().path());
    let begun = Instant::now();
    let reply = answer_to(agent, request, pace, cancel);
    let status = reply.as_ref().ok().map(|reply| reply.status);
    let ms = begun.elapsed().as_millis();
    tracing::debug!(method = "GET", host, path, status, ms, "registry request");
    reply
}

fn answer_to(
    agent: &Agent,
    request: Request<()>,
    pace: MinimumSpeed,
    cancel: &Cancel,
) -> Result<Reply, HttpError> {
    let (to, from) = sync_channel(CHUNKS);
    let agent = agent.clone();
    std::thread::Builder::new()
        .name("npm-download".to_owned())
        .spawn(move || pump(&agent, request, &to))
        .map_err(|error| HttpError::Lasting(format!("cannot start a thread: {error}")))?;
    match next(&from, cancel) {
        Event::Head(status, headers) => {
            let body = Body {
                from,
                cancel: cancel.clone(),
                waiting: Waiting { pace, whole: Duration::ZERO, window: Duration::ZERO, bytes: 0 },
                chunk: Vec::new(),
                at: 0,
                ended: false,
                failed: None,
            };
            Ok(Reply { status, headers, body })
        }
        Event::Failed(error) => Err(error),
        Event::Chunk(_) | Event::End => Err(HttpError::Lasting("no answer".to_owned())),
    }
}

/// Runs the request. A send fails when nobody reads any more: then it is over.
fn pump(agent: &Agent, request: Request<()>, to: &SyncSender<Event>) {
    let response = match agent.run(request) {
        Ok(response) => response,
        Err(error) => {
            let _ = to.send(Event::Failed(describe(&error)));
            return;
        }
    };
    let (head, body) = response.into_parts();
    if to.send(Event::Head(head.status.as_u16(), head.headers)).is_err() {
        return;
    }
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        let event = match reader.read(&mut chunk) {
            Ok(0) => Event::End,
            Ok(count) => {
                chunk.truncate(count);
                Event::Chunk(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Event::Failed(describe(&ureq::Error::from(error))),
        };
        let last = !matches!(event, Event::Chunk(_));
        if to.send(event).is_err() || last {
            return;
        }
    }
}

fn next(from: &Receiver<Event>, cancel: &Cancel) -> Event {
    loop {
        if cancel.is_cancelled() {
            return Event::Failed(HttpError::Cancelled);
        }
        match from.recv_timeout(TICK) {
            Ok(event) => return event,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Event::Failed(HttpError::Passing("the download broke off".to_owned()));
            }
        }
    }
}

/// The body as it arrives.
pub(super) struct Body {
    from: Receiver<Event>,
    cancel: Cancel,
    waiting: Waiting,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
    /// Why reading failed; kept, because an `io::Error` loses it on its way through decoders.
    pub(super) failed: Option<HttpError>,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed.is_some() {
            return Err(io::Error::other("the download failed"));
        }
        if self.ended {
            return Ok(0);
        }
        while self.at == self.chunk.len() {
            let begun = Instant::now();
            let event = match next(&self.from, &self.cancel) {
                Event::Chunk(chunk) => match self.waiting.took(begun.elapsed(), chunk.len()) {
                    Ok(()) => Event::Chunk(chunk),
                    Err(why) => Event::Failed(HttpError::Passing(why)),
                },
                other => other,
            };
            match event {
                Event::Chunk(chunk) => (self.chunk, self.at) = (chunk, 0),
                Event::Head(..) => {}
                Event::End => {
                    self.ended = true;
                    return Ok(0);
                }
                Event::Failed(error) => {
                    self.failed = Some(error);
                    return Err(io::Error::other("the download failed"));
                }
            }
        }
        if self.cancel.is_cancelled() {
            self.failed = Some(HttpError::Cancelled);
            return Err(io::Error::other("cancelled"));
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// What a reader waited for. Its own work is not counted: a busy machine makes no server slow.
struct Waiting {
    pace: MinimumSpeed,
    whole: Duration,
    window: Duration,
    bytes: u64,
}

impl Waiting {
    /// Counts a chunk and the time that was waited for it.
    fn took(&mut self, time: Duration, bytes: usize) -> Result<(), String> {
        let MinimumSpeed { window, bytes: least, whole } = self.pace;
        self.whole += time;
        self.window += time;
        self.bytes += bytes as u64;
        if self.window >= window {
            if self.bytes < least {
                let seconds = window.as_secs_f64();
                return Err(format!("it is too slow: {} bytes in {seconds} s", self.bytes));
            }
            (self.window, self.bytes) = (Duration::ZERO, 0);
        }
        if self.whole >= whole {
            return Err(format!("it took more than {} s", whole.as_secs()));
        }
        Ok(())
    }
}

/// How slow a download may be: every byte in time is not enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct MinimumSpeed {
    /// In so much time of waiting
    pub(super) window: Duration,
    /// so many bytes must come;
    pub(super) bytes: u64,
    /// and all of them in this.
    pub(super) whole: Duration,
}

/// What ureq says, without the addresses it may repeat: they can hold credentials.
fn describe(error: &ureq::Error) -> HttpError {
    use ureq::Error;
    match error {
        Error::Timeout(what) => HttpError::Passing(format!("timed out ({what})")),
        Error::HostNotFound => HttpError::Passing("its name cannot be resolved".to_owned()),
        Error::ConnectionFailed => HttpError::Passing("it cannot be connected to".to_owned()),
        Error::Io(error) if is_tls(error) => HttpError::Untrusted(error.to_string()),
        Error::Io(error) => HttpError::Passing(error.to_string()),
        Error::Protocol(error) => HttpError::Passing(error.to_string()),
        Error::Rustls(error) => HttpError::Untrusted(error.to_string()),
        Error::Tls(why) => HttpError::Untrusted((*why).to_owned()),
        Error::InvalidProxyUrl => HttpError::Lasting("the proxy's address is no URL".to_owned()),
        Error::ConnectProxyFailed(why) => HttpError::Passing(format!("the proxy refuses: {why}")),
        other => HttpError::Lasting(other.to_string()),
    }
}

fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    /// Without a byte.
    pub(super) idle: Duration,
    /// From the request to the head of the answer.
    pub(super) answer: Duration,
    /// From there on.
    pub(super) pace: MinimumSpeed,
}

impl Default for Timeouts {
    fn default() -> Self {
        use super::limits::{ANSWER, CONNECT, IDLE, PACE, PACE_BYTES, WHOLE};
        let pace = MinimumSpeed { window: PACE, bytes: PACE_BYTES, whole: WHOLE };
        Self { connect: CONNECT, idle: IDLE, answer: ANSWER, pace }
    }
}
