//! supervisord, over the unix socket that `supervisorctl` uses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::machine::Seen;
use super::unit::State;
use super::xmlrpc::{self, AnswerError, Value};

/// supervisord does one thing at a time, and may be at another.
const PATIENCE: Duration = Duration::from_secs(5);
/// Codes of faults.
const SHUTDOWN_STATE: i64 = 6;
const ALREADY_STARTED: i64 = 60;

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("supervisord is stopping")]
    Stopping,
    #[error("supervisord refused: {0}")]
    Refused(String),
    #[error("no answer of supervisord at `{path}`: {reason}")]
    Unreachable { path: PathBuf, reason: String },
}

#[derive(Clone, Debug)]
pub struct Supervisor {
    socket: PathBuf,
}

impl Supervisor {
    pub fn new(directory: &Path) -> Self {
        Self { socket: directory.join("supervisor.sock") }
    }

    pub async fn all(&self) -> Result<Vec<Seen>, CallError> {
        let Value::List(all) = self.call("getAllProcessInfo", &[]).await? else {
            return Err(self.unreachable("the list of programs is none"));
        };
        Ok(all.iter().map(seen).collect())
    }

    /// Asks for a start, and does not wait for it; that it runs already is no failure.
    pub async fn start(&self, process: &str) -> Result<(), CallError> {
        self.call("startProcess", &[Value::Text(process.into()), Value::Bool(false)])
            .await
            .map(drop)
    }

    pub async fn stop(&self, process: &str) -> Result<(), CallError> {
        self.call("stopProcess", &[Value::Text(process.into()), Value::Bool(false)]).await.map(drop)
    }

    /// A signal does not wait for `stopwaitsecs`, as a stop does.
    pub async fn kill(&self, process: &str) -> Result<(), CallError> {
        let parameters = [Value::Text(process.into()), Value::Text("KILL".into())];
        self.call("signalProcess", &parameters).await.map(drop)
    }

    async fn call(&self, method: &str, parameters: &[Value]) -> Result<Value, CallError> {
        let body = xmlrpc::call(&format!("supervisor.{method}"), parameters);
        let text = match timeout(PATIENCE, self.exchange(body)).await {
            Err(_) => return Err(self.unreachable("it takes too long")),
            Ok(Err(error)) => return Err(self.unreachable(&error.to_string())),
            Ok(Ok(text)) => text,
        };
        match xmlrpc::answer(&text) {
            Ok(value) => Ok(value),
            Err(AnswerError::Fault { code: ALREADY_STARTED, .. }) => Ok(Value::Bool(true)),
            Err(AnswerError::Fault { code: SHUTDOWN_STATE, .. }) => Err(CallError::Stopping),
            Err(AnswerError::Fault { message, .. }) => Err(CallError::Refused(message)),
            Err(AnswerError::Unreadable) => Err(self.unreachable("no XML-RPC")),
        }
    }

    async fn exchange(&self, body: String) -> Result<String, Box<dyn std::error::Error>> {
        let stream = TokioIo::new(UnixStream::connect(&self.socket).await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        let connection = spawn_local(connection);
        let request = Request::post("/RPC2")
            .header("Host", "localhost")
            .header("Content-Type", "text/xml")
            .body(Full::new(Bytes::from(body)))?;
        let response = sender.send_request(request).await?;
        let bytes = response.into_body().collect().await?.to_bytes();
        connection.abort();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unreachable(&self, reason: &str) -> CallError {
        CallError::Unreachable { path: self.socket.clone(), reason: reason.to_owned() }
    }
}

fn seen(info: &Value) -> Seen {
    let state = State::from_code(info.int("state"));
    let spawn_error = info.text("spawnerr");
    let end = match (state, info.int("exitstatus")) {
        (State::Exited, -1) => "ended by a signal".to_owned(),
        (State::Exited, status) => format!("exited with {status}"),
        (_, _) if spawn_error.starts_with("Exited too quickly") => {
            "ended within 3s of its start".into()
        }
        _ => spawn_error.to_owned(),
    };
    Seen {
        service: info.text("name").to_owned(),
        state,
        pid: info.int("pid") as u32,
        up: Duration::from_secs((info.int("now") - info.int("start")).max(0) as u64),
        was_started: info.int("start") != 0,
        end,
    }
}
