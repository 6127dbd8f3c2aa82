//! One client: a connection, or a session over HTTP.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::link::Link;
use super::modern::Filter;
use super::outbox::Outbox;
use super::server::Server;
use super::wake::{Changes, Flag};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    Tcp,
    WebSocket,
    Http,
    Sse,
}

impl Transport {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::WebSocket => "websocket",
            Self::Http => "http",
            Self::Sse => "sse",
        }
    }

    /// Whether all answers go down one stream, where two calls with one id cannot be told apart.
    pub fn is_stream(self) -> bool {
        self != Self::Http
    }
}

/// What stands behind the path that the client came in by.
#[derive(Clone)]
pub enum Endpoint {
    Server(Rc<Server>),
    All,
}

impl Endpoint {
    /// Whether both are the same server, or all; with `isolation: session` each client has one of its own.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Server(one), Self::Server(other)) => one.name == other.name,
            (Self::All, Self::All) => true,
            _ => false,
        }
    }
}

/// What a server may ask of this client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    pub sampling: bool,
    pub elicitation: bool,
    pub roots: bool,
}

impl Abilities {
    pub fn of(capabilities: Option<&RawValue>) -> Self {
        #[derive(Default, Deserialize)]
        struct Declared<'a> {
            #[serde(borrow, default)]
            sampling: Option<&'a RawValue>,
            #[serde(borrow, default)]
            elicitation: Option<&'a RawValue>,
            #[serde(borrow, default)]
            roots: Option<&'a RawValue>,
        }
        let declared = capabilities
            .and_then(|capabilities| serde_json::from_str::<Declared>(capabilities.get()).ok())
            .unwrap_or_default();
        Self {
            sampling: declared.sampling.is_some(),
            elicitation: declared.elicitation.is_some(),
            roots: declared.roots.is_some(),
        }
    }

    /// The capability that a request of a server with this method needs and the client has not.
    pub fn lack(self, method: &str) -> Option<&'static str> {
        let (name, there) = match method.split('/').next().unwrap_or_default() {
            "sampling" => ("sampling", self.sampling),
            "elicitation" => ("elicitation", self.elicitation),
            "roots" => ("roots", self.roots),
            _ => return None,
        };
        (!there).then_some(name)
    }

    /// Whether a request of a server with this method may go to the client.
    pub fn allow(self, method: &str) -> bool {
        self.lack(method).is_none()
    }
}

/// The calls in flight with one id: over HTTP there may be several.
pub struct Flights {
    newest: InFlightCall,
    older: Vec<InFlightCall>,
}

impl Flights {
    pub fn newest(&self) -> &InFlightCall {
        &self.newest
    }

    pub fn all(&self) -> impl Iterator<Item = &InFlightCall> {
        self.older.iter().chain([&self.newest])
    }
}

/// A call in flight, where the client's `notifications/cancelled` finds it.
pub struct InFlightCall {
    pub link: Weak<Link>,
    pub id: u64,
}

/// What `notifications/cancelled` ends.
#[derive(Clone)]
pub struct Work {
    pub cancel: Flag,
    /// Holds the calls of a stateless request.
    pub own: Option<Rc<Client>>,
}

/// A request of a server that the client has not answered.
pub struct ServerRequest {
    pub link: Weak<Link>,
    /// The server's own id, as JSON.
    pub id: String,
}

pub struct Client {
    pub number: u64,
    pub transport: Transport,
    pub peer: IpAddr,
    pub since: Instant,
    pub endpoint: Endpoint,
    pub initialised: Cell<bool>,
    pub abilities: Cell<Abilities>,
    /// Where messages go that belong to no call.
    pub stream: RefCell<Option<Rc<Outbox>>>,
    /// How many streams a session over HTTP has opened: the newest is in force.
    pub streams: Cell<u64>,
    /// Of the stateless revision: here for one request.
    pub modern: Cell<bool>,
    /// Ends its server when it leaves.
    pub owns_server: Cell<bool>,
    /// What it listens to, when it is a listener.
    pub filter: RefCell<Option<Filter>>,
    /// Its requests that the gateway itself works on, and its stateless ones on a stream.
    pub talks: RefCell<HashMap<Rc<str>, Work>>,
    /// A list lacked what a server had to say that was not ready.
    pub misses: Cell<bool>,
    /// A capability that a server asked for in vain.
    pub undeclared: Cell<Option<&'static str>>,
    pub flights: RefCell<HashMap<Rc<str>, Flights>>,
    pub in_flight: Cell<usize>,
    pub asked: RefCell<HashMap<u64, ServerRequest>>,
    /// What a server of the stateless revision wants to know before it answers a call.
    pub inputs: RefCell<HashMap<u64, oneshot::Sender<Bytes>>>,
    pub subscriptions: RefCell<HashSet<String>>,
    /// The lowest level of the server's log messages that the client asked for.
    pub log_level: Cell<Option<u8>>,
    pub last_seen: Cell<Instant>,
    pub gone: Cell<bool>,
    pub landed: Changes,
}

