use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Line, eventually, request};

/// The test server, in one of its modes.
pub fn server(mode: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/children/server.mjs");
    json!({"command": ["node", script, mode], "restart": {"delay": "20ms"}})
}

pub struct Gateway {
    process: Child,
    pub address: SocketAddr,
    /// All that it listens on, in the order of the configuration; `address` is the first.
    pub addresses: Vec<SocketAddr>,
    pub config: std::path::PathBuf,
    log: Arc<Mutex<String>>,
    _folder: tempfile::TempDir,
}

impl Gateway {
    /// With the test server alone.
    pub fn start() -> Self {
        Self::with(json!({"servers": {"test": server("")}}))
    }

    /// With this under `mcp`, and ready.
    pub fn with(mcp: Value) -> Self {
        let gateway = Self::unready(mcp, &[]);
        eventually("ready", || request(gateway.address, "GET", "/ready", &[], "").status == 200);
        gateway
    }

    pub fn unready(mut mcp: Value, wrapper: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("runtime.json");
        if mcp.get("listen").is_none() {
            mcp["listen"] = json!(["127.0.0.1:0"]);
        }
        std::fs::write(&config, json!({"mcp": mcp}).to_string()).expect("written");
        let program = env!("CARGO_BIN_EXE_mad-runtime");
        let words: Vec<&str> = wrapper.iter().copied().chain([program]).collect();
        let mut process = Command::new(words[0])
            .args(&words[1..])
            .args(["--config", config.to_str().expect("text"), "gateway", "--log", "debug"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the gateway starts");
        let listeners = mcp["listen"].as_array().map_or(1, Vec::len);
        let out = BufReader::new(process.stdout.take().expect("piped"));
        let said: Vec<String> = out.lines().take(listeners).map_while(Result::ok).collect();
        let log = Arc::new(Mutex::new(String::new()));
        let (mut stderr, kept) = (process.stderr.take().expect("piped"), log.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = stderr.read(&mut bytes) {
                kept.lock()
                    .expect("not poisoned")
                    .push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let addresses: Vec<SocketAddr> = said
            .iter()
            .filter_map(|line| line.strip_prefix("listening on ")?.trim().parse().ok())
            .collect();
        let Some(&address) = addresses.first() else {
            process.wait().ok();
            std::thread::sleep(Duration::from_millis(100));
            panic!("no address in {said:?}; log: {}", log.lock().expect("not poisoned"));
        };
        Self { process, address, addresses, config, log, _folder: folder }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn log(&self) -> String {
        self.log.lock().expect("not poisoned").clone()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("a connection")
    }

    /// A client on newline JSON, initialised.
    pub fn line(&self) -> Line {
        let mut line = Line::new(self.connect());
        line.initialize(json!({}));
        line
    }

    pub fn status(&self) -> Value {
        request(self.address, "GET", "/status", &[], "").json()
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for the end, and gives the status.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.process.wait().expect("its status")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.signal("-TERM");
            self.process.wait().ok();
        }
    }
}
