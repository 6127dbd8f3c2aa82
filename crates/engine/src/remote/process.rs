//! A connection through a program: its standard streams, and what it says on standard error.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// As much of standard error as is kept.
const MOST_WORDS: usize = 4096;

/// How long the last words of a program that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a program said on standard error so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    /// Its last line, once it had the time to say it; `None` for silence. Before it stand warnings, and the log
    /// of kubectl.
    pub(super) async fn words(&self) -> Option<String> {
        tokio::time::sleep(LAST_WORDS).await;
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last_line(&String::from_utf8_lossy(&bytes))
    }
}

fn last_line(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    Some(line.chars().filter(|c| !c.is_control()).collect())
}

/// Runs a program until standard input ends, as it does also when mad is killed: nothing stays behind. The
/// program alone has standard output, so that its end is seen there.
const UNTIL_INPUT_ENDS: &str =
    r#""$@" & program=$!; exec >/dev/null 2>&1; read -r _; kill "$program""#;

/// A program that runs; it ends when this is dropped.
pub(super) struct Program {
    pub child: Child,
    pub said: Said,
}

impl Program {
    /// Starts one that ends with its input.
    pub(super) fn start(name: &str, arguments: &[String]) -> io::Result<Self> {
        Self::spawn(Command::new(name).args(arguments).kill_on_drop(true))
    }

    /// Starts one that reads no input.
    pub(super) fn start_apart(name: &str, arguments: &[String]) -> io::Result<Self> {
        let mut shell = Command::new("/bin/sh");
        Self::spawn(shell.args(["-c", UNTIL_INPUT_ENDS, "sh", name]).args(arguments))
    }

    fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for mad, which ends the build in order first.
            .process_group(0)
            .spawn()?;
        let said = Said::default();
        if let Some(mut stderr) = child.stderr.take() {
            let heard = said.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
                    let mut kept = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.extend_from_slice(&buffer[..count]);
                    let over = kept.len().saturating_sub(MOST_WORDS);
                    kept.drain(..over);
                }
            });
        }
        Ok(Self { child, said })
    }
}

/// The standard streams of a program as one stream.
pub(super) struct Piped {
    out: ChildStdout,
    into: ChildStdin,
    _child: Child,
}

impl Piped {
    /// Takes them; `None` where the program was not started with pipes.
    pub(super) fn of(mut program: Program) -> Option<Self> {
        let (out, into) = (program.child.stdout.take()?, program.child.stdin.take()?);
        Some(Self { out, into, _child: program.child })
    }
}

impl AsyncRead for Piped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.out).poll_read(context, buffer)
    }
}

impl AsyncWrite for Piped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.into).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.into).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.into).poll_shutdown(context)
    }
}

/// A stream that lives as long as a program that carries it.
pub(super) struct Carried<S> {
    pub stream: S,
    pub _child: Child,
}

impl<S: AsyncRead + Unpin> AsyncRead for Carried<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Carried<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
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

    #[test]
    fn the_last_line_is_what_counts() {
        let said = "E1129 15:08:47.5 memcache.go:265] err=\"refused\"\nThe connection was refused\u{7}\n\n";
        assert_eq!(last_line(said).as_deref(), Some("The connection was refused"));
        assert_eq!(last_line(" \n"), None);
    }
}
