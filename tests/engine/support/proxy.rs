//! A TCP address in front of the engine's socket, whose connections can be cut, or stand still as if the
//! engine were stopped.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Listens on a free port of 127.0.0.1 for as long as the process lives.
pub struct Proxy {
    port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
    accepted: Arc<AtomicUsize>,
    gate: Arc<Gate>,
}

/// What lets bytes through, and holds them while the engine is meant to be frozen.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    thawed: Condvar,
}

#[derive(Default)]
struct GateState {
    is_frozen: bool,
    /// Bytes of clients after which it freezes by itself.
    freezes_after: Option<usize>,
}

impl Gate {
    /// Waits until `count` bytes may pass.
    fn pass(&self, count: usize, is_clients: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = state.freezes_after.filter(|_| is_clients) {
            state.freezes_after = left.checked_sub(count);
            state.is_frozen |= state.freezes_after.is_none();
        }
        while state.is_frozen {
            state = self.thawed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Proxy {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (open, accepted) = (Arc::<Mutex<Vec<TcpStream>>>::default(), Arc::default());
        let gate = Arc::<Gate>::default();
        let proxy = Self {
            port,
            open: Arc::clone(&open),
            accepted: Arc::clone(&accepted),
            gate: Arc::clone(&gate),
        };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepted.fetch_add(1, Ordering::Relaxed);
                let engine = UnixStream::connect(socket()).expect("the engine's socket answers");
                let keep = client.try_clone().expect("a socket");
                open.lock().unwrap_or_else(PoisonError::into_inner).push(keep);
                join(client, engine, &gate);
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

    /// Lets nothing through any more, in either direction, as an engine that is stopped.
    pub fn freeze(&self) {
        self.gate.state.lock().unwrap_or_else(PoisonError::into_inner).is_frozen = true;
    }

    /// The same once clients have sent so many bytes more.
    pub fn freeze_after(&self, bytes: usize) {
        let mut state = self.gate.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.freezes_after = Some(bytes);
    }

    /// Waits until it is frozen.
    pub fn wait_until_frozen(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.gate.state.lock().unwrap_or_else(PoisonError::into_inner).is_frozen {
            assert!(Instant::now() < until, "so many bytes never came");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What was held goes on.
    pub fn thaw(&self) {
        self.gate.state.lock().unwrap_or_else(PoisonError::into_inner).is_frozen = false;
        self.gate.thawed.notify_all();
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
fn join(client: TcpStream, engine: UnixStream, gate: &Arc<Gate>) {
    let (client_in, engine_in) = (client.try_clone(), engine.try_clone());
    let (client_in, engine_in) = (client_in.expect("a socket"), engine_in.expect("a socket"));
    let (there, back) = (Arc::clone(gate), Arc::clone(gate));
    thread::spawn(move || {
        copy(client_in, &engine, |count| there.pass(count, true));
        let _ = engine.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        copy(engine_in, &client, |count| back.pass(count, false));
        let _ = client.shutdown(Shutdown::Write);
    });
}

fn copy(mut from: impl Read, mut to: impl Write, pass: impl Fn(usize)) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        pass(count);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
}
