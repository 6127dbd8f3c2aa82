//! Requests of the Docker API over connections of our own, each with its limits.
//!
//! bollard's own connections wait without an end for a body, and read one of any size into memory. Here
//! every request has a connection that knows how long it may live, how long it may be silent, and how
//! much it may bring; what goes beyond is an error of the connection, whoever reads from it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::BollardRequest;
use bollard::errors::Error;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::{Endpoint, EngineError, dial, limits};

/// Sends a request over a connection of its own, and logs it: neither its query nor its headers or
/// body, which may hold credentials.
pub(super) async fn send(
    endpoint: &Endpoint,
    request: BollardRequest,
) -> Result<Response<Incoming>, Error> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begun = Instant::now();
    let answer = send_within_bounds(endpoint, request).await;
    let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
    let ms = begun.elapsed().as_millis();
    tracing::debug!(%method, path, status, ms, "engine request");
    answer
}

async fn send_within_bounds(
    endpoint: &Endpoint,
    mut request: BollardRequest,
) -> Result<Response<Incoming>, Error> {
    let bounds = Bounds::of(request.method().as_str(), request.uri().path());
    let stream = dial::connect(endpoint).await.map_err(|error| match error {
        EngineError::Denied { .. } => io::Error::new(io::ErrorKind::PermissionDenied, error),
        error => io::Error::other(error),
    })?;
    let io = TokioIo::new(Bounded::new(stream, bounds));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    // It ends with the answer's body, or when that is dropped; a command in a container talks on over it.
    tokio::spawn(connection.with_upgrades());
    // bollard writes whole addresses, as a proxy wants them.
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map(Into::into).unwrap_or_default();
    request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
    Ok(sender.send_request(request).await?)
}

/// What a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    /// From the connection to the last byte.
    whole: Option<Duration>,
    /// While no byte moves.
    silence: Duration,
    /// Bytes of the answer.
    bytes: u64,
}

impl Bounds {
    fn of(method: &str, path: &str) -> Self {
        // The version of the API stands before the path, or does not.
        let versioned = path.strip_prefix("/v1.").and_then(|rest| Some(&rest[rest.find('/')?..]));
        let path = versioned.unwrap_or(path);
        let call =
            |whole| Self { whole: Some(whole), silence: whole, bytes: limits::MAX_ANSWER_BYTES };
        let stream = |bytes| Self { whole: None, silence: limits::SILENCE, bytes };
        let is = |start: &str, end: &str| path.starts_with(start) && path.ends_with(end);
        match method {
            // The reader of an image sets its own bounds.
            "GET" if is("/images/", "/get") => stream(u64::MAX),
            "POST" if is("/images/", "/push") => stream(limits::MAX_STREAM_BYTES),
            "POST" if is("/images/", "/load") => stream(limits::MAX_ANSWER_BYTES),
            "GET" if is("/containers/", "/export") => stream(u64::MAX),
            "GET" if is("/containers/", "/logs") => stream(limits::MAX_STREAM_BYTES),
            "POST" if is("/containers/", "/wait") => stream(limits::MAX_ANSWER_BYTES),
            "GET" | "PUT" if is("/containers/", "/archive") => stream(limits::MAX_STREAM_BYTES),
            "GET" | "HEAD" => call(limits::ANSWER),
            _ => call(limits::CHANGE),
        }
    }
}

/// A connection within bounds.
struct Bounded<S> {
    stream: S,
    bounds: Bounds,
    left: u64,
    end: Option<Pin<Box<Sleep>>>,
    /// Runs while nothing is read or written.
    silence: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    fn new(stream: S, bounds: Bounds) -> Self {
        let end = bounds.whole.map(|whole| Box::pin(sleep_until(Instant::now() + whole)));
        Self { stream, bounds, left: bounds.bytes, end, silence: None }
    }

    fn late(after: Duration) -> io::Error {
        let message = format!("the engine did not answer within {} s", after.as_secs());
        io::Error::new(io::ErrorKind::TimedOut, message)
    }

