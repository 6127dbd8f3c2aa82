//! `watch.sock`: whoever connects gets how the programs are, as JSON, and the end of the connection.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;

use super::report::Report;

/// For an answer that is ready.
const PATIENCE: Duration = Duration::from_secs(2);

fn path(directory: &Path) -> PathBuf {
    directory.join("watch.sock")
}

/// For this user alone, in place of one that a former watch left.
pub fn listen(directory: &Path) -> io::Result<UnixListener> {
    let path = path(directory);
    std::fs::remove_file(&path).ok();
    let before = umask(Mode::from_raw_mode(0o077));
    let listener = UnixListener::bind(&path);
    umask(before);
    listener
}

pub async fn answer(mut stream: tokio::net::UnixStream, report: &Report) {
    let text = serde_json::to_vec(report).expect("strings and numbers always serialise");
    // Who does not read is not waited for.
    tokio::time::timeout(PATIENCE, stream.write_all(&text)).await.ok();
}

/// What the watch of this directory says.
pub fn ask(directory: &Path) -> io::Result<Report> {
    let mut stream = UnixStream::connect(path(directory))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}
