//! Newline JSON on a bare connection: the framing that MCP has for standard streams.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::spawn_local;
use tokio::time::{interval, timeout};

use super::client::Transport;
use super::frame;
use super::hub::{Hub, Refused};
use super::lines::{Line, Lines};
use super::outbox::{End, Outbox};
use super::stream::{Session, WRITE_TIMEOUT};

/// What is written at once.
const BATCH: usize = 64 << 10;

pub async fn serve(hub: Rc<Hub>, stream: TcpStream, peer: IpAddr) {
    let session = hub.endpoint("/").and_then(|endpoint| {
        Session::enter(&hub, Transport::Tcp, peer, endpoint, !hub.auth.is_needed())
    });
    let (read, write) = stream.into_split();
    let session = match session {
        Ok(session) => session,
        Err(refused) => return refuse(write, refused).await,
    };
    let writer = spawn_local(write_all(session.outbox.clone(), write));
    read_all(&hub, &session, Lines::new(read, hub.config.limits.message.0)).await;
    session.finish();
    writer.await.ok();
}

async fn read_all(hub: &Hub, session: &Session, mut lines: Lines<tokio::net::tcp::OwnedReadHalf>) {
    let mut look = interval(Duration::from_secs(1).max(hub.config.limits.idle.0 / 4));
    loop {
        session.ready().await;
        let line = loop {
            tokio::select! {
                line = lines.next() => break line,
                () = gone(&session.outbox) => return,
                _ = look.tick() => if session.is_idle() { return },
            }
        };
        match line {
            Ok(Some(Line::Text(text))) => {
                if !session.receive(&text) {
                    return;
                }
            }
            Ok(Some(Line::TooLong)) => {
                session.too_long();
                return;
            }
            // Closed, or only its half of it: `printf … | nc -N` waits for its answers.
            Ok(None) => return session.last_answers().await,
            Err(_) => return,
        }
        tokio::task::consume_budget().await;
    }
}

/// Until nothing can be written any more.
async fn gone(outbox: &Outbox) {
    outbox.wait_end().await;
}

async fn write_all(outbox: Rc<Outbox>, mut stream: OwnedWriteHalf) {
    let mut batch = Vec::new();
    while let Some(message) = outbox.next().await {
        batch.extend_from_slice(&message);
        batch.push(b'\n');
        while batch.len() < BATCH
            && let Some(message) = outbox.try_next()
        {
            batch.extend_from_slice(&message);
            batch.push(b'\n');
        }
        match timeout(WRITE_TIMEOUT, stream.write_all(&batch)).await {
            Ok(Ok(())) => {}
            _ => return outbox.end(End::Gone),
        }
        batch.clear();
        batch.shrink_to(4 << 10);
    }
    stream.shutdown().await.ok();
}

async fn refuse(mut stream: OwnedWriteHalf, refused: Refused) {
    let mut line = frame::error("null", -32000, refused.reason()).to_vec();
    line.push(b'\n');
    timeout(WRITE_TIMEOUT, stream.write_all(&line)).await.ok();
}