    /// An error where time is up; else whoever waits is woken when it is.
    fn clock(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Self::late(self.bounds.whole.unwrap_or_default()));
        }
        let silence = self.bounds.silence;
        let timer = self.silence.get_or_insert_with(|| Box::pin(sleep(silence)));
        timer.as_mut().poll(context).map(|()| Self::late(silence))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                let count = (buffer.filled().len() - before) as u64;
                self.silence = None;
                // Bytes that never pause must not outrun the clock.
                if let Poll::Ready(error) = self.clock(context) {
                    buffer.set_filled(before);
                    return Poll::Ready(Err(error));
                }
                let Some(left) = self.left.checked_sub(count) else {
                    buffer.set_filled(before);
                    return Poll::Ready(Err(io::Error::other(format!(
                        "the engine sent more than {} MiB",
                        self.bounds.bytes >> 20
                    ))));
                };
                self.left = left;
                Poll::Ready(Ok(()))
            }
            Poll::Pending => self.clock(context).map(Err),
            failed => failed,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.clock(context).map(Err),
            Poll::Ready(Ok(count)) => {
                self.silence = None;
                // Whoever writes last may wait for the answer without reading again: hyper does where a
                // read was pending before. The clock runs from here.
                match self.clock(context) {
                    Poll::Ready(error) => Poll::Ready(Err(error)),
                    Poll::Pending => Poll::Ready(Ok(count)),
                }
            }
            failed => failed,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn bounds(whole: Option<u64>, silence: u64, bytes: u64) -> Bounds {
        Bounds {
            whole: whole.map(Duration::from_secs),
            silence: Duration::from_secs(silence),
            bytes,
        }
    }

    /// What reading comes to when the other side writes `piece` every second.
    async fn read(bounds: Bounds, piece: &'static [u8]) -> String {
        let (here, mut there) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            while there.write_all(piece).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut all = Vec::new();
        Bounded::new(here, bounds).read_to_end(&mut all).await.unwrap_err().to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_drops_and_floods_end() {
        assert_eq!(read(bounds(None, 5, 9), b"").await, "the engine did not answer within 5 s");
        let slow = bounds(Some(60), 5, u64::MAX);
        assert_eq!(read(slow, b"x").await, "the engine did not answer within 60 s");
        assert_eq!(read(bounds(Some(60), 5, 0), b"x").await, "the engine sent more than 0 MiB");
    }

    /// As hyper does it: a read is pending when the request is written, and is not tried again until
    /// something wakes the task.
    #[tokio::test(start_paused = true)]
    async fn silence_after_the_last_write_ends() {
        let (here, _there) = tokio::io::duplex(1 << 16);
        let mut bounded = Bounded::new(here, bounds(None, 5, 9));
        let mut is_written = false;
        let ended = std::future::poll_fn(|context| {
            let mut bytes = [0; 9];
            let mut buffer = ReadBuf::new(&mut bytes);
            if let Poll::Ready(read) = Pin::new(&mut bounded).poll_read(context, &mut buffer) {
                return Poll::Ready(read);
            }
            if !std::mem::replace(&mut is_written, true) {
                assert!(Pin::new(&mut bounded).poll_write(context, b"GET").is_ready());
            }
            Poll::Pending
        });
        let ended = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("woken");
        assert_eq!(ended.unwrap_err().to_string(), "the engine did not answer within 5 s");
    }

    #[test]
    fn every_call_has_an_end_and_a_size() {
        let of = |method, path: &str| Bounds::of(method, path);
        assert_eq!(of("GET", "/v1.41/info").whole, Some(limits::ANSWER));
        assert_eq!(of("GET", "/version").whole, Some(limits::ANSWER));
        assert_eq!(of("DELETE", "/v1.41/images/x").whole, Some(limits::CHANGE));
        assert_eq!(of("POST", "/v1.41/images/x/tag").whole, Some(limits::CHANGE));
        // The larger the image, the longer: what counts is that it goes on.
        assert_eq!(of("POST", "/v1.41/images/a/b/push").whole, None);
        assert_eq!(of("GET", "/v1.41/images/a/b:c/get").whole, None);
        assert_eq!(of("GET", "/images/a/b:c/get").whole, None);
        assert_eq!(of("GET", "/v1.41/images/a/b:c/json").bytes, limits::MAX_ANSWER_BYTES);
        assert_eq!(of("GET", "/v1.41/containers/x/logs").silence, limits::SILENCE);
    }
}
