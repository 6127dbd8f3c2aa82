//! Newline JSON on a bare connection: the framing that MCP has for standard streams.

use std::net::IpAddr;
use std::rc::Rc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::spawn_local;

use super::client::Transport;
use super::frame;
use super::hub::{Hub, Refused};
use super::lines::{Line, Lines};
use super::outbox::{End, Outbox};
use super::stream::{Session, WRITE_TIMEOUT};
use super::wake::within;

/// What is written at once.
const BATCH: usize = 64 << 10;
/// Of the memory that a batch took.
const KEPT: usize = 4 << 10;

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
    read_all(&session, Lines::new(read, hub.config.limits.message.0)).await;
    session.finish();
    writer.await.ok();
}

async fn read_all(session: &Session, mut lines: Lines<tokio::net::tcp::OwnedReadHalf>) {
    // Nothing can be written any more, or the connection was forgotten.
    let mut over = std::pin::pin!(session.outbox.wait_end());
    loop {
        session.ready().await;
        if session.outbox.ended().is_some() {
            return;
        }
        let line = tokio::select! {
            biased;
            line = lines.next() => line,
            () = over.as_mut() => return,
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
        if !matches!(within(WRITE_TIMEOUT, stream.write_all(&batch)).await, Some(Ok(()))) {
            return outbox.end(End::Gone);
        }
        batch.clear();
        if batch.capacity() > KEPT {
            batch.shrink_to(KEPT);
        }
    }
    stream.shutdown().await.ok();
}

async fn refuse(mut stream: OwnedWriteHalf, refused: Refused) {
    let mut line = frame::error("null", -32000, refused.reason()).to_vec();
    line.push(b'\n');
    within(WRITE_TIMEOUT, stream.write_all(&line)).await;
}
