//! An engine on a socket, as much of it as a test writes; and a program that must come to its end.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// No run takes longer, however slow the machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What it answers to `/version`.
pub const VERSION: &str = r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;

/// Listens in `dir`. `serve` has each connection, and the head of the request that came on it.
pub fn listen(
    dir: &Path,
    serve: impl Fn(UnixStream, &str) -> std::io::Result<()> + Clone + Send + 'static,
) -> PathBuf {
    let socket = dir.join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, serve) = (connection.unwrap(), serve.clone());
            // A client that goes away is no concern here.
            std::thread::spawn(move || {
                let head = head(&mut connection)?;
                serve(connection, &head)
            });
        }
    });
    socket
}

fn head(connection: &mut UnixStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Answers, and closes the connection.
pub fn answer(mut connection: UnixStream, code: &str, body: &str) -> std::io::Result<()> {
    // 204 has no body and no length.
    let length = match code.starts_with("204") {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    write!(
        connection,
        "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nApi-Version: 1.41\r\nConnection: close\r\n{length}\r\n{body}"
    )
}

/// Starts a program on that engine, its output thrown away.
pub fn start(mut command: Command, socket: &Path) -> Child {
    command
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The exit code of a program that ends.
pub fn ended(mut child: Child) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("it did not end within {PATIENCE:?}");
}