impl Client {
    pub fn new(number: u64, transport: Transport, peer: IpAddr, endpoint: Endpoint) -> Rc<Self> {
        let now = Instant::now();
        Rc::new(Self {
            number,
            transport,
            peer,
            since: now,
            endpoint,
            initialised: Cell::new(false),
            abilities: Cell::default(),
            stream: RefCell::default(),
            streams: Cell::new(0),
            modern: Cell::new(false),
            owns_server: Cell::new(false),
            filter: RefCell::default(),
            talks: RefCell::default(),
            misses: Cell::new(false),
            undeclared: Cell::new(None),
            flights: RefCell::default(),
            in_flight: Cell::new(0),
            asked: RefCell::default(),
            inputs: RefCell::default(),
            subscriptions: RefCell::default(),
            log_level: Cell::new(None),
            last_seen: Cell::new(now),
            gone: Cell::new(false),
            landed: Changes::default(),
        })
    }

    /// Gives up all its calls in flight.
    pub fn give_up(&self, reason: &str) {
        // Taken out first: what follows looks at the same cells.
        let flights = self.flights.take();
        for flight in flights.values().flat_map(Flights::all) {
            if let Some(link) = flight.link.upgrade() {
                link.cancel(flight.id, reason);
            }
        }
    }

    pub fn took_off(&self, key: &Rc<str>, link: &Rc<Link>, id: u64) {
        let newest = InFlightCall { link: Rc::downgrade(link), id };
        match self.flights.borrow_mut().entry(key.clone()) {
            Entry::Vacant(none) => {
                none.insert(Flights { newest, older: Vec::new() });
            }
            Entry::Occupied(mut some) => {
                let flights = some.get_mut();
                flights.older.push(std::mem::replace(&mut flights.newest, newest));
            }
        }
    }

    pub fn landed(&self, key: &str, id: u64) {
        let mut flights = self.flights.borrow_mut();
        let Some(of_key) = flights.get_mut(key) else { return };
        if of_key.newest.id != id {
            of_key.older.retain(|flight| flight.id != id);
        } else if let Some(older) = of_key.older.pop() {
            of_key.newest = older;
        } else {
            flights.remove(key);
        }
    }

    /// Nothing was heard of it for so long, and it waits for nothing.
    pub fn is_idle(&self, limit: Duration) -> bool {
        self.in_flight.get() == 0 && self.last_seen.get().elapsed() > limit
    }

    /// One call more, or one less.
    pub fn count(&self, change: isize) {
        self.in_flight.set(self.in_flight.get().saturating_add_signed(change));
        if change < 0 {
            self.landed.tell();
        }
    }

    /// Until fewer than `limit` calls are in flight.
    pub async fn below(&self, limit: usize) {
        self.landed.until(|| self.in_flight.get() < limit || self.gone.get()).await;
    }

    /// News that belong to no call, where the client wants them.
    pub fn news(&self, method: &str, text: &Bytes) {
        match &*self.filter.borrow() {
            Some(filter) => {
                if let Some(text) = filter.pass(method, text) {
                    self.tell(text);
                }
            }
            None => {
                self.tell(text.clone());
            }
        }
    }

    /// A message that belongs to no call.
    pub fn tell(&self, message: Bytes) -> bool {
        self.stream.borrow().as_ref().is_some_and(|stream| stream.push(message))
    }
}
