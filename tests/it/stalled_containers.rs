//! An engine that stalls somewhere on the way of a container: the first Ctrl-C ends a verification of
//! patches. That each call ends by its own limit is shown in the crate `engine`, with a clock that leaps.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::process::{Pid, Signal, kill_process};

use crate::fake_engine::{self, PATIENCE, VERSION, answer, ended, listen};
use crate::support::command;

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
    let (stalled, came) = channel();
    let socket = listen(dir, move |connection, head| serve(connection, head, stalls_at, &stalled));
    (socket, came)
}

fn serve(
    mut connection: UnixStream,
    head: &str,
    (method, path): (&str, &str),
    stalled: &Sender<()>,
) -> std::io::Result<()> {
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
    answer(connection, code, body)
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
    fake_engine::start(command(dir, &all), socket)
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
