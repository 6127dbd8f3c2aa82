//! `mmdebstrap` makes a minimal Debian system; the engine gets it as `mad/base:SUITE`.
//!
//! Reproducible: `SOURCE_DATE_EPOCH` is zero and the image's configuration holds no clock, so the
//! same packages give the same image id.

use std::path::PathBuf;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::archive;
use engine::{Builder, DockerEngine, EngineError, Image};

/// How long mmdebstrap may take to clean up after an interrupt before it is killed.
const INTERRUPT_GRACE: Duration = Duration::from_secs(10);

/// What the image leaves out, as Debian's own `-slim` images do; licences stay. It is in the image's
/// dpkg configuration too, so that packages installed later leave it out as well.
const LEFT_OUT: [&str; 5] = [
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
];

/// A release of the distribution, for example `trixie`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite(String);

impl Suite {
    /// The image's name.
    pub fn image(&self) -> String {
        format!("mad/base:{}", self.0)
    }

    /// The suite's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Suite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.starts_with(|c: char| c.is_ascii_lowercase());
        let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        if first && plain {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("found `{text}`, expected the name of a release, like `trixie`"))
        }
    }
}

/// A base image that could not be made.
#[derive(Debug, Error)]
pub enum BootstrapError {
    /// mmdebstrap is not installed.
    #[error("cannot find the program `mmdebstrap` on PATH")]
    NoMmdebstrap,
    /// mmdebstrap could not be run, or its result not be read.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The system's words.
        source: std::io::Error,
    },
    /// mmdebstrap failed.
    #[error("mmdebstrap failed for the suite `{suite}` ({status}): {last}")]
    Failed {
        /// What was asked for.
        suite: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The last line that it wrote.
        last: String,
    },
    /// It was interrupted.
    #[error("interrupted; no image was made")]
    Interrupted,
    /// The engine could not take the image.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl BootstrapError {
    /// One command that helps, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoMmdebstrap => Some("sudo apt-get install mmdebstrap".to_owned()),
            Self::Failed { last, .. } if last.contains("GPG") || last.contains("NO_PUBKEY") => {
                Some("sudo apt-get install debian-archive-keyring".to_owned())
            }
            Self::Engine(error) => error.hint(),
            _ => None,
        }
    }
}

/// Makes the image of a suite and loads it; `log` gets mmdebstrap's own lines.
pub async fn bootstrap(
    engine: &DockerEngine,
    suite: &Suite,
    mirror: Option<&str>,
    cancel: &CancellationToken,
    mut log: impl FnMut(&str),
) -> Result<Image, BootstrapError> {
    let program = which::which("mmdebstrap").map_err(|_| BootstrapError::NoMmdebstrap)?;
    let io = |action| move |source| BootstrapError::Io { action, source };
    let dir = tempfile::tempdir().map_err(io("make a temporary folder"))?;
    let layer = dir.path().join("layer.tar");
    make_layer(program, suite, mirror, &layer, cancel, &mut log).await?;

    log("packing the image");
    let image = suite.image();
    let created_by = format!("mad base bootstrap --suite {}", suite.as_str());
    let (sender, receiver) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(8);
    let name = image.clone();
    let packing =
        tokio::task::spawn_blocking(move || archive::write(&layer, &name, &created_by, sender));
    let loaded = engine.load(tokio_stream::wrappers::ReceiverStream::new(receiver)).await;
    match packing.await {
        Ok(packed) => packed.map_err(io("pack the image"))?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
    loaded?;
    engine.image(&image).await?.ok_or_else(|| {
        BootstrapError::Engine(EngineError::Api {
            action: format!("find `{image}`"),
            why: "it was loaded, and is not there".to_owned(),
        })
    })
}

async fn make_layer(
    program: PathBuf,
    suite: &Suite,
    mirror: Option<&str>,
    layer: &std::path::Path,
    cancel: &CancellationToken,
    log: &mut impl FnMut(&str),
) -> Result<(), BootstrapError> {
    let io = |source| BootstrapError::Io { action: "run mmdebstrap", source };
    let mut child = Command::new(program)
        .args(["--variant=minbase", "--format=tar"])
        .args(LEFT_OUT.map(|option| format!("--dpkgopt={option}")))
        .arg(suite.as_str())
        .arg(layer)
        .args(mirror)
        .env("SOURCE_DATE_EPOCH", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let mut last = String::new();
    if let Some(stderr) = child.stderr.take() {
        let mut lines = BufReader::new(stderr).lines();
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line.map_err(io)?,
                () = cancel.cancelled() => {
                    // A Ctrl-C of the terminal reached mmdebstrap too: let it unmount and clean up.
                    let _ = tokio::time::timeout(INTERRUPT_GRACE, child.wait()).await;
                    return Err(BootstrapError::Interrupted);
                }
            };
            let Some(line) = line else { break };
            if !line.trim().is_empty() {
                log(&line);
                last = line;
            }
        }
    }
    let status = child.wait().await.map_err(io)?;
    if status.success() {
        Ok(())
    } else {
        Err(BootstrapError::Failed { suite: suite.as_str().to_owned(), status, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_plain_names() {
        assert_eq!("trixie".parse::<Suite>().unwrap().image(), "mad/base:trixie");
        for bad in ["", "-x", "a b", "../x", "Trixie", "x/y"] {
            assert!(bad.parse::<Suite>().is_err(), "{bad}");
        }
    }
}
