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
use tokio_util::sync::CancellationToken;

use super::client::{Abilities, Client, Endpoint, Transport};
use super::frame::{self, Message, id_key};
use super::hub::{Hub, Refused};
use super::outbox::Outbox;
use super::server::{self, Server};

/// Where a request comes from.
pub enum Origin<'a> {
    Http { peer: IpAddr, endpoint: Endpoint },
    Stream(&'a Rc<Client>),
}

/// Takes one request; all that belongs to it goes to `out`.
pub fn receive(hub: &Rc<Hub>, origin: &Origin, text: &Bytes, message: &Message, out: &Rc<Outbox>) {
    let (Some(id), Some(key)) = (message.id, message.id.and_then(id_key)) else { return };
    let meta = match wire::Meta::of(message) {
        Ok(meta) => meta,
        Err(error) => {
            out.answer(error);
            return;
        }
    };
    if hub.draining.is_cancelled() {
        out.answer(frame::error(id.get(), -32000, "the gateway is shutting down"));
        return;
    }
    if wire::REMOVED.contains(&&*message.method) {
        let why = format!("`{}` is not of revision {}", message.method, super::version::MODERN);
        out.answer(frame::error(id.get(), -32601, &why));
        return;
    }
    let (client, server) = match enter(hub, origin) {
        Ok(entered) => entered,
        Err(why) => {
            out.answer(frame::error(id.get(), -32000, &why));
            return;
        }
    };
    client.abilities.set(Abilities::of(Some(meta.capabilities)));
    client.log_level.set(meta.log_level.as_deref().and_then(server::level));
    let cancel = CancellationToken::new();
    let ended = Talk::enter(origin, key, &cancel, &client);
    let entered = Entered { hub: hub.clone(), client };
    match &*message.method {
        "server/discover" => {
            discover::start(server, id.get().to_owned(), out.clone(), entered, ended)
        }
        "subscriptions/listen" => {
            listen::start(entered, server, message, out.clone(), cancel, ended)
        }
        _ => conversation::start(entered, server, text, message, out.clone(), cancel, ended),
    }
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

fn enter(hub: &Rc<Hub>, origin: &Origin) -> Result<(Rc<Client>, Rc<Server>), String> {
    let (transport, peer, endpoint) = match origin {
        Origin::Http { peer, endpoint } => (Transport::Http, *peer, endpoint.clone()),
        Origin::Stream(client) => (client.transport, client.peer, client.endpoint.clone()),
    };
    let Endpoint::Server(mut server) = endpoint else {
        return Err("choose a server: /mcp/NAME".into());
    };
    let own =
        matches!(origin, Origin::Http { .. }) && server.config.isolation == Isolation::Session;
    if own {
        if hub.clients.borrow().len() >= hub.config.limits.clients {
            return Err(Refused::TooMany.reason().into());
        }
        server =
            Server::new(&server.name, server.config.clone(), &server.limits, Rc::downgrade(hub));
        server.start();
    }
    let client = Client::new(hub.number(), transport, peer, Endpoint::Server(server.clone()));
    client.modern.set(true);
    client.owns_server.set(own);
    Ok((client, server))
}

/// A request on a stream, where its client's `notifications/cancelled` finds it; ends when dropped.
pub struct Talk(Option<(Rc<Client>, String)>);

impl Talk {
    fn enter(origin: &Origin, key: String, cancel: &CancellationToken, own: &Rc<Client>) -> Self {
        match origin {
            Origin::Stream(client) => {
                client.talks.borrow_mut().insert(key.clone(), (cancel.clone(), own.clone()));
                client.count(1);
                Self(Some(((*client).clone(), key)))
            }
            Origin::Http { .. } => Self(None),
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        if let Some((client, key)) = &self.0 {
            client.talks.borrow_mut().remove(key);
            client.count(-1);
        }
    }
}
