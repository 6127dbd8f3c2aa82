//! Listens, tells the transports apart by the first byte, and ends in order.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use runtime_config::{Isolation, Mcp};
use rustix::process::{getpid, set_child_subreaper};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{interval, sleep, timeout};
use tracing::{info, warn};

use super::auth::{TokenError, read_token};
use super::client::Transport;
use super::hub::Hub;
use super::outbox::End;
use super::{http, tcp};

/// tokio's backlog of 128 makes 200 clients at once wait a second for their SYN to be sent again.
const BACKLOG: i32 = 4096;
/// For the first byte of a connection.
const FIRST_BYTE: Duration = Duration::from_secs(30);
/// Between two tries to accept when there are no file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(50);
/// For the servers to be ended; their keepers kill sooner.
const LAST_WAIT: Duration = Duration::from_millis(1500);

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("cannot listen on `{address}`: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot start: {0}")]
    Start(std::io::Error),
}

/// Runs until SIGTERM or SIGINT. `listening` is told the addresses, with the ports that the kernel chose.
pub fn serve(config: Mcp, listening: impl FnOnce(&[SocketAddr])) -> Result<(), ServeError> {
    let token = config.token.as_ref().map(|token| read_token(token.path())).transpose()?;
    // qemu's emulation of another architecture knows no subreapers. The keepers do their work without.
    if let Err(error) = set_child_subreaper(Some(getpid())) {
        warn!(%error, "what a killed keeper leaves behind will not be found");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let local = LocalSet::new();
    local.block_on(&runtime, run(Hub::new(config, token.as_deref()), listening))
}

async fn run(hub: Rc<Hub>, listening: impl FnOnce(&[SocketAddr])) -> Result<(), ServeError> {
    let mut stop = signal(SignalKind::terminate()).map_err(ServeError::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Start)?;
    let mut replace = signal(SignalKind::hangup()).map_err(ServeError::Start)?;
    let mut addresses = Vec::new();
    let mut listeners = Vec::new();
    for address in &hub.config.listen {
        let failed = |source| ServeError::Listen { address: *address, source };
        let listener = listen(*address).map_err(failed)?;
        addresses.push(listener.local_addr().map_err(failed)?);
        listeners.push(listener);
    }
    for server in
        hub.servers.values().filter(|server| server.config.isolation != Isolation::Session)
    {
        server.start();
    }
    listening(&addresses);
    info!(?addresses, "listening");
    let accepting: Vec<_> =
        listeners.into_iter().map(|listener| spawn_local(accept(hub.clone(), listener))).collect();
    let sweeping = spawn_local(sweep(hub.clone()));
    loop {
        tokio::select! {
            _ = stop.recv() => break,
            _ = interrupt.recv() => break,
            _ = replace.recv() => {
                hub.servers.values().for_each(|server| server.replace.notify_one());
                reread_token(&hub);
            }
        }
    }
    info!("draining");
    accepting.into_iter().for_each(|task| task.abort());
    sweeping.abort();
    drain(&hub).await;
    info!("stopped");
    Ok(())
}

/// Sessions and connections belong to the token that made them: with another, all of them end.
fn reread_token(hub: &Rc<Hub>) {
    let Some(token) = &hub.config.token else { return };
    match read_token(token.path()) {
        Ok(token) if hub.auth.replace(&token) => {
            info!("another token: all sessions end");
            hub.sessions.borrow_mut().clear();
            let suspended = hub.suspended.take();
            drop(suspended);
            let clients: Vec<_> = hub.clients.borrow().values().cloned().collect();
            clients.iter().for_each(|client| hub.leave_with(client, End::Done));
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "the old token stays"),
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // `[::]` beside `0.0.0.0` in one list.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

async fn accept(hub: Rc<Hub>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                hub.metrics.connected();
                spawn_local(connection(hub.clone(), stream, peer));
            }
            Err(error) => {
                hub.metrics.accept_failed();
                warn!(%error, "cannot accept");
                sleep(EXHAUSTED).await;
            }
        }
    }
}

async fn connection(hub: Rc<Hub>, stream: TcpStream, peer: SocketAddr) {
    watch(&stream);
    let mut first = [0];
    match timeout(FIRST_BYTE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0].is_ascii_uppercase() => http::serve(hub, stream, peer.ip()).await,
        Ok(Ok(1)) => tcp::serve(hub, stream, peer.ip()).await,
        _ => {}
    }
}

fn watch(stream: &TcpStream) {
    stream.set_nodelay(true).ok();
    // A peer that is gone without a word: found after two minutes.
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(20))
        .with_retries(3);
    let socket = socket2::SockRef::from(stream);
    socket.set_tcp_keepalive(&keepalive).ok();
    // The same for one to which something was sent: the kernel alone would try for a quarter of an hour.
    socket.set_tcp_user_timeout(Some(Duration::from_secs(120))).ok();
}

/// Ends sessions over HTTP and connections of newline JSON that nobody has used for long.
async fn sweep(hub: Rc<Hub>) {
    let idle = hub.config.limits.idle.0;
    let mut look = interval((idle / 4).clamp(Duration::from_millis(250), Duration::from_secs(30)));
    loop {
        look.tick().await;
        let old: Vec<_> =
            hub.sessions.borrow().values().filter(|client| client.is_idle(idle)).cloned().collect();
        // Their readers see it and leave.
        let forgotten: Vec<_> = hub
            .clients
            .borrow()
            .values()
            .filter(|client| client.transport == Transport::Tcp && client.is_idle(idle))
            .filter_map(|client| client.stream.borrow().clone())
            .collect();
        forgotten.iter().for_each(|stream| stream.end(End::Done));
        let over: Vec<_> =
            hub.suspended.borrow_mut().extract_if(|_, suspended| suspended.is_over()).collect();
        drop(over);
        for client in old {
            hub.sessions.borrow_mut().retain(|_, other| other.number != client.number);
            hub.leave(&client);
        }
    }
}

/// Calls in flight may end; then clients are told goodbye and servers end with all they started.
async fn drain(hub: &Rc<Hub>) {
    hub.draining.set();
    let calls =
        || hub.clients.borrow().values().map(|client| client.in_flight.get()).sum::<usize>();
    let answered = async {
        while calls() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(hub.config.drain.0, answered).await.ok();
    let clients: Vec<_> = hub.clients.borrow().values().cloned().collect();
    for client in clients {
        hub.leave_with(&client, End::Done);
    }
    let servers: Vec<_> = hub.servers.values().filter(|server| server.started.get()).collect();
    servers.iter().for_each(|server| server.stop.set());
    let ended = async {
        for server in servers {
            server.stopped.wait().await;
        }
        // The last bytes of the writers.
        sleep(Duration::from_millis(20)).await;
    };
    timeout(LAST_WAIT, ended).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_half_open_connection_is_found_by_the_kernel() {
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("bound");
        let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, _) = accepted.expect("accepted");
        watch(&stream);
        let socket = socket2::SockRef::from(&stream);
        assert!(socket.keepalive().expect("read"));
        assert_eq!(socket.tcp_keepalive_time().expect("read"), Duration::from_secs(60));
        assert_eq!(socket.tcp_keepalive_interval().expect("read"), Duration::from_secs(20));
        assert_eq!(socket.tcp_keepalive_retries().expect("read"), 3);
        assert_eq!(socket.tcp_user_timeout().expect("read"), Some(Duration::from_secs(120)));
    }
}
