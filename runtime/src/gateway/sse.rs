//! HTTP+SSE of 2024-11-05: one stream of events out, a POST for each message in.

use std::net::IpAddr;
use std::rc::Rc;

use hyper::body::Incoming;
use hyper::header::CACHE_CONTROL;
use hyper::{Request, Response, StatusCode};

use super::body::{Events, Reply};
use super::client::{Client, Transport};
use super::http::{body, plain, refused, rpc_error, typed};
use super::hub::Hub;
use super::outbox::Outbox;
use super::{router, streamable};

/// The session ends with its stream.
struct Open {
    hub: Rc<Hub>,
    client: Rc<Client>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.hub.sessions.borrow_mut().retain(|_, other| other.number != self.client.number);
        self.hub.leave(&self.client);
    }
}

pub fn open(hub: &Rc<Hub>, peer: IpAddr, path: &str) -> Response<Reply> {
    let client =
        match hub.endpoint(path).and_then(|endpoint| hub.enter(Transport::Sse, peer, endpoint)) {
            Ok(client) => client,
            Err(refusal) => return refused(refusal),
        };
    let outbox = Rc::new(Outbox::new(hub.config.limits.message.0.saturating_mul(4)));
    *client.stream.borrow_mut() = Some(outbox.clone());
    let id = streamable::session_id();
    hub.sessions.borrow_mut().insert(id.clone(), client.clone());
    let head = format!("event: endpoint\ndata: /messages?sessionId={id}\n\n");
    let open = Open { hub: hub.clone(), client };
    let events = Events::new(outbox, open).headed(head.into());
    let mut response = typed(StatusCode::OK, "text/event-stream", Reply::Events(events));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, "no-cache, no-transform".parse().expect("a header"));
    response
}

pub async fn post(hub: &Rc<Hub>, request: Request<Incoming>) -> Response<Reply> {
    let query = request.uri().query().unwrap_or_default();
    let id = query.split('&').find_map(|pair| pair.strip_prefix("sessionId="));
    let client = id.and_then(|id| hub.sessions.borrow().get(id).cloned());
    let Some(client) = client.filter(|client| client.transport == Transport::Sse) else {
        return rpc_error(StatusCode::NOT_FOUND, -32001, "there is no such session");
    };
    let (head, incoming) = request.into_parts();
    let text = match body(hub, &head.headers, incoming).await {
        Ok(text) => text,
        Err(response) => return response,
    };
    let stream = client.stream.borrow().clone();
    let Some(stream) = stream.filter(|stream| stream.ended().is_none()) else {
        return rpc_error(StatusCode::NOT_FOUND, -32001, "the session has ended");
    };
    if client.in_flight.get() >= hub.config.limits.queue {
        return rpc_error(StatusCode::TOO_MANY_REQUESTS, -32000, "too many calls in flight");
    }
    router::receive(hub, &client, &text, &stream);
    plain(StatusCode::ACCEPTED, "Accepted")
}
