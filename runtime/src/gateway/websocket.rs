//! MCP over WebSocket: one message a frame, text or binary.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::task::spawn_local;
use tokio::time::{interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

use super::client::{Endpoint, Transport};
use super::frame::one_line;
use super::hub::Hub;
use super::outbox::{End, Outbox};
use super::stream::{Session, WRITE_TIMEOUT};
use super::wake::within;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Between two pings; a peer that answers none of three is gone.
const PING: Duration = Duration::from_secs(30);
/// tungstenite's own 128 KiB a client cost 31 MB at 200 clients.
const BUFFER: usize = 4 << 10;

pub async fn serve(
    hub: Rc<Hub>,
    io: Upgraded,
    peer: IpAddr,
    endpoint: Endpoint,
    authenticated: bool,
) {
    let limit = hub.config.limits.message.0;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(limit.saturating_mul(4).max(1 << 20))
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let mut socket =
        WebSocketStream::from_raw_socket(TokioIo::new(io), Role::Server, Some(config)).await;
    let session = match Session::enter(&hub, Transport::WebSocket, peer, endpoint, authenticated) {
        Ok(session) => session,
        Err(refused) => {
            let frame = CloseFrame { code: CloseCode::Again, reason: refused.reason().into() };
            socket.close(Some(frame)).await.ok();
            return;
        }
    };
    let (sink, stream) = socket.split();
    let writer = spawn_local(write_all(hub.clone(), session.outbox.clone(), sink));
    read_all(&session, stream).await;
    session.finish();
    writer.await.ok();
}

async fn read_all(session: &Session, mut stream: SplitStream<Socket>) {
    let mut look = interval(PING);
    let mut heard = Instant::now();
    let mut over = std::pin::pin!(session.outbox.wait_end());
    loop {
        session.ready().await;
        if session.outbox.ended().is_some() {
            return;
        }
        let frame = loop {
            tokio::select! {
                biased;
                frame = stream.next() => break frame,
                () = over.as_mut() => return,
                _ = look.tick() => {
                    if heard.elapsed() > 3 * PING || session.is_idle() {
                        return;
                    }
                }
            }
        };
        heard = Instant::now();
        let text = match frame {
            Some(Ok(Frame::Text(text))) => bytes::Bytes::from(text),
            Some(Ok(Frame::Binary(bytes))) => bytes,
            Some(Ok(Frame::Ping(_))) => {
                session.client.last_seen.set(heard);
                continue;
            }
            Some(Ok(Frame::Pong(_) | Frame::Frame(_))) => continue,
            Some(Err(Error::Capacity(_))) => return session.too_long(),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
        };
        if !session.receive(&one_line(text)) {
            return;
        }
        tokio::task::consume_budget().await;
    }
}

async fn write_all(hub: Rc<Hub>, outbox: Rc<Outbox>, mut sink: SplitSink<Socket, Frame>) {
    let mut ping = interval(PING);
    ping.tick().await;
    loop {
        let message = tokio::select! {
            biased;
            message = outbox.next() => message,
            _ = ping.tick() => {
                if !matches!(timeout(WRITE_TIMEOUT, sink.send(Frame::Ping(Default::default()))).await, Ok(Ok(()))) {
                    return outbox.end(End::Gone);
                }
                continue;
            }
        };
        let Some(message) = message else { break };
        let turn = async {
            if let Some(frame) = text(message) {
                sink.feed(frame).await?;
            }
            while let Some(frame) = outbox.try_next().and_then(text) {
                sink.feed(frame).await?;
            }
            sink.flush().await
        };
        if !matches!(within(WRITE_TIMEOUT, turn).await, Some(Ok(()))) {
            return outbox.end(End::Gone);
        }
    }
    let code = match (hub.draining.is_set(), outbox.ended()) {
        (true, _) => CloseCode::Restart,
        (_, Some(End::TooSlow)) => CloseCode::Policy,
        _ => CloseCode::Normal,
    };
    let close = Frame::Close(Some(CloseFrame { code, reason: "".into() }));
    timeout(Duration::from_secs(1), sink.send(close)).await.ok();
    timeout(Duration::from_secs(1), sink.close()).await.ok();
}

/// Messages are checked for UTF-8 where they come in.
fn text(message: bytes::Bytes) -> Option<Frame> {
    message.try_into().ok().map(Frame::Text)
}
