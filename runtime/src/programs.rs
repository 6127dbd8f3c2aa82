//! Starts the programs: supervisord alone, or beside a command.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};
use tokio::time::timeout;

/// For supervisord to stop everything; an engine gives a container ten seconds in all.
const LAST_WAIT: Duration = Duration::from_secs(8);

#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    #[error(
        "the programs cannot run: `{path}` cannot be written to: {source}; a tmpfs there helps: `--tmpfs {path}`"
    )]
    Directory { path: PathBuf, source: io::Error },
    #[error("cannot start `supervisord`, of Debian's package `supervisor`: {0}")]
    Supervisord(io::Error),
    #[error("cannot start: {0}")]
    Start(io::Error),
}

/// Becomes supervisord.
pub fn alone(conf: &Path, directory: &Path) -> Result<ExitCode, ProgramsError> {
    usable(directory)?;
    Err(ProgramsError::Supervisord(supervisord(conf, directory).exec()))
}

/// Runs `command` with the programs beside it: its terminal, signals and status are this program's.
pub fn beside(
    conf: &Path,
    directory: &Path,
    command: &[OsString],
) -> Result<ExitCode, ProgramsError> {
    usable(directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ProgramsError::Start)?;
    runtime.block_on(both(conf, directory, command))
}

fn supervisord(conf: &Path, directory: &Path) -> Command {
    let mut command = Command::new("supervisord");
    command.arg("-n").arg("-c").arg(conf);
    // Python wants one at its start, whatever it then does there.
    if write_in(&std::env::temp_dir()).is_err() {
        command.env("TMPDIR", directory);
    }
    command
}

/// Whether sockets, logs and the ledger can be written; a full disk is found too.
fn usable(directory: &Path) -> Result<(), ProgramsError> {
    let failed = |source| ProgramsError::Directory { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(failed)?;
    write_in(directory).map_err(failed)
}

fn write_in(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!(".mad-runtime-{}", std::process::id()));
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(b"\n")?;
        file.sync_data()
    });
    fs::remove_file(&path).ok();
    written
}

async fn both(
    conf: &Path,
    directory: &Path,
    words: &[OsString],
) -> Result<ExitCode, ProgramsError> {
    let mut signals = Signals::new().map_err(ProgramsError::Start)?;
    // The terminal is the command's.
    let log = directory.join("supervisord.log");
    let failed = |source| ProgramsError::Directory { path: directory.to_owned(), source };
    let out = File::options().create(true).append(true).open(log).map_err(failed)?;
    let mut programs = supervisord(conf, directory);
    programs.stdin(Stdio::null()).stdout(out.try_clone().map_err(failed)?).stderr(out);
    programs.process_group(0);
    let mut programs =
        tokio::process::Command::from(programs).spawn().map_err(ProgramsError::Supervisord)?;
    let mut command = match tokio::process::Command::new(&words[0]).args(&words[1..]).spawn() {
        Ok(command) => command,
        Err(error) => {
            eprintln!("cannot start `{}`: {error}", words[0].to_string_lossy());
            end(&mut programs).await;
            let absent = error.kind() == io::ErrorKind::NotFound;
            return Ok(ExitCode::from(if absent { 127 } else { 126 }));
        }
    };
    let status = loop {
        tokio::select! {
            status = command.wait() => break status.map_err(ProgramsError::Start)?,
            signal = signals.next() => send(&command, signal),
        }
    };
    end(&mut programs).await;
    Ok(code(status))
}

async fn end(programs: &mut Child) {
    send(programs, Signal::TERM);
    if timeout(LAST_WAIT, programs.wait()).await.is_err() {
        programs.kill().await.ok();
    }
}

fn send(child: &Child, signal: Signal) {
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid as i32)) {
        kill_process(pid, signal).ok();
    }
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}

/// What is passed on to the command. A terminal sends its own to both.
struct Signals(Vec<(Stream, Signal)>);

impl Signals {
    fn new() -> io::Result<Self> {
        let kinds = [
            (SignalKind::terminate(), Signal::TERM),
            (SignalKind::hangup(), Signal::HUP),
            (SignalKind::user_defined1(), Signal::USR1),
            (SignalKind::user_defined2(), Signal::USR2),
            (SignalKind::interrupt(), Signal::INT),
            (SignalKind::quit(), Signal::QUIT),
        ];
        let mut streams = Vec::new();
        for (kind, number) in kinds {
            streams.push((signal(kind)?, number));
        }
        Ok(Self(streams))
    }

    async fn next(&mut self) -> Signal {
        loop {
            let streams = self.0.iter_mut();
            let waits = streams.map(|(stream, number)| {
                let number = *number;
                Box::pin(async move {
                    stream.recv().await;
                    number
                })
            });
            let (number, ..) = futures_util::future::select_all(waits).await;
            let from_terminal =
                matches!(number, Signal::INT | Signal::QUIT) && io::stdin().is_terminal();
            if !from_terminal {
                return number;
            }
        }
    }
}
