//! An engine that stalls, floods or talks nonsense: every command ends, and the first Ctrl-C counts.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::process::{Pid, Signal, kill_process};

use crate::fake_engine::{self, PATIENCE, VERSION, answer, ended, listen};
use crate::support::command;

/// What it does to a request whose first line holds a text.
#[derive(Clone, Copy)]
enum Trick {
    /// Says nothing.
    Silence,
    /// Says 101 and nothing more.
    Upgrades,
    /// Sends a body without an end.
    Flood,
    /// Sends what is no HTTP.
    Nonsense,
}

/// An engine that plays a trick on requests whose first line holds `text`, and knows nothing else.
fn engine(dir: &Path, text: &'static str, trick: Trick) -> PathBuf {
    engine_that_tells(dir, text, trick).0
}

/// The same; it tells when such a request has come.
fn engine_that_tells(dir: &Path, text: &'static str, trick: Trick) -> (PathBuf, Receiver<()>) {
    let (tricked, came) = channel();
    let socket =
        listen(dir, move |connection, head| serve(connection, head, text, trick, &tricked));
    (socket, came)
}

fn serve(
    mut connection: UnixStream,
    head: &str,
    text: &str,
    trick: Trick,
    tricked: &Sender<()>,
) -> std::io::Result<()> {
    let line = head.lines().next().unwrap_or_default();
    // BuildKit's channel and the session are opened beside each other: both stall.
    let is_channel = |text: &str| text.contains("/session") || text.contains("/grpc");
    let is_beside = is_channel(text) && is_channel(line);
    if line.contains(text) || is_beside {
        // Nobody may wait for it.
        let _ = tricked.send(());
        match trick {
            Trick::Silence => {}
            Trick::Upgrades => connection.write_all(
                b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            )?,
            Trick::Flood => {
                connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
                let chunk = [b"10000\r\n".as_slice(), &[b' '; 65_536], b"\r\n"].concat();
                loop {
                    connection.write_all(&chunk)?;
                }
            }
            Trick::Nonsense => connection.write_all(&[0xff; 5000])?,
        }
        std::thread::sleep(PATIENCE * 2);
        return Ok(());
    }
    let (code, body) =
        if line.contains("/version") { ("200 OK", VERSION) } else { ("404 Not Found", "{}") };
    answer(connection, code, body)
}

fn start(dir: &Path, socket: &Path, arguments: &[&str]) -> Child {
    std::fs::create_dir_all(dir.join("profiles")).unwrap();
    std::fs::create_dir_all(dir.join("templates")).unwrap();
    std::fs::write(dir.join("profiles/small.yaml"), "base: debian\n").unwrap();
    std::fs::write(dir.join("templates/Dockerfile.j2"), "FROM {{ base }}\nRUN id\n").unwrap();
    let mut command = command(dir, arguments);
    command.env("MAD_HISTORY", dir.join("history.db"));
    fake_engine::start(command, socket)
}

const BUILD: [&str; 7] = ["build", "-p", "small", "-t", "mad-stalled:1", "--ca-bundle", "none"];

#[test]
fn the_first_interrupt_ends_a_build_on_an_engine_that_stalls() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        for (text, trick) in [
            ("/session", Trick::Silence),
            ("/grpc", Trick::Silence),
            ("/grpc", Trick::Upgrades),
            ("/version", Trick::Silence),
        ] {
            if signal != Signal::INT && text != "/grpc" {
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            let (socket, came) = engine_that_tells(dir.path(), text, trick);
            let child = start(dir.path(), &socket, &BUILD);
            // Signals are listened to before the engine is asked for anything; and its limits run from
            // here on, however slow this machine is.
            came.recv_timeout(PATIENCE).unwrap();
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
            kill_process(pid, signal).unwrap();
            // At its limit it would have ended with 7.
            assert_eq!(ended(child), Some(130), "{text} {signal:?}");
        }
    }
}

#[test]
fn a_flood_and_nonsense_are_an_unusable_engine() {
    for (text, trick) in [
        ("/version", Trick::Flood),
        ("/version", Trick::Nonsense),
        ("/session", Trick::Nonsense),
        ("/grpc", Trick::Nonsense),
        ("/grpc", Trick::Flood),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let socket = engine(dir.path(), text, trick);
        assert_eq!(ended(start(dir.path(), &socket, &BUILD)), Some(7), "{text}");
    }
}

#[test]
fn an_engine_that_says_nothing_ends_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let socket = engine(dir.path(), "/session", Trick::Silence);
    assert_eq!(ended(start(dir.path(), &socket, &BUILD)), Some(7));
}
