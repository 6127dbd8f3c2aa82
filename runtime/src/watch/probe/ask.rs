//! Asks one question, in the time that there is.

use std::path::Path;

use runtime_config::services::{Probe, Question, Service};
use tokio::time::timeout;

use super::{address, exec, files, ping};

/// What a question needs to know of the program.
pub struct Asked<'a> {
    pub service: &'a Service,
    pub log: &'a Path,
    /// Where the log ended when the process was started.
    pub log_start: u64,
}

/// What is wrong.
pub enum Wrong {
    Late(String),
    Answer(String),
}

pub async fn ask(probe: &Probe, asked: &Asked<'_>) -> Result<(), Wrong> {
    let Some(question) = probe.questions().into_iter().next() else { return Ok(()) };
    let answer = async {
        match question {
            Question::Http(http) => address::http(http).await,
            Question::Tcp(target) => address::tcp(target).await,
            Question::Exec(words) => exec::exec(words, asked.service).await,
            Question::Ping(target) => ping::ping(target).await,
            Question::Log(text) => files::log(text, asked.log, asked.log_start).await,
            Question::Heartbeat(heartbeat) => files::heartbeat(heartbeat),
            Question::Output(age) => files::output(age, asked.log),
        }
    };
    match timeout(probe.timeout.0, answer).await {
        Err(_) => Err(Wrong::Late(format!("no answer within {}", probe.timeout))),
        Ok(answer) => answer.map_err(Wrong::Answer),
    }
}
