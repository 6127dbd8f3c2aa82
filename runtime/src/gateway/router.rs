//! What a client says: to the gateway itself, or on to a server.

use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::aggregate;
use super::client::{Abilities, Client, Endpoint, Flights, Work};
use super::frame::{self, Kind, Message, deeper_than, id_key, is_id, string};
use super::hub::Hub;
use super::link::Requester;
use super::modern;
use super::outbox::{End, Outbox};
use super::server::Server;
use super::version;
use super::wake::Flag;

/// Takes one message of `client`; what belongs to it goes to `sink`.
pub fn receive(hub: &Rc<Hub>, client: &Rc<Client>, text: &Bytes, sink: &Rc<Outbox>) {
    match checked(hub, text) {
        Ok(message) => take(hub, client, text, &message, sink),
        Err(answer) => {
            client.last_seen.set(Instant::now());
            sink.answer(answer);
        }
    }
}

/// The same for a message that is [`checked`] already.
pub fn take(
    hub: &Rc<Hub>,
    client: &Rc<Client>,
    text: &Bytes,
    message: &Message,
    sink: &Rc<Outbox>,
) {
    client.last_seen.set(Instant::now());
    match message.kind {
        Kind::Request => request(hub, client, text, message, sink),
        Kind::Notification => notification(hub, client, message, text),
        Kind::Response => response(client, message),
    }
}

/// The message in a text, or the error that its sender gets.
pub fn checked<'a>(hub: &Hub, text: &'a Bytes) -> Result<Message<'a>, Bytes> {
    let limits = &hub.config.limits;
    if text.len() > limits.message.0 {
        return Err(frame::error("null", -32600, "the message is over the limit"));
    }
    let Ok(readable) = std::str::from_utf8(text) else {
        return Err(frame::error("null", -32700, "not UTF-8"));
    };
    if deeper_than(text, limits.depth) {
        return Err(frame::error("null", -32600, "the message is nested too deeply"));
    }
    let message = Message::parse(readable).map_err(|wrong| wrong.answer())?;
    if !message.jsonrpc {
        let id = message.id.filter(|id| is_id(id)).map_or("null", RawValue::get);
        return Err(frame::error(id, -32600, "`jsonrpc` is not \"2.0\""));
    }
    if message.kind == Kind::Request && !message.id.is_some_and(is_id) {
        return Err(frame::error("null", -32600, "an id is a string or a number"));
    }
    if let (Kind::Request, Some(id)) = (message.kind, message.id) {
        // A server that looks at the method alone would cancel what is somebody else's.
        if message.method.starts_with("notifications/") {
            let why = format!("`{}` is a notification, which has no id", message.method);
            return Err(frame::error(id.get(), -32600, &why));
        }
        if let Err(why) = message.asks_progress() {
            return Err(frame::error(id.get(), -32602, &why));
        }
    }
    Ok(message)
}

fn request(hub: &Rc<Hub>, client: &Rc<Client>, text: &Bytes, message: &Message, sink: &Rc<Outbox>) {
    let (Some(id), Some(key)) = (message.id, message.id.and_then(id_key)) else { return };
    if client.transport.is_stream() && in_flight(client, &key) {
        sink.answer(frame::error(id.get(), -32600, "a request with this id is in flight"));
        return;
    }
    if hub.draining.is_set() {
        sink.answer(frame::error(id.get(), -32000, "the gateway is shutting down"));
        return;
    }
    if client.transport.is_stream() && modern::is_modern(message) {
        return modern::receive(hub, &modern::Origin::stream(client), text, message, sink);
    }
    match &*message.method {
        "ping" => {
            sink.answer(frame::result(id.get(), "{}"));
        }
        "initialize" => {
            let params = message.params();
            let asked = params.protocol_version.and_then(string).unwrap_or_default().into_owned();
            client.abilities.set(Abilities::of(params.capabilities));
            let (hub, own, id) = (hub.clone(), client.clone(), id.get().to_owned());
            work(client, &key, sink, async move {
                match initialize(&hub, &own, &asked).await {
                    Ok(result) => {
                        own.initialised.set(true);
                        frame::result(&id, &result)
                    }
                    Err(why) => frame::error(&id, -32000, &why),
                }
            });
        }
        _ => match &client.endpoint {
            Endpoint::Server(server) => forward(server, client, text, message, id, &key, sink),
            Endpoint::All => {
                aggregate::receive(hub, client, message, &key, sink, |server, text| {
                    if let Ok(Ok(message)) = std::str::from_utf8(text).map(Message::parse)
                        && let Some(id) = message.id
                    {
                        forward(server, client, text, &message, id, &key, sink);
                    }
                })
            }
        },
    }
}

/// What the gateway itself works on counts as a call in flight: it can be cancelled, and is waited for.
pub fn work(
    client: &Rc<Client>,
    key: &Rc<str>,
    sink: &Rc<Outbox>,
    answer: impl Future<Output = Bytes> + 'static,
) {
    let cancel = Flag::default();
    let work = Work { cancel: cancel.clone(), own: None };
    client.talks.borrow_mut().insert(key.clone(), work);
    client.count(1);
    let (client, key, sink) = (client.clone(), key.clone(), sink.clone());
    tokio::task::spawn_local(async move {
        let answer = tokio::select! {
            biased;
            () = cancel.wait() => None,
            () = sink.wait_end() => None,
            answer = answer => Some(answer),
        };
        client.talks.borrow_mut().remove(&key);
        match answer {
            Some(answer) => {
                sink.answer(answer);
            }
            None if sink.one_answer => sink.end(End::Done),
            None => {}
        }
        client.count(-1);
    });
}

