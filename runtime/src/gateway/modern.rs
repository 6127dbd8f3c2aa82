//! The stateless revision, 2026-07-28, in front of servers that know only the older ones.
//!
//! There is no session: each request says its revision and what its client can do. A server's question in
//! the middle of a call becomes the call's result, `input_required`, and the call is carried on by a second
//! request that brings the answer.

mod conversation;
mod discover;
mod listen;
mod wire;

pub use conversation::Suspended;
pub use listen::Filter;
pub use wire::{Headers, is_modern};

use std::net::IpAddr;
use std::rc::Rc;

use bytes::Bytes;
use runtime_config::Isolation;
use serde_json::value::RawValue;

use super::aggregate;
use super::client::{Abilities, Client, Endpoint, Transport, Work};
use super::frame::{self, Message, id_key};
use super::hub::{Hub, Refused};
use super::outbox::Outbox;
use super::server::{self, Server};
use super::wake::Flag;

/// Where a request comes from, and what it is for.
#[derive(Clone)]
pub struct Origin {
    pub transport: Transport,
    pub peer: IpAddr,
    pub endpoint: Endpoint,
    /// The client whose stream it came by.
    pub stream: Option<Rc<Client>>,
}

impl Origin {
    pub fn stream(client: &Rc<Client>) -> Self {
        Self {
            transport: client.transport,
            peer: client.peer,
            endpoint: client.endpoint.clone(),
            stream: Some(client.clone()),
        }
    }
}

/// Takes one request; all that belongs to it goes to `out`.
pub fn receive(hub: &Rc<Hub>, origin: &Origin, text: &Bytes, message: &Message, out: &Rc<Outbox>) {
    let (Some(id), Some(key)) = (message.id, message.id.and_then(id_key)) else { return };
    let refuse = |code, why: &str| {
        out.answer(frame::error(id.get(), code, why));
    };
    let meta = match wire::Meta::of(message) {
        Ok(meta) => meta,
        Err(error) => {
            out.answer(error);
            return;
        }
    };
    if hub.draining.is_set() {
        return refuse(-32000, Refused::Draining.reason());
    }
    let method = &*message.method;
    if wire::REMOVED.contains(&method) {
        let why = format!("`{method}` is not of revision {}", super::version::MODERN);
        return refuse(-32601, &why);
    }
    if let Endpoint::All = origin.endpoint {
        match method {
            "subscriptions/listen" => {}
            "tools/call" | "prompts/get" => {
                return match aggregate::route(hub, message) {
                    Some((server, text)) => {
                        let origin =
                            Origin { endpoint: Endpoint::Server(server), ..origin.clone() };
                        if let Ok(Ok(message)) = std::str::from_utf8(&text).map(Message::parse) {
                            receive(hub, &origin, &text, &message, out);
                        }
                    }
                    None => refuse(-32602, aggregate::NO_SUCH_NAME),
                };
            }
            _ => return all(hub, message, id, out),
        }
    }
    let client = match enter(hub, origin) {
        Ok(client) => client,
        Err(refused) => return refuse(-32000, refused.reason()),
    };
    client.abilities.set(Abilities::of(Some(meta.capabilities)));
    client.log_level.set(meta.log_level.as_deref().and_then(server::level));
    let cancel = Flag::default();
    let talk = StreamRequest::enter(origin, key, &cancel, &client);
    let server = match &client.endpoint {
        Endpoint::Server(server) => Some(server.clone()),
        Endpoint::All => None,
    };
    let entered = Entered { hub: hub.clone(), client };
    match (method, server) {
        ("subscriptions/listen", server) => {
            listen::start(entered, server, message, out.clone(), cancel, talk);
        }
        ("server/discover", Some(server)) => {
            discover::start(server, id.get().to_owned(), out.clone(), entered, talk);
        }
        (_, Some(server)) => {
            conversation::start(entered, server, text, message, out.clone(), cancel, talk);
        }
        (_, None) => {}
    }
}

/// What all servers together answer.
fn all(hub: &Rc<Hub>, message: &Message, id: &RawValue, out: &Rc<Outbox>) {
    let (hub, out, id) = (hub.clone(), out.clone(), id.get().to_owned());
    let method = message.method.to_string();
    let params = message.params.map_or("{}", RawValue::get).to_owned();
    tokio::task::spawn_local(async move {
        let answer = match &*method {
            "server/discover" => discover::result(&aggregate::introduction(&hub))
                .map(|result| frame::result(&id, &result)),
            "resources/read" => aggregate::first(&hub, &method, &params)
                .await
                .map(|result| frame::result(&id, &conversation::completed(&method, &result)))
                .or_else(|| Some(frame::error(&id, -32602, "no server has this resource"))),
            _ => aggregate::merged(&hub, &method)
                .await
                .map(|result| frame::result(&id, &conversation::completed(&method, &result))),
        };
        let why = format!("`{method}` is not for all servers at once: choose one, /mcp/NAME");
        out.answer(answer.unwrap_or_else(|| frame::error(&id, -32601, &why)));
    });
}

/// A client for the time of one request.
pub struct Entered {
    pub hub: Rc<Hub>,
    pub client: Rc<Client>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.hub.leave(&self.client);
    }
}

fn enter(hub: &Rc<Hub>, origin: &Origin) -> Result<Rc<Client>, Refused> {
    let mut endpoint = origin.endpoint.clone();
    let mut own = false;
    // A stream has its server already, a request over HTTP gets one for itself.
    if let Endpoint::Server(server) = &endpoint
        && server.config.isolation == Isolation::Session
        && origin.stream.is_none()
    {
        if hub.clients.borrow().len() >= hub.config.limits.clients {
            return Err(Refused::TooMany);
        }
        let (name, config, limits) = (&server.name, server.config.clone(), &server.limits);
        let started = Server::new(name, config, limits, Rc::downgrade(hub));
        started.start();
        endpoint = Endpoint::Server(started);
        own = true;
    }
    let client = Client::new(hub.number(), origin.transport, origin.peer, endpoint);
    client.modern.set(true);
    client.owns_server.set(own);
    Ok(client)
}

/// A request on a stream, where its client's `notifications/cancelled` finds it; ends when dropped.
pub struct StreamRequest(Option<(Rc<Client>, Rc<str>)>);

impl StreamRequest {
    fn enter(origin: &Origin, key: Rc<str>, cancel: &Flag, own: &Rc<Client>) -> Self {
        match &origin.stream {
            Some(client) => {
                let talk = Work { cancel: cancel.clone(), own: Some(own.clone()) };
                client.talks.borrow_mut().insert(key.clone(), talk);
                client.count(1);
                Self(Some((client.clone(), key)))
            }
            None => Self(None),
        }
    }
}

impl Drop for StreamRequest {
    fn drop(&mut self) {
        if let Some((client, key)) = &self.0 {
            client.talks.borrow_mut().remove(key);
            client.count(-1);
        }
    }
}
