//! Runs `mad`, to its end or while something is watched.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::Events;

/// Long enough for any small build on a busy machine: past it, something hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command line of mad.
pub struct Mad(Command);

/// How it ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Mad {
    pub fn new<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mad"));
        command.args(arguments).stdin(Stdio::null());
        // What the caller's terminal wishes is not what is tested.
        for name in ["NO_COLOR", "CLICOLOR_FORCE", "LC_ALL", "LC_CTYPE"] {
            command.env_remove(name);
        }
        command.env("LANG", "C").env("MAD_HISTORY", history());
        Self(command)
    }

    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.0.args(arguments);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    /// The command, for a test with streams of its own.
    pub fn into_command(self) -> Command {
        self.0
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Done {
        let output = self.0.output().expect("mad runs");
        Done {
            code: output.status.code().expect("mad ends by itself, not by a signal"),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    /// Runs it to its end, which must be good.
    pub fn good(self) -> Done {
        self.run().expect_code(0)
    }

    /// Builds with JSON progress; the build must be good.
    pub fn events(self) -> Events {
        Events::parse(&self.args(["--progress", "json"]).good().stdout)
    }

    /// Starts it, to watch its standard output.
    pub fn start(mut self) -> Running {
        let mut child =
            self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mad runs");
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let mut stderr = child.stderr.take().expect("standard error is a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).expect("standard error is UTF-8");
            text
        });
        Running { child, lines, seen: String::new(), stderr: Some(stderr) }
    }
}

impl Done {
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    pub fn events(&self) -> Events {
        Events::parse(&self.stdout)
    }

    /// Standard error must hold all of these.
    pub fn says(self, all: &[&str]) -> Self {
        for text in all {
            assert!(self.stderr.contains(text), "`{text}` is missing in:\n{}", self.stderr);
        }
        self
    }
}

/// A history of this run's own: what tests build judges nobody's builds, and the other way round.
fn history() -> &'static Path {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    FILE.get_or_init(|| folder.path().join("history.db"))
}

/// A `mad` that runs.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: String,
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    /// Waits until a step has written a line.
    pub fn wait_for_log(&mut self, line: &str) {
        self.wait_for(&format!("a step that writes `{line}`"), |event| {
            event["type"] == "step-log" && event["line"] == line
        });
    }

    /// Waits for an event of `--progress json`.
    pub fn wait_for(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(text) => {
                    self.seen.push_str(&text);
                    self.seen.push('\n');
                    if is_it(&serde_json::from_str(&text).expect("an event")) {
                        return;
                    }
                }
                Err(error) => panic!("waited for {what} ({error}):\n{}", self.seen),
            }
        }
    }

    /// Sends a signal, for example `INT`.
    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &script]).status().expect("sh runs");
        assert!(status.success(), "cannot send SIG{name}");
    }

    /// Kills it, so that it can do nothing more.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("mad can be waited for");
    }

    /// Waits for the end; panics when it takes longer than `limit`.
    pub fn ends_within(mut self, limit: Duration) -> Done {
        let deadline = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(text) => {
                    self.seen.push_str(&text);
                    self.seen.push('\n');
                }
                // Standard output is closed: the program has ended.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("mad still runs after {limit:?}:\n{}", self.seen)
                }
            }
        }
        let status = self.child.wait().expect("mad can be waited for");
        let stderr = self.stderr.take().expect("read once").join().expect("standard error is read");
        let stdout = std::mem::take(&mut self.seen);
        Done { code: status.code().expect("mad ends by itself, not by a signal"), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a panic: mad must not go on building. After a good end: no such process.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
