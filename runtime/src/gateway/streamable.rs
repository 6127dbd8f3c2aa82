//! Streamable HTTP: POST carries one message, GET opens the stream for what belongs to no call.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::CACHE_CONTROL;
use hyper::{HeaderMap, Request, Response, StatusCode};
use tokio::time::timeout;

use super::body::{Events, Reply, event};
use super::client::{Client, Endpoint, Transport};
use super::frame::{Kind, Message, id_key};
use super::http::{accepts, body, empty, json, refused, rpc_error, typed};
use super::hub::Hub;
use super::outbox::{End, Outbox};
use super::{modern, router, version};

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
/// An answer within this time comes as JSON; a later one as a stream, which comments keep open.
const PROMPT: Duration = Duration::from_secs(2);
/// What is kept for a session while it has no stream open.
const KEPT: usize = 1 << 20;

pub async fn post(
    hub: &Rc<Hub>,
    peer: IpAddr,
    request: Request<Incoming>,
    path: &str,
) -> Response<Reply> {
    let (head, incoming) = request.into_parts();
    let headers = head.headers;
    if !accepts(&headers, "application/json") || !accepts(&headers, "text/event-stream") {
        let what = "the client must accept application/json and text/event-stream";
        return rpc_error(StatusCode::NOT_ACCEPTABLE, -32000, what);
    }
    let endpoint = match hub.endpoint(path) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return refused(refusal),
    };
    let text = match body(hub, &headers, incoming).await {
        Ok(text) => text,
        Err(response) => return response,
    };
    let message = match router::checked(hub, &text) {
        Ok(message) => message,
        Err(answer) => return json(StatusCode::BAD_REQUEST, answer),
    };
    let stated = modern::Headers(&headers);
    if stated.are_modern(&message) {
        if message.kind != Kind::Request {
            return empty(StatusCode::ACCEPTED);
        }
        if let Err(error) = stated.agree_with(&message) {
            return json(StatusCode::BAD_REQUEST, error);
        }
        let sink = Rc::new(Outbox::for_one_answer(hub.config.limits.message.0.saturating_mul(4)));
        let origin = modern::Origin { transport: Transport::Http, peer, endpoint, stream: None };
        modern::receive(hub, &origin, &text, &message, &sink);
        let gone = EndOnDrop(sink.clone());
        return reply(sink, gone, true, PROMPT).await;
    }
    if message.kind == Kind::Request && message.method == "initialize" {
        let client = match hub.enter(Transport::Http, peer, endpoint) {
            Ok(client) => client,
            Err(refusal) => return refused(refusal),
        };
        return open(hub, client, &text, &message).await;
    }
    let client = match session(hub, &headers, &endpoint) {
        Ok(client) => client,
        Err(response) => return *response,
    };
    if client.in_flight.get() >= hub.config.limits.queue {
        return rpc_error(StatusCode::TOO_MANY_REQUESTS, -32000, "too many calls in flight");
    }
    call(hub, &client, &text, &message, PROMPT).await
}

/// `initialize`: the session exists when the answer says so.
async fn open(
    hub: &Rc<Hub>,
    client: Rc<Client>,
    text: &Bytes,
    message: &Message<'_>,
) -> Response<Reply> {
    let entered = Entered { hub: hub.clone(), client: Some(client.clone()) };
    *client.stream.borrow_mut() = Some(Rc::new(Outbox::new(KEPT)));
    // Its id is in the head of the response, which waits for the answer as long as the server may take.
    let mut response = call(hub, &client, text, message, Duration::MAX).await;
    if client.initialised.get() {
        let id = session_id();
        response.headers_mut().insert(SESSION, id.parse().expect("hexadecimal digits"));
        hub.sessions.borrow_mut().insert(id, client);
        entered.stays();
    }
    response
}

/// A client that leaves again unless its session is opened.
struct Entered {
    hub: Rc<Hub>,
    client: Option<Rc<Client>>,
}

impl Entered {
    fn stays(mut self) {
        self.client = None;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(client) = &self.client {
            self.hub.leave(client);
        }
    }
}

pub fn session_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel has random bytes");
    hex::encode(bytes)
}

/// The session that the headers name, where it is one of this endpoint.
fn session(
    hub: &Hub,
    headers: &HeaderMap,
    endpoint: &Endpoint,
) -> Result<Rc<Client>, Box<Response<Reply>>> {
    if let Some(version) = headers.get(VERSION) {
        let known = version.to_str().is_ok_and(|version| version::LEGACY.contains(&version));
        if !known {
            let what = "this protocol version is not supported";
            return Err(Box::new(rpc_error(StatusCode::BAD_REQUEST, -32000, what)));
        }
    }
    let Some(id) = headers.get(SESSION) else {
        let what =
            "no session: `initialize` opens one, and its answer has the header Mcp-Session-Id";
        return Err(Box::new(rpc_error(StatusCode::BAD_REQUEST, -32000, what)));
    };
    let client = id.to_str().ok().and_then(|id| hub.sessions.borrow().get(id).cloned());
    client.filter(|client| client.endpoint.is_same(endpoint)).ok_or_else(|| {
        Box::new(rpc_error(StatusCode::NOT_FOUND, -32001, "there is no such session"))
    })
}

