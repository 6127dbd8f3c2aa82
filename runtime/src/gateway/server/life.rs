//! From start to start: the child is initialised before traffic, and again after a crash.

use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::said::log_stderr;
use super::{Server, stateless};
use crate::gateway::child;
use crate::gateway::frame::Message;
use crate::gateway::lines::{Line, Lines};
use crate::gateway::link::{InitializeResult, Link, Requester};
use crate::gateway::outbox::{End, Outbox};
use crate::gateway::version;
use crate::tree;

/// A life of this length is no failed start: the next wait is short again.
const SETTLED: Duration = Duration::from_secs(10);
/// How long a replaced server may take for the answers it owes.
const LAST_ANSWERS: Duration = Duration::from_secs(600);

/// Of the memory that a batch of messages to a server took.
const KEPT: usize = 128 << 10;

/// For what was killed to be gone.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// A started server, and the keeper to end it by.
struct Running {
    link: Rc<Link>,
    keeper: Option<Child>,
}

pub async fn live(server: Rc<Server>) {
    let restart = &server.config.restart;
    let mut delay = restart.delay.0;
    while !server.stop.is_set() {
        let begin = Instant::now();
        match start(&server).await {
            Ok(running) => {
                server.pause.set(Duration::ZERO);
                serve(&server, running).await;
            }
            Err(why) => warn!(server = server.name, why, "server did not start"),
        }
        if server.stop.is_set() {
            break;
        }
        server.restarts.set(server.restarts.get() + 1);
        if begin.elapsed() > SETTLED {
            delay = restart.delay.0;
        }
        server.pause.set(delay);
        if delay > super::PATIENCE {
            server.fail_waiting(&format!(
                "server `{}` is down, next start in {delay:?}",
                server.name
            ));
        }
        tokio::select! {
            () = sleep(delay) => {}
            () = server.stop.wait() => break,
            () = server.replace.notified() => {}
        }
        delay = (delay * 2).min(restart.max_delay.0);
    }
    server.fail_waiting(&format!("server `{}` is stopped", server.name));
    server.stopped.set();
}

/// Until the server ends or is stopped; it may be replaced any number of times between.
async fn serve(server: &Rc<Server>, mut running: Running) {
    loop {
        *server.link.borrow_mut() = Some(running.link.clone());
        info!(server = server.name, pid = running.link.pid, "server is ready");
        server.resubscribe();
        server.flush();
        server.is_no_longer_missed();
        tokio::select! {
            () = running.link.ended.wait() => {
                warn!(server = server.name, pid = running.link.pid, "server ended");
                running.link.fail_all(&format!("server `{}` ended", server.name));
                *server.link.borrow_mut() = None;
                end(server, running).await;
                return;
            }
            () = keeper_killed(&mut running.keeper) => {
                warn!(server = server.name, pid = running.link.pid, "the server's keeper was killed");
                running.link.ended.set();
            }
            () = server.stop.wait() => {
                running.link.fail_all(&format!("server `{}` is stopped", server.name));
                *server.link.borrow_mut() = None;
                end(server, running).await;
                return;
            }
            () = server.replace.notified() => match start(server).await {
                Ok(next) => {
                    let old = std::mem::replace(&mut running, next);
                    spawn_local(retire(server.clone(), old));
                }
                Err(why) => {
                    warn!(server = server.name, why, "replacement did not start; the old one stays");
                    running.link.parked.set(false);
                }
            }
        }
    }
}

/// The old server after its replacement: no new calls, but its last answers.
async fn retire(server: Rc<Server>, old: Running) {
    let begin = Instant::now();
    while old.link.calls.get() > 0 && begin.elapsed() < LAST_ANSWERS {
        tokio::select! {
            () = sleep(Duration::from_millis(50)) => {}
            () = old.link.ended.wait() => break,
            () = server.stop.wait() => break,
        }
    }
    old.link.fail_all(&format!("server `{}` was replaced", server.name));
    end(&server, old).await;
}

