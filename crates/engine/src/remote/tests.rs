//! The image of a builder on its way into the engine: all of it or nothing.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio_util::sync::CancellationToken;

use super::testing::{Sends, builder};
use super::{BuildKit, BuilderAddress, RemoteBuilder};
use crate::{
    Archive, Builder, DockerEngine, DockerSettings, FrontendLevel, NoCache, SolveError,
    SolveOptions, SolveRequest,
};

/// An engine that takes images and says `answer` to each; what it was sent, and whether that came to its end.
fn engine(socket: &Path, answer: &'static str) -> Receiver<(String, bool)> {
    let listener = UnixListener::bind(socket).unwrap();
    let (loads, loaded) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let loads = loads.clone();
            std::thread::spawn(move || serve(connection.unwrap(), answer, &loads));
        }
    });
    loaded
}

fn serve(mut connection: UnixStream, answer: &str, loads: &Sender<(String, bool)>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if connection.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap_or_default();
    let body = if line.contains("/images/load") {
        let (body, whole) = chunked(&mut connection);
        let _ = loads.send((body, whole));
        answer.to_owned()
    } else {
        r#"{"Version":"26.1.5","ApiVersion":"1.45","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#
            .to_owned()
    };
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = connection.write_all(answer.as_bytes());
}

/// A body in chunks, and whether its last one came.
fn chunked(connection: &mut UnixStream) -> (String, bool) {
    let mut body = String::new();
    loop {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match connection.read(&mut byte) {
                Ok(1..) => line.push(byte[0]),
                _ => return (body, false),
            }
        }
        let size = String::from_utf8(line).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        if connection.read_exact(&mut chunk).is_err() {
            return (body, false);
        }
        if size == 0 {
            return (body, true);
        }
        body.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
    }
}

fn request() -> SolveRequest {
    SolveRequest {
        build_ref: "ref".to_owned(),
        candidate: Some("mad/candidate:x".to_owned()),
        files: None,
        context: Archive::new(tempfile::tempfile().unwrap()).unwrap(),
        context_key: "key".to_owned(),
        target: None,
        build_args: Default::default(),
        no_cache: NoCache::Never,
        secrets: Default::default(),
        dockerfile: "Dockerfile".to_owned(),
        options: SolveOptions::default(),
    }
}

/// How a build ends whose builder sends that, and what the engine was sent.
async fn solved(
    sends: Sends,
    answer: &'static str,
) -> (Result<(), SolveError>, Receiver<(String, bool)>, (String, String)) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let loaded = engine(&socket, answer);
    let settings = DockerSettings {
        host: Some(format!("unix://{}", socket.display())),
        ..DockerSettings::default()
    };
    let engine = DockerEngine::connect(&settings).await.unwrap();
    let (address, mut asked) = builder(sends).await;
    let address = BuilderAddress::parse(&address).unwrap();
    let buildkit = BuildKit::connect("farm", &address, None).await.unwrap();
    let worker = buildkit.worker();
    assert_eq!((worker.is_engine, worker.frontend), (false, FrontendLevel::V1_4));
    assert_eq!(worker.platforms, ["linux/amd64"]);
    let remote = RemoteBuilder::new(buildkit, &engine);
    assert_eq!(remote.describe(), "buildkit v0.19.0 `farm`");
    let host = remote.host().await.unwrap();
    assert_eq!(
        (host.builder.as_deref(), host.storage_driver.as_str()),
        (Some("farm"), "overlayfs")
    );
    let (events, _told) = tokio::sync::mpsc::unbounded_channel();
    let solved = remote.solve(request(), events, CancellationToken::new()).await;
    (solved.map(drop), loaded, asked.recv().await.unwrap())
}

const LOADED: &str = r#"{"stream":"Loaded image: mad/candidate:x\n"}"#;

#[tokio::test]
async fn the_archive_of_the_builder_is_what_the_engine_loads() {
    let (solved, loaded, asked) = solved(Sends::Pieces(&["one ", "two ", "three"]), LOADED).await;
    solved.unwrap();
    assert_eq!(loaded.recv().unwrap(), ("one two three".to_owned(), true));
    assert_eq!(asked, ("docker".to_owned(), "mad/candidate:x".to_owned()));
}

#[tokio::test]
async fn an_engine_that_refuses_the_image_says_why() {
    let answer = r#"{"errorDetail":{"message":"no space left"},"error":"no space left"}"#;
    let (solved, _, _) = solved(Sends::Pieces(&["one"]), answer).await;
    let error = solved.unwrap_err().to_string();
    assert!(error.contains("could not load the image: no space left"), "{error}");
}

#[tokio::test]
async fn a_part_of_an_image_is_none() {
    let (solved, loaded, _) = solved(Sends::PartOnly("one"), LOADED).await;
    assert_eq!(solved.unwrap_err().to_string(), "the disk is full");
    // Either the engine was never asked, or the archive broke off.
    let sent = loaded.recv_timeout(std::time::Duration::from_secs(2));
    assert!(sent.is_err() || sent.is_ok_and(|(_, whole)| !whole));
}

#[tokio::test]
async fn a_builder_that_sends_nothing_has_built_nothing() {
    let (solved, loaded, _) = solved(Sends::Nothing, LOADED).await;
    assert_eq!(solved.unwrap_err().to_string(), "the builder `farm` sent no image");
    assert!(loaded.try_recv().is_err());
}