/// Gives the call up when the client goes before its answer.
struct CancelOnDrop {
    hub: Rc<Hub>,
    client: Rc<Client>,
    key: Rc<str>,
    sink: Rc<Outbox>,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.sink.ended().is_none() {
            self.sink.end(End::Gone);
            router::abandon(&self.hub, &self.client, &self.key, &self.sink);
        }
    }
}

async fn call(
    hub: &Rc<Hub>,
    client: &Rc<Client>,
    text: &Bytes,
    message: &Message<'_>,
    prompt: Duration,
) -> Response<Reply> {
    let sink = Rc::new(Outbox::for_one_answer(hub.config.limits.message.0.saturating_mul(4)));
    let Some(key) = message.id.filter(|_| message.kind == Kind::Request).and_then(id_key) else {
        router::take(hub, client, text, message, &sink);
        return empty(StatusCode::ACCEPTED);
    };
    let abandon =
        CancelOnDrop { hub: hub.clone(), client: client.clone(), key, sink: sink.clone() };
    router::take(hub, client, text, message, &sink);
    reply(sink, abandon, false, prompt).await
}

/// Ends the stream of a stateless call, which then ends the call.
struct EndOnDrop(Rc<Outbox>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(End::Gone);
    }
}

/// The answer as JSON when it is the first to come, else all as a stream.
async fn reply(
    sink: Rc<Outbox>,
    on_end: impl std::any::Any,
    modern: bool,
    prompt: Duration,
) -> Response<Reply> {
    let first = timeout(prompt, sink.next()).await;
    match first {
        Ok(Some(answer)) if sink.is_over() => {
            let status = if modern { status(&answer) } else { StatusCode::OK };
            json(status, answer)
        }
        // Cancelled by the client: there is no answer.
        Ok(None) => empty(StatusCode::ACCEPTED),
        Ok(Some(first)) => stream(Events::new(sink, on_end).headed(event(&first))),
        Err(_) => stream(Events::new(sink, on_end).headed(Bytes::from_static(b": waiting\n\n"))),
    }
}

/// What the stateless revision wants for an error.
fn status(answer: &[u8]) -> StatusCode {
    #[derive(serde::Deserialize)]
    struct Answer {
        error: Option<Code>,
    }
    #[derive(serde::Deserialize)]
    struct Code {
        code: i64,
    }
    // Cheap for the many, which are results.
    let failed = memchr::memmem::find(answer, b"\"error\"").is_some();
    match failed
        .then(|| serde_json::from_slice::<Answer>(answer).ok())
        .flatten()
        .and_then(|a| a.error)
    {
        Some(Code { code: -32601 }) => StatusCode::NOT_FOUND,
        Some(Code { code: -32022..=-32020 }) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

fn stream(events: Events) -> Response<Reply> {
    let mut response = typed(StatusCode::OK, "text/event-stream", Reply::Events(events));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, "no-cache, no-transform".parse().expect("a header"));
    response
}

pub fn get(hub: &Rc<Hub>, headers: &HeaderMap, path: &str) -> Response<Reply> {
    let endpoint = match hub.endpoint(path) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return refused(refusal),
    };
    if !accepts(headers, "text/event-stream") {
        return rpc_error(
            StatusCode::NOT_ACCEPTABLE,
            -32000,
            "the client must accept text/event-stream",
        );
    }
    let client = match session(hub, headers, &endpoint) {
        Ok(client) => client,
        Err(response) => return *response,
    };
    // A new stream takes the old one's place: the old connection may be half open.
    let number = client.streams.get() + 1;
    client.streams.set(number);
    let outbox = {
        let mut stream = client.stream.borrow_mut();
        match &*stream {
            Some(outbox) if outbox.ended().is_none() => outbox.clone(),
            _ => stream.insert(Rc::new(Outbox::new(KEPT))).clone(),
        }
    };
    let watched = client.clone();
    stream(
        Events::new(outbox, ())
            .headed(Bytes::from_static(b": open\n\n"))
            .until(move || watched.streams.get() != number),
    )
}

pub fn delete(hub: &Rc<Hub>, headers: &HeaderMap, path: &str) -> Response<Reply> {
    let endpoint = match hub.endpoint(path) {
        Ok(endpoint) => endpoint,
        Err(refusal) => return refused(refusal),
    };
    match session(hub, headers, &endpoint) {
        Ok(client) => {
            hub.sessions.borrow_mut().retain(|_, other| other.number != client.number);
            hub.leave(&client);
            empty(StatusCode::NO_CONTENT)
        }
        Err(response) => *response,
    }
}
