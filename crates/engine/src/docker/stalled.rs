//! An engine that takes every connection and says nothing, or says half and then nothing: each call
//! ends by its limit, and soon after the work was cancelled. The clock is tokio's, and stands still.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::{ContainerRun, FrontendLevel, Impatient, or_cancelled};

/// The engine, and the folder of its socket. It answers requests that `answers` has an answer for.
fn stalled(answers: fn(&str) -> &'static str) -> (DockerEngine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let line = first_line(&mut connection);
            // A client may have gone.
            let _ = connection.write_all(answers(&line).as_bytes());
            // An engine that stalls closes nothing.
            open.push(connection);
        }
    });
    let endpoint = Endpoint::Unix(socket);
    let capabilities = Capabilities {
        version: "20.10.24".to_owned(),
        api_version: "1.41".to_owned(),
        platform: "linux/amd64".to_owned(),
        frontend: FrontendLevel::V1_2,
    };
    let docker = client(&endpoint).unwrap();
    (DockerEngine { endpoint, docker, capabilities, config_dir: None }, folder)
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

/// How long a call takes, and what it ends with.
async fn timed<T>(call: impl Future<Output = Result<T, EngineError>>) -> (Duration, EngineError) {
    let begun = Instant::now();
    let error = call.await.err().expect("an engine that stalls answers nothing");
    (begun.elapsed(), error)
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_by_its_limit() {
    for answers in [|_: &str| "", |_: &str| HALF] {
        let (engine, _folder) = stalled(answers);
        for (number, limit) in [
            limits::ANSWER,
            limits::ANSWER,
            limits::ANSWER,
            limits::ANSWER,
            limits::CHANGE,
            limits::CHANGE,
            limits::CHANGE,
        ]
        .into_iter()
        .enumerate()
        {
            let begun = Instant::now();
            let ended = call(&engine, number).await.unwrap();
            // To give a name the engine needs to say no more than 200.
            if let Err(error) = ended {
                assert!(error.is_unreachable(), "{number}: {error}");
                assert!(error.to_string().contains("did not answer within"), "{number}: {error}");
            }
            assert!(begun.elapsed() < limit + Duration::from_secs(1), "{number}");
        }
        assert!(call(&engine, 7).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stalled_container_ends_by_the_limit_of_silence() {
    let (engine, _folder) = stalled(|line| match line {
        line if line.contains("/containers/create") => CREATED,
        _ => "",
    });
    let run = ContainerRun { image: "x".to_owned(), ..ContainerRun::default() };
    let (took, error) = timed(engine.run(run, "mad.test=1", &mut |_| {})).await;
    assert!(error.is_unreachable(), "{error}");
    // To follow it, and to take it away.
    assert!(took <= limits::SILENCE * 2 + limits::CHANGE * 2, "{took:?}");
    let (took, _) = timed(engine.files_of_image("x", &["/f"], "mad.test=1")).await;
    assert!(took <= limits::SILENCE + limits::CHANGE * 2, "{took:?}");
    let (took, _) = timed(engine.remove_containers("mad.test=1")).await;
    assert!(took <= limits::ANSWER, "{took:?}");
    let begun = Instant::now();
    engine.sweep_containers().await;
    assert!(begun.elapsed() <= limits::ANSWER);
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_soon_after_the_work_is_cancelled() {
    let (engine, _folder) = stalled(|_| "");
    for number in 0..7 {
        let cancel = CancellationToken::new();
        let impatient = Impatient::new(&engine, cancel.clone());
        let cancelling = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        };
        let begun = Instant::now();
        let (ended, ()) = tokio::join!(call(&impatient, number), cancelling);
        assert!(matches!(ended, Some(Err(EngineError::Cancelled))), "{number}: {ended:?}");
        assert!(begun.elapsed() <= Duration::from_secs(1) + limits::CALL_GRACE, "{number}");
    }
    let cancel = CancellationToken::new();
    cancel.cancel();
    let run = ContainerRun { image: "x".to_owned(), ..ContainerRun::default() };
    let (took, error) =
        timed(or_cancelled(&cancel, engine.run(run, "mad.test=1", &mut |_| {}))).await;
    assert!(matches!(error, EngineError::Cancelled) && took <= limits::CALL_GRACE, "{error}");
}
