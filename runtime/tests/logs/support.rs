//! A collector in a folder of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub const MAD_RUNTIME: &str = env!("CARGO_BIN_EXE_mad-runtime");

pub struct Collector {
    pub folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Collector {
    /// With one program, `gen`, and more keys of `logs`.
    pub fn new(more: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut logs =
            json!({"directory": folder.path().join("kept"), "stdout": false, "segment": "64KiB"});
        for (key, value) in more.as_object().expect("keys") {
            logs[key] = value.clone();
        }
        let config = json!({"services": {"gen": {"command": ["true"]}}, "logs": logs});
        fs::write(folder.path().join("runtime.json"), config.to_string()).expect("written");
        let mut collector = Self { folder, child: None };
        collector.start();
        collector
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(MAD_RUNTIME);
        command.arg("--config").arg(self.folder.path().join("runtime.json")).args(words);
        command
    }

    fn run_directory(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    pub fn start(&mut self) {
        let run = self.run_directory();
        let mut command = self.command(&["logs", "collect", "--directory"]);
        self.child = Some(command.arg(&run).stdin(Stdio::null()).spawn().expect("started"));
        wait_until("the pipes are there", || run.join("pipes/gen.stdout").exists());
    }

    /// The pipe of the program, open as the program has it.
    pub fn pipe(&self) -> File {
        let path = self.run_directory().join("pipes/gen.stdout");
        File::options().read(true).write(true).open(path).expect("a pipe")
    }

    /// A program whose output is collected.
    pub fn program(&self, words: &[&str]) -> Command {
        let run = self.run_directory();
        let mut command = self.command(&["logs", "exec", "--service", "gen", "--directory"]);
        command.arg(run).arg("--").args(words);
        command
    }

    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().expect("killed");
        child.wait().expect("it ended");
    }

    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("it runs");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
        assert!(child.wait().expect("it ended").success());
    }

    /// The kept lines for which the words hold.
    pub fn query(&self, words: &[&str]) -> Vec<Value> {
        let output =
            self.command(&["logs", "query", "--format", "json"]).args(words).output().expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Of the lines `line N`, the numbers.
    pub fn numbers(&self) -> Vec<u64> {
        let number = |line: &Value| {
            line["message"].as_str()?.strip_prefix("line ")?.split(' ').next()?.parse().ok()
        };
        self.query(&["service=gen"]).iter().filter_map(number).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Fails after a time that no machine needs.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        thread::sleep(Duration::from_millis(20));
    }
}
