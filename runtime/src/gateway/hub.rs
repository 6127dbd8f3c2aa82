//! What all connections share: the configuration, the servers, the clients.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Instant;

use runtime_config::{Isolation, Mcp};

use super::auth::Auth;
use super::client::{Client, Endpoint, Transport};
use super::metrics::Metrics;
use super::modern::Suspended;
use super::outbox::End;
use super::server::Server;
use super::wake::Flag;

pub struct Hub {
    pub config: Mcp,
    pub servers: BTreeMap<String, Rc<Server>>,
    pub auth: Auth,
    pub metrics: Metrics,
    pub clients: RefCell<HashMap<u64, Rc<Client>>>,
    /// Sessions over HTTP, by their id.
    pub sessions: RefCell<HashMap<String, Rc<Client>>>,
    /// Stateless calls whose server waits for an answer, by their `requestState`.
    pub suspended: RefCell<HashMap<String, Suspended>>,
    pub since: Instant,
    /// This machine's name.
    pub machine: String,
    /// The processes of the keepers: what is below this process and not below them has lost its own.
    pub keepers: RefCell<HashSet<u32>>,
    /// No new calls; what is in flight may end.
    pub draining: Flag,
    numbers: Cell<u64>,
}

/// Why there is no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooMany,
    NoSuchServer,
    Draining,
}

impl Refused {
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooMany => "too many clients",
            Self::NoSuchServer => "no such server",
            Self::Draining => "the gateway is shutting down",
        }
    }
}

impl Hub {
    pub fn new(config: Mcp, token: Option<&str>) -> Rc<Self> {
        Rc::new_cyclic(|hub| {
            // A map that is collected is sorted first, by four kilobytes of code for each kind of map.
            let mut servers = BTreeMap::new();
            for (name, server) in &config.servers {
                let server = Server::new(name, server.clone(), &config.limits, hub.clone());
                servers.insert(name.clone(), server);
            }
            Self {
                auth: Auth::new(token),
                metrics: Metrics::default(),
                config,
                servers,
                clients: RefCell::default(),
                sessions: RefCell::default(),
                suspended: RefCell::default(),
                keepers: RefCell::default(),
                since: Instant::now(),
                machine: rustix::system::uname().nodename().to_string_lossy().into_owned(),
                draining: Flag::default(),
                numbers: Cell::new(1),
            }
        })
    }

    /// The endpoint of a path: `/mcp/NAME`, `/sse/NAME`, `/ws/NAME` and `/NAME` reach one server.
    pub fn endpoint(self: &Rc<Self>, path: &str) -> Result<Endpoint, Refused> {
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        if parts
            .peek()
            .is_some_and(|part| ["mcp", "sse", "ws", "messages", "message"].contains(part))
        {
            parts.next();
        }
        let name = match (parts.next(), parts.next()) {
            (None, None) => self.config.default.as_deref().or(match self.servers.len() {
                1 => self.servers.keys().next().map(String::as_str),
                _ => None,
            }),
            (Some("_all"), None) => None,
            (Some(name), None) => Some(name),
            _ => return Err(Refused::NoSuchServer),
        };
        match name {
            None => Ok(Endpoint::All),
            Some(name) => {
                self.servers.get(name).cloned().map(Endpoint::Server).ok_or(Refused::NoSuchServer)
            }
        }
    }

    /// Lets a client in. It stays until [`Hub::leave`].
    pub fn enter(
        self: &Rc<Self>,
        transport: Transport,
        peer: IpAddr,
        endpoint: Endpoint,
    ) -> Result<Rc<Client>, Refused> {
        if self.draining.is_set() {
            return Err(Refused::Draining);
        }
        if self.clients.borrow().len() >= self.config.limits.clients {
            return Err(Refused::TooMany);
        }
        let mut own_server = false;
        let endpoint = match endpoint {
            Endpoint::Server(server) if server.config.isolation == Isolation::Session => {
                let own = Server::new(
                    &server.name,
                    server.config.clone(),
                    &self.config.limits,
                    Rc::downgrade(self),
                );
                own.start();
                own_server = true;
                Endpoint::Server(own)
            }
            endpoint => endpoint,
        };
        let number = self.number();
        let client = Client::new(number, transport, peer, endpoint);
        client.owns_server.set(own_server);
        self.clients.borrow_mut().insert(number, client.clone());
        Ok(client)
    }

    /// The client is gone: its calls are cancelled at their servers, nothing more goes to it.
    pub fn leave(&self, client: &Rc<Client>) {
        self.leave_with(client, End::Gone);
    }

    /// The same, and `end` says whether what it is owed still goes out.
    pub fn leave_with(&self, client: &Rc<Client>, end: End) {
        if client.gone.replace(true) {
            return;
        }
        self.clients.borrow_mut().remove(&client.number);
        client.give_up("the client is gone");
        let asked = client.asked.take();
        for asked in asked.into_values() {
            if let Some(link) = asked.link.upgrade() {
                link.outbox.push(super::frame::error(&asked.id, -32000, "the client is gone"));
            }
        }
        let stream = client.stream.take();
        if let Some(stream) = stream {
            stream.end(end);
        }
        client.landed.tell();
        match &client.endpoint {
            Endpoint::Server(server) => {
                server.forget(client);
                if client.owns_server.get() {
                    server.stop.set();
                }
            }
            Endpoint::All => self.servers.values().for_each(|server| server.forget(client)),
        }
    }

    pub fn number(&self) -> u64 {
        let number = self.numbers.get();
        self.numbers.set(number + 1);
        number
    }
}
