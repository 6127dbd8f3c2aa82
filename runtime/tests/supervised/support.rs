//! A supervisord with a watch, in a folder of its own.

use std::collections::HashMap;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const MAD_RUNTIME: &str = env!("CARGO_BIN_EXE_mad-runtime");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/supervised/program.py");

pub struct Stack {
    supervisord: Child,
    folder: tempfile::TempDir,
    said: Arc<Mutex<String>>,
}

/// Programs that fail on request, each on a port of its own; with more keys each.
pub struct Programs {
    folder: tempfile::TempDir,
    services: serde_json::Map<String, Value>,
    ports: HashMap<String, u16>,
    // Kept until the programs have other ports.
    held: Vec<TcpListener>,
}

impl Programs {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            services: Default::default(),
            ports: HashMap::new(),
            held: Vec::new(),
        }
    }

    /// One that is asked over HTTP, quickly.
    pub fn add(self, name: &str, more: Value) -> Self {
        let probe = json!({"http": ":0/", "every": "200ms"});
        self.probed(name, probe, more)
    }

    /// `:0` in the question becomes the program's port.
    pub fn probed(mut self, name: &str, ready: Value, more: Value) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("its address").port();
        self.held.push(socket);
        self.ports.insert(name.into(), port);
        let how = self.folder.path().join(name);
        std::fs::write(&how, "").expect("written");
        let ready: Value =
            serde_json::from_str(&ready.to_string().replace(":0", &format!(":{port}")))
                .expect("JSON");
        let mut service = json!({
            "command": ["/usr/bin/python3", PROGRAM, port.to_string(), how.to_str().expect("text")],
            "ready": ready,
        });
        service.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        self.services.insert(name.into(), service);
        self
    }

    /// What this program does from its start on.
    pub fn at_first(self, name: &str, how: &str) -> Self {
        std::fs::write(self.folder.path().join(name), how).expect("written");
        self
    }

    pub fn start(self) -> Stack {
        let folder = self.folder;
        let path = folder.path();
        let config = json!({"services": self.services}).to_string();
        std::fs::write(path.join("runtime.json"), config).expect("written");
        let text = runtime(path, &["supervisord"]);
        let error = String::from_utf8_lossy(&text.stderr);
        assert!(text.status.success(), "{error}");
        std::fs::write(path.join("supervisord.conf"), text.stdout).expect("written");
        drop(self.held);
        let mut supervisord = Command::new("supervisord")
            .args(["-c", path.join("supervisord.conf").to_str().expect("text")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("supervisord, of Debian's package `supervisor`");
        let said = Arc::new(Mutex::new(String::new()));
        keep(supervisord.stdout.take().expect("piped"), said.clone());
        keep(supervisord.stderr.take().expect("piped"), said.clone());
        Stack { supervisord, folder, said }
    }
}

fn keep(mut stream: impl Read + Send + 'static, said: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            let text = String::from_utf8_lossy(&bytes[..count]);
            said.lock().expect("not poisoned").push_str(&text);
        }
    });
}

fn runtime(folder: &Path, words: &[&str]) -> Output {
    Command::new(MAD_RUNTIME)
        .arg("--config")
        .arg(folder.join("runtime.json"))
        .args(words)
        .arg("--directory")
        .arg(folder)
        .output()
        .expect("it runs")
}

impl Stack {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn said(&self) -> String {
        self.said.lock().expect("not poisoned").clone()
    }

    /// `mad-runtime`, on this folder.
    pub fn runtime(&self, words: &[&str]) -> Output {
        runtime(self.path(), words)
    }

    #[track_caller]
    pub fn ready(&self) {
        let output = self.runtime(&["ready", "--timeout", "60s"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}; {}", self.said());
    }

    pub fn ctl(&self, words: &[&str]) -> String {
        let output = Command::new("supervisorctl")
            .arg("-c")
            .arg(self.path().join("supervisord.conf"))
            .args(words)
            .output()
            .expect("supervisorctl runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// From now on the program does this.
    pub fn now(&self, name: &str, how: &str) {
        std::fs::write(self.path().join(name), how).expect("written");
    }

    fn json(&self, words: &[&str]) -> Value {
        let output = self.runtime(words);
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// Of a program, in the report of the watch.
    pub fn program(&self, name: &str) -> Value {
        let report = self.json(&["status", "--json"]);
        let all = report["services"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|one| one["name"] == name).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub fn pid(&self, name: &str) -> u32 {
        self.program(name)["pid"].as_u64().expect("a process") as u32
    }

    pub fn history(&self) -> Value {
        self.json(&["status", "--incidents", "--json"])
    }

    /// The incidents as `program kind outcome`.
    pub fn incidents(&self) -> Vec<String> {
        let history = self.history();
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let line = |one: &Value| {
            format!("{} {} {}", text(&one["service"]), text(&one["kind"]), text(&one["outcome"]))
        };
        history["incidents"].as_array().expect("a list").iter().map(line).collect()
    }

    #[track_caller]
    pub fn eventually(&self, what: &str, mut is: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !is() {
            let waited = begin.elapsed() > Duration::from_secs(90);
            assert!(!waited, "not {what}: {} {}", self.history(), self.said());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    #[track_caller]
    pub fn until_incidents(&self, expected: &[&str]) {
        self.eventually(&format!("{expected:?}"), || self.incidents() == expected);
    }
}

pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success());
}

impl Drop for Stack {
    fn drop(&mut self) {
        signal(self.supervisord.id(), "-TERM");
        self.supervisord.wait().ok();
    }
}
