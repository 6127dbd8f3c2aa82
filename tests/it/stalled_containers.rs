//! An engine that stalls somewhere on the way of a container: the first Ctrl-C ends a verification of
//! patches. That each call ends by its own limit is shown in the crate `engine`, with a clock that leaps.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::command;

/// No run takes longer, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(60);

const VERSION: &str = r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#;

/// The requests of a container's life, in order; what an engine that works answers to each.
const ANSWERS: [(&str, &str, &str, &str); 9] = [
    ("GET", "/version", "200 OK", VERSION),
    ("GET", "/images/", "200 OK", r#"{"Id":"sha256:aa","Size":7}"#),
    ("GET", "/containers/json", "200 OK", "[]"),
    ("POST", "/containers/create", "201 Created", r#"{"Id":"c","Warnings":[]}"#),
    ("PUT", "/archive", "200 OK", ""),
    ("POST", "/start", "204 No Content", ""),
    ("GET", "/logs", "200 OK", ""),
    ("POST", "/wait", "200 OK", r#"{"StatusCode":0}"#),
    ("DELETE", "/containers/", "204 No Content", ""),
];

/// An engine that answers all but requests of this kind; it tells when one has come.
fn engine(dir: &Path, stalls_at: (&'static str, &'static str)) -> (PathBuf, Receiver<()>) {
    let socket = dir.join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let (stalled, came) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (connection, stalled) = (connection.unwrap(), stalled.clone());
            // A client that goes away is no concern here.
            std::thread::spawn(move || drop(serve(connection, stalls_at, &stalled)));
        }
    });
    (socket, came)
}

fn serve(
    mut connection: UnixStream,
    (method, path): (&str, &str),
    stalled: &Sender<()>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let line = head.lines().next().unwrap_or_default();
    let is = |method: &str, path: &str| line.starts_with(method) && line.contains(path);
    if is(method, path) {
        // Nobody may wait for it.
        let _ = stalled.send(());
        std::thread::sleep(PATIENCE * 2);
        return Ok(());
    }
    if line.starts_with("PUT") {
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
        });
        connection.read_exact(&mut vec![0; length.unwrap_or(0)])?;
    }
    let known = ANSWERS.iter().find(|(method, path, ..)| is(method, path));
    let (code, body) = known.map_or(("404 Not Found", "{}"), |(_, _, code, body)| (*code, *body));
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

/// A series of one patch, and the package that it is for.
fn write_project(dir: &Path) {
    let write = |path: &str, text: &str| {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "patches/s/series.yaml",
        "schema: mad.series/1\npackage: demo\npatches:\n  - {id: p, why: w, upstream: u, remove_when: r, target: f.js, probe: probes/p.mjs, variants: [{versions: '*', file: p.patch}]}\n",
    );
    write("patches/s/p.patch", "Why: a test.\n\n--- a/f.js\n+++ b/f.js\n@@ -1 +1 @@\n-f()\n+g()\n");
    write("patches/s/probes/p.mjs", "process.exit(0);\n");
    write("package/f.js", "f()\n");
    write("package/package.json", r#"{"name": "demo", "version": "1.0.0"}"#);
}

fn start(dir: &Path, socket: &Path, arguments: &[&str]) -> Child {
    let all = [&["patch", "verify", "--series", "s"], arguments].concat();
    command(dir, &all)
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn ended(mut child: Child) -> Option<i32> {
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

/// The first signal ends a verification that waits for a request of this kind.
#[track_caller]
fn is_interrupted(stalls_at: (&'static str, &'static str), arguments: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    write_project(dir.path());
    let (socket, came) = engine(dir.path(), stalls_at);
    let child = start(dir.path(), &socket, arguments);
    // Signals are listened to before the engine is asked for anything.
    came.recv_timeout(PATIENCE).unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    assert_eq!(ended(child), Some(130), "{stalls_at:?} {arguments:?}");
}

#[test]
fn the_first_interrupt_ends_probes_wherever_the_engine_stalls() {
    for (method, path, ..) in ANSWERS {
        is_interrupted((method, path), &["./package", "--probe-image", "x"]);
    }
}

#[test]
fn the_first_interrupt_ends_a_look_into_an_image_wherever_the_engine_stalls() {
    for stalls_at in [
        ("GET", "/version"),
        ("GET", "/images/"),
        ("POST", "/containers/create"),
        ("GET", "/archive"),
        ("DELETE", "/containers/"),
    ] {
        is_interrupted(stalls_at, &["--image", "x"]);
    }
}