async fn end(server: &Server, mut running: Running) {
    running.link.ended.set();
    running.link.outbox.end(End::Gone);
    let Some(keeper) = &mut running.keeper else { return };
    child::stop(keeper);
    let status = keeper.wait().await;
    let Some(hub) = server.hub() else { return };
    hub.keepers.borrow_mut().retain(|pid| Some(*pid) != running.link.pid);
    // Killed, it has not done its work.
    if status.is_ok_and(|status| status.code().is_none()) {
        let begin = Instant::now();
        while !tree::end_orphans(&hub.keepers.borrow()) && begin.elapsed() < LAST_LOOK {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A keeper that ends by itself has ended its server before, whose last words may still be unread.
async fn keeper_killed(keeper: &mut Option<Child>) {
    if let Some(keeper) = keeper
        && keeper.wait().await.is_ok_and(|status| status.code().is_none())
    {
        return;
    }
    std::future::pending().await
}

async fn start(server: &Rc<Server>) -> Result<Running, String> {
    let config = &server.config;
    let ends = timeout(config.start_timeout.0, child::start(config))
        .await
        .map_err(|_| "no connection in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let outbox = Rc::new(Outbox::new(server.limits.message.0.saturating_mul(4)));
    let link = Link::new(outbox.clone(), ends.keeper.as_ref().and_then(Child::id));
    spawn_local(write(outbox, ends.write, link.clone()));
    spawn_local(read(server.clone(), Lines::new(ends.read, server.limits.message.0), link.clone()));
    if let Some(stderr) = ends.stderr {
        spawn_local(log_stderr(server.name.clone(), stderr));
    }
    if let (Some(hub), Some(pid)) = (server.hub(), link.pid) {
        hub.keepers.borrow_mut().insert(pid);
    }
    let mut running = Running { link: link.clone(), keeper: ends.keeper };
    let introduced = tokio::select! {
        introduced = timeout(config.start_timeout.0, introduce(server, &link)) => {
            introduced.unwrap_or_else(|_| Err("no answer to `initialize` in time".to_owned()))
        }
        () = keeper_killed(&mut running.keeper) => Err("its keeper was killed".to_owned()),
        () = link.ended.wait() => Err("it ended before its answer to `initialize`".to_owned()),
        () = server.stop.wait() => Err("stopped".to_owned()),
    };
    match introduced {
        Ok(introduction) => {
            *link.introduction.borrow_mut() = Some(introduction);
            Ok(running)
        }
        Err(why) => {
            end(server, running).await;
            Err(why)
        }
    }
}

async fn introduce(server: &Rc<Server>, link: &Rc<Link>) -> Result<InitializeResult, String> {
    let newest = version::LEGACY[version::LEGACY.len() - 1];
    let request = format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"{newest}","capabilities":{{"sampling":{{}},"elicitation":{{}},"roots":{{"listChanged":true}}}},"clientInfo":{{"name":"mad-runtime","version":"{}"}}}}}}"#,
        env!("CARGO_PKG_VERSION")
    );
    let result = match ask(server, link, &request).await? {
        Ok(result) => result,
        // A server that knows only the revision without sessions has no such method.
        Err(refusal) => {
            let request = r#"{"jsonrpc":"2.0","id":0,"method":"server/discover"}"#;
            link.stateless.set(true);
            return match ask(server, link, request).await? {
                Ok(result) => stateless::introduction(&result),
                Err(_) => Err(format!("`initialize` was refused: {refusal}")),
            };
        }
    };
    #[derive(Deserialize)]
    struct Needed {
        #[serde(rename = "protocolVersion")]
        _protocol_version: String,
    }
    serde_json::from_str::<Needed>(&result)
        .map_err(|error| format!("its answer to `initialize`: {error}"))?;
    link.outbox
        .push(Bytes::from_static(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#));
    Ok(InitializeResult { result: result.into() })
}

/// A request of the gateway's own: the result, or the error's text.
async fn ask(
    server: &Rc<Server>,
    link: &Rc<Link>,
    request: &str,
) -> Result<Result<String, String>, String> {
    let (tell, told) = oneshot::channel();
    let message = Message::parse(request).map_err(|_| "no message".to_owned())?;
    server.send(link, &message, Requester::Gateway(tell), Instant::now());
    let answer = told.await.map_err(|_| format!("no answer to `{}`", message.method))?;
    let text = std::str::from_utf8(&answer).map_err(|error| error.to_string())?;
    let message = Message::parse(text).map_err(|_| "no message".to_owned())?;
    Ok(match message.result {
        Some(result) => Ok(result.get().to_owned()),
        None => {
            let error = message.error.map_or("", RawValue::get);
            Err(error.chars().take(200).collect())
        }
    })
}

async fn write(
    outbox: Rc<Outbox>,
    mut stream: Box<dyn tokio::io::AsyncWrite + Unpin>,
    link: Rc<Link>,
) {
    let mut batch = Vec::new();
    while let Some(message) = outbox.next().await {
        batch.extend_from_slice(&message);
        batch.push(b'\n');
        while batch.len() < 64 << 10
            && let Some(message) = outbox.try_next()
        {
            batch.extend_from_slice(&message);
            batch.push(b'\n');
        }
        tokio::select! {
            biased;
            written = stream.write_all(&batch) => if written.is_err() { break },
            () = link.ended.wait() => break,
        }
        batch.clear();
        if batch.capacity() > KEPT {
            batch.shrink_to(KEPT);
        }
    }
    // A server whose input is broken has ended, whether its output has or not.
    link.ended.set();
}

async fn read(
    server: Rc<Server>,
    mut lines: Lines<Box<dyn tokio::io::AsyncRead + Unpin>>,
    link: Rc<Link>,
) {
    loop {
        let line = tokio::select! {
            biased;
            line = lines.next() => line,
            () = link.ended.wait() => return,
        };
        match line {
            Ok(Some(Line::Text(line))) => server.receive(&link, line),
            Ok(Some(Line::TooLong)) => server.noise("a line over the limit"),
            Ok(None) | Err(_) => break,
        }
        tokio::task::consume_budget().await;
    }
    link.ended.set();
}
