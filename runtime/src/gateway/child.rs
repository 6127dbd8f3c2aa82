//! The other end of a link: a child process under its keeper, or a connection to an address.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;

use runtime_config::Server;
use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

use crate::tree;

pub struct End {
    pub read: Box<dyn AsyncRead + Unpin>,
    pub write: Box<dyn AsyncWrite + Unpin>,
    pub stderr: Option<ChildStderr>,
    pub keeper: Option<Child>,
}

pub async fn start(config: &Server) -> io::Result<End> {
    match &config.connect {
        Some(address) => {
            let stream = TcpStream::connect(address.as_str()).await?;
            stream.set_nodelay(true)?;
            let (read, write) = stream.into_split();
            Ok(End { read: Box::new(read), write: Box::new(write), stderr: None, keeper: None })
        }
        None => spawn(config),
    }
}

fn spawn(config: &Server) -> io::Result<End> {
    let words = ["keep".to_owned(), std::process::id().to_string(), "--".to_owned()];
    let mut command = Command::new("/proc/self/exe");
    command.arg0("mad-runtime");
    command.args(words.iter().chain(&config.command).map(OsString::from));
    command.envs(&config.env);
    if let Some(directory) = &config.directory {
        command.current_dir(directory);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own: what a terminal or a supervisor sends to the gateway's group is not for it.
    command.process_group(0);
    let mut keeper = command.spawn()?;
    let missing = || io::Error::other("a stream of the child is missing");
    Ok(End {
        read: Box::new(keeper.stdout.take().ok_or_else(missing)?),
        write: Box::new(keeper.stdin.take().ok_or_else(missing)?),
        stderr: keeper.stderr.take(),
        keeper: Some(keeper),
    })
}

/// Asks the keeper to end the server with all that it started; the keeper kills what does not go.
pub fn stop(keeper: &Child) {
    if let Some(pid) = keeper.id() {
        tree::signal(&[pid], Signal::TERM);
    }
}
