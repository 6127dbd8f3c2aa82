use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// A client on newline JSON.
pub struct Line {
    pub stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Line {
    pub fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        let reader = BufReader::new(stream.try_clone().expect("cloned"));
        Self { stream, reader }
    }

    pub fn send(&mut self, text: impl ToString) {
        self.stream.write_all((text.to_string() + "\n").as_bytes()).expect("written");
    }

    /// The next line as it came; nothing at the end.
    pub fn raw(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.reader.read_line(&mut line).unwrap_or(0);
        (count > 0).then(|| line.trim_end().to_owned())
    }

    #[track_caller]
    pub fn next(&mut self) -> Value {
        let line = self.raw().expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    #[track_caller]
    pub fn initialize(&mut self, capabilities: Value) -> Value {
        self.send(json!({"jsonrpc": "2.0", "id": "init", "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}}}));
        let answer = self.next();
        self.send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        answer
    }

    pub fn tool(&mut self, id: impl Into<Value>, name: &str, arguments: Value) {
        self.send(call(id, name, arguments));
    }

    /// Calls and waits for the text of the answer.
    #[track_caller]
    pub fn text(&mut self, id: impl Into<Value>, name: &str, arguments: Value) -> String {
        let id = id.into();
        self.tool(id.clone(), name, arguments);
        let answer = self.next();
        assert_eq!(answer["id"], id, "{answer}");
        text(&answer)
    }

    /// Whether nothing comes for a while.
    pub fn is_silent(&mut self) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(150))).expect("set");
        let silent = self.raw().is_none();
        self.stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        silent
    }
}

pub fn call(id: impl Into<Value>, name: &str, arguments: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call",
           "params": {"name": name, "arguments": arguments}})
}

#[track_caller]
pub fn text(answer: &Value) -> String {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text: {answer}"))
        .into()
}