fn in_flight(client: &Client, key: &str) -> bool {
    client.flights.borrow().contains_key(key) || client.talks.borrow().contains_key(key)
}

async fn initialize(hub: &Rc<Hub>, client: &Rc<Client>, asked: &str) -> Result<String, String> {
    let version = version::negotiated(asked);
    match &client.endpoint {
        Endpoint::Server(server) => Ok(with_version(&server.introduction().await?.result, version)),
        Endpoint::All => Ok(with_version(&aggregate::introduction(hub), version)),
    }
}

/// What the server said of itself, under another revision.
pub fn with_version(result: &str, version: &str) -> String {
    #[derive(Deserialize)]
    struct Result<'a> {
        #[serde(borrow, rename = "protocolVersion")]
        protocol_version: &'a RawValue,
    }
    match serde_json::from_str::<Result>(result) {
        Ok(Result { protocol_version: old }) => {
            let start = old.get().as_ptr() as usize - result.as_ptr() as usize;
            let end = start + old.get().len();
            format!(r#"{}"{version}"{}"#, &result[..start], &result[end..])
        }
        Err(_) => result.to_owned(),
    }
}

fn forward(
    server: &Rc<Server>,
    client: &Rc<Client>,
    text: &Bytes,
    message: &Message,
    id: &RawValue,
    key: &Rc<str>,
    sink: &Rc<Outbox>,
) {
    match &*message.method {
        "logging/setLevel" => {
            let level = message
                .params()
                .level
                .and_then(string)
                .and_then(|name| super::server::level(&name));
            if level.is_some() {
                client.log_level.set(level);
            }
        }
        "resources/subscribe" => {
            if let Some(uri) = message.params().uri.and_then(string) {
                client.subscriptions.borrow_mut().insert(uri.into_owned());
            }
        }
        "resources/unsubscribe" => {
            if let Some(uri) = message.params().uri.and_then(string)
                && client.subscriptions.borrow_mut().remove(&*uri)
            {
                server.unsubscribe(&uri, client);
                sink.answer(frame::result(id.get(), "{}"));
                return;
            }
        }
        _ => {}
    }
    let call = Server::call(client, id, key, message.asks_progress().ok().flatten(), sink);
    server.pass(text, message, Requester::Client(call));
}

fn notification(hub: &Rc<Hub>, client: &Rc<Client>, message: &Message, text: &Bytes) {
    match &*message.method {
        "notifications/initialized" => {}
        "notifications/cancelled" => {
            if let Some(key) = message.params().request_id.and_then(id_key) {
                cancel(hub, client, &key);
            }
        }
        _ => {
            for server in behind(hub, client) {
                server.notify(message, frame::one_line(text.clone()));
            }
        }
    }
}

/// The servers that the client reaches.
fn behind(hub: &Hub, client: &Client) -> Vec<Rc<Server>> {
    match &client.endpoint {
        Endpoint::Server(server) => vec![server.clone()],
        Endpoint::All => hub.servers.values().cloned().collect(),
    }
}

/// Gives up the newest call with this id.
pub fn cancel(hub: &Hub, client: &Rc<Client>, key: &str) {
    let talk = client.talks.borrow().get(key).cloned();
    if let Some(Work { cancel, own }) = talk {
        if let Some(own) = own {
            own.give_up("cancelled by the client");
        }
        return cancel.set();
    }
    let flight = client.flights.borrow().get(key).and_then(|flights| {
        let flight = flights.newest();
        Some((flight.link.upgrade()?, flight.id))
    });
    match flight {
        Some((link, id)) => link.cancel(id, "cancelled by the client"),
        None => {
            behind(hub, client).iter().any(|server| server.cancel_waiting(client, key, None));
        }
    }
}

/// Gives up the call whose answer would go to `sink`.
pub fn abandon(hub: &Hub, client: &Rc<Client>, key: &str, sink: &Rc<Outbox>) {
    let flights: Vec<_> = client
        .flights
        .borrow()
        .get(key)
        .into_iter()
        .flat_map(Flights::all)
        .filter_map(|flight| Some((flight.link.upgrade()?, flight.id)))
        .collect();
    for (link, id) in flights {
        if link.goes_to(id, sink) {
            return link.cancel(id, "the client is gone");
        }
    }
    behind(hub, client).iter().any(|server| server.cancel_waiting(client, key, Some(sink)));
}

fn response(client: &Rc<Client>, message: &Message) {
    let Some(id) = message.id else { return };
    let number = id.get().parse::<u64>().ok();
    let input = number.and_then(|number| client.inputs.borrow_mut().remove(&number));
    if let Some(input) = input {
        input.send(message.with(&mut [])).ok();
        return;
    }
    let asked = number.and_then(|number| client.asked.borrow_mut().remove(&number));
    if let Some(asked) = asked
        && let Some(link) = asked.link.upgrade()
    {
        link.outbox.push(frame::one_line(message.with(&mut [(id, &asked.id)])));
    }
}
