//! An engine that takes every connection and says nothing, or says half and then nothing: each call
//! ends by its limit, and soon after the work was cancelled. The clock is tokio's; it stands until a
//! request is there that is not answered, and leaps from limit to limit then.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::*;
use crate::{CancellableBuilder, ContainerRun, FrontendLevel, or_cancelled};

/// How long a call takes, and what it comes to, on an engine that answers the requests that `answers`
/// has an answer for.
async fn timed<T>(
    answers: fn(&str) -> &'static str,
    call: impl AsyncFnOnce(&DockerEngine) -> T,
) -> (Duration, T) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let (stalling, stalls) = channel();
    listen(UnixListener::bind(&socket).unwrap(), answers, stalling);
    let engine = engine(socket);
    let begun = Instant::now();
    // tokio's clock does not leap while a blocking task runs: answers come in time.
    let stalled = tokio::task::spawn_blocking(move || stalls.recv().expect("a request"));
    let (ended, stalled) = tokio::join!(call(&engine), stalled);
    stalled.unwrap();
    (begun.elapsed(), ended)
}

fn listen(listener: UnixListener, answers: fn(&str) -> &'static str, stalling: Sender<()>) {
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let line = first_line(&mut connection);
            let answer = answers(&line);
            // A client may have gone.
            let _ = connection.write_all(answer.as_bytes());
            if answer != CREATED {
                // Only the first is waited for.
                let _ = stalling.send(());
            }
            // An engine that stalls closes nothing.
            open.push(connection);
        }
    });
}

fn engine(socket: std::path::PathBuf) -> DockerEngine {
    let endpoint = Endpoint::Unix(socket);
    let capabilities = Capabilities {
        version: "20.10.24".to_owned(),
        api_version: "1.41".to_owned(),
        platform: "linux/amd64".to_owned(),
        frontend: FrontendLevel::V1_2,
    };
    let docker = client(&endpoint).unwrap();
    DockerEngine { endpoint, docker, capabilities, config_dir: None }
}

/// Reads a request's head; nothing where the client has gone.
fn first_line(connection: &mut UnixStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(connection.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned()
}

/// A body that is announced and does not come.
const HALF: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[";
const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"Id\":\"c\",\"Warnings\":[]}";

const SECOND: Duration = Duration::from_secs(1);

/// How many there are in [`call`].
const CALLS: usize = 7;

/// Every call of [`Builder`] but `solve`, by its number; `None` behind the last.
async fn call(engine: &dyn Builder, number: usize) -> Option<Result<(), EngineError>> {
    Some(match number {
        0 => engine.image("x").await.map(drop),
        1 => engine.history("x").await.map(drop),
        2 => engine.host().await.map(drop),
        3 => engine.tags("x").await.map(drop),
        4 => engine.tag("x", "y").await,
        5 => engine.untag("x").await,
        6 => engine.files_sha256("x", &["/f"]).await.map(drop),
        _ => return None,
    })
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_by_its_limit() {
    for answers in [|_: &str| "", |_: &str| HALF] {
        for number in 0..CALLS {
            let limit = if number < 4 { limits::ANSWER } else { limits::CHANGE };
            let (took, ended) = timed(answers, async |engine| call(engine, number).await).await;
            // To give a name the engine needs to say no more than 200.
            if let Err(error) = ended.unwrap() {
                assert!(error.is_unreachable(), "{number}: {error}");
                assert!(error.to_string().contains("did not answer within"), "{number}: {error}");
            }
            assert!(took < limit + SECOND, "{number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stalled_container_ends_by_the_limit_of_silence() {
    const LABEL: &str = "mad.test=1";
    fn created(line: &str) -> &'static str {
        if line.contains("/containers/create") { CREATED } else { "" }
    }
    // To start it, and to take it away.
    let run = ContainerRun { image: "x".to_owned(), ..ContainerRun::default() };
    let (took, ended) =
        timed(created, async |engine| engine.run(run, LABEL, &mut |_| {}).await).await;
    let error = ended.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(took <= limits::CHANGE * 2 + SECOND, "{took:?}");
    // To read the file, and to take it away.
    let (took, ended) =
        timed(created, async |engine| engine.contents_of_image("x", &["/f"], LABEL).await).await;
    assert!(ended.unwrap_err().is_unreachable());
    assert!(took <= limits::SILENCE + limits::CHANGE + SECOND, "{took:?}");
    let (took, ended) = timed(created, async |engine| engine.remove_containers(LABEL).await).await;
    assert!(ended.unwrap_err().is_unreachable());
    assert!(took <= limits::ANSWER + SECOND, "{took:?}");
    let (took, ()) = timed(created, async |engine| engine.sweep_containers().await).await;
    assert!(took <= limits::ANSWER + SECOND, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_stalls_while_it_is_read_ends_by_the_limit_of_silence() {
    for answers in [|_: &str| "", |_: &str| HALF] {
        let (took, ended) = timed(answers, async |engine| {
            // [`ImageExporter::export_image`](crate::ImageExporter::export_image) without its thread, which would hold the clock.
            let mut stream = std::pin::pin!(engine.docker().export_image("x"));
            loop {
                match stream.next().await {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => break EngineError::api("read", &error),
                    None => panic!("an archive that stalls does not end"),
                }
            }
        })
        .await;
        assert!(ended.is_unreachable(), "{ended}");
        assert!(took <= limits::SILENCE + SECOND, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_soon_after_the_work_is_cancelled() {
    const AFTER: Duration = Duration::from_secs(1);
    for number in 0..CALLS {
        let (took, ended) = timed(
            |_| "",
            async |engine| {
                let cancel = CancellationToken::new();
                let cancellable = CancellableBuilder::new(engine, cancel.clone());
                let cancelling = async {
                    tokio::time::sleep(AFTER).await;
                    cancel.cancel();
                };
                tokio::join!(call(&cancellable, number), cancelling).0
            },
        )
        .await;
        assert!(matches!(ended, Some(Err(EngineError::Cancelled))), "{number}: {ended:?}");
        assert!(took <= AFTER + limits::CALL_GRACE, "{number}");
    }
    let cancel = CancellationToken::new();
    cancel.cancel();
    let run = ContainerRun { image: "x".to_owned(), ..ContainerRun::default() };
    let (took, ended) = timed(
        |_| "",
        async |engine| or_cancelled(&cancel, engine.run(run, "mad.test=1", &mut |_| {})).await,
    )
    .await;
    assert!(matches!(ended, Err(EngineError::Cancelled)), "{ended:?}");
    assert!(took <= limits::CALL_GRACE, "{took:?}");
}
