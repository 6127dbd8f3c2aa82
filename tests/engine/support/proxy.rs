//! A TCP address in front of the engine's socket, whose connections can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Listens on a free port of 127.0.0.1 for as long as the process lives.
pub struct Proxy {
    port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
    accepted: Arc<AtomicUsize>,
}

impl Proxy {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (open, accepted) = (Arc::<Mutex<Vec<TcpStream>>>::default(), Arc::default());
        let proxy = Self { port, open: Arc::clone(&open), accepted: Arc::clone(&accepted) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepted.fetch_add(1, Ordering::Relaxed);
                let engine = UnixStream::connect(socket()).expect("the engine's socket answers");
                let keep = client.try_clone().expect("a socket");
                open.lock().unwrap_or_else(PoisonError::into_inner).push(keep);
                join(client, engine);
            }
        });
        proxy
    }

    /// For `DOCKER_HOST`.
    pub fn host(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Cuts every open connection, as a network that fails does.
    pub fn cut(&self) {
        for client in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }
}

/// The Unix socket of the engine under test.
pub fn socket() -> PathBuf {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    match host.strip_prefix("unix://") {
        Some(path) => PathBuf::from(path),
        None if host.is_empty() => PathBuf::from("/var/run/docker.sock"),
        None => panic!("this test needs an engine at a Unix socket, found DOCKER_HOST={host}"),
    }
}

/// Copies both ways until either side ends.
fn join(client: TcpStream, engine: UnixStream) {
    let (client_in, engine_in) = (client.try_clone(), engine.try_clone());
    let (client_in, engine_in) = (client_in.expect("a socket"), engine_in.expect("a socket"));
    thread::spawn(move || {
        copy(client_in, &engine);
        let _ = engine.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        copy(engine_in, &client);
        let _ = client.shutdown(Shutdown::Write);
    });
}

fn copy(mut from: impl Read, mut to: impl Write) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
}
