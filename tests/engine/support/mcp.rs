//! A small MCP client over the standard input and output of a container.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::engine::docker_command;

/// No answer takes longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server in a container of its own; it ends when dropped.
pub struct Mcp {
    container: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    log: Receiver<String>,
    next_id: u64,
}

impl Mcp {
    /// Starts `claude-flow mcp start` in `image`, with the volume as its work directory.
    pub fn start(image: &str, volume: &str) -> Self {
        let mount = format!("{volume}:/workspace");
        let arguments = ["run", "--rm", "-i", "-v", &mount, image, "claude-flow", "mcp", "start"];
        let mut container = docker_command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker runs");
        let (message_sender, messages) = channel();
        let stdout = BufReader::new(container.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok).filter(|line| !line.trim().is_empty())
            {
                let message: Value = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("not a message ({error}): {line}"));
                if message_sender.send(message).is_err() {
                    break;
                }
            }
        });
        let (log_sender, log) = channel();
        let stderr = BufReader::new(container.stderr.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if log_sender.send(line).is_err() {
                    break;
                }
            }
        });
        let input = container.stdin.take();
        Self { container, input, messages, log, next_id: 1 }
    }

    /// The handshake; the answer to `initialize`, which must be the server's first message.
    pub fn initialize(&mut self) -> Value {
        let client = json!({ "name": "mad-test", "version": "1" });
        let answer = self.request(
            "initialize",
            json!({ "protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": client }),
        );
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        answer["result"].clone()
    }

    /// A request and its answer; any other message in between is a fault of the server.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.next_id;
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            let log: Vec<String> = self.log.try_iter().collect();
            panic!("no answer to {method} ({error}); the server's log:\n{}", log.join("\n"))
        });
        assert_eq!(answer["id"], id, "not the answer to {method}: {answer}");
        answer
    }

    /// What a tool answers, out of the text that it is wrapped in.
    pub fn unwrap(answer: &Value) -> Value {
        let text = answer["result"]["content"][0]["text"].as_str();
        let text = text.unwrap_or_else(|| panic!("not a tool's answer: {answer}"));
        serde_json::from_str(text).expect("tools answer in JSON")
    }

    /// Waits for a line of the server's log.
    pub fn wait_for_log(&self, text: &str) {
        let mut seen = String::new();
        while !seen.contains(text) {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) => seen.push_str(&format!("{line}\n")),
                Err(error) => panic!("the server never said `{text}` ({error}):\n{seen}"),
            }
        }
    }

    /// Closes the connection and waits until the container is gone; the server must end by
    /// itself. With which status is claude-flow's affair: 2.7.47 leaves a promise open, which Node
    /// counts as 13.
    pub fn stop(mut self) {
        drop(self.input.take());
        self.container.wait().expect("docker can be waited for");
    }

    fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().expect("open until stopped");
        writeln!(input, "{message}").expect("the server reads");
    }
}

impl Drop for Mcp {
    fn drop(&mut self) {
        // After a panic. Closing its input ends the server, and with it the container.
        drop(self.input.take());
        let _ = self.container.kill();
        let _ = self.container.wait();
    }
}
