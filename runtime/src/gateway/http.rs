//! HTTP/1.1 on the same port: who may ask, and which of the endpoints is asked.

use std::convert::Infallible;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, ORIGIN,
    RETRY_AFTER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_local;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::auth::Denied;
use super::body::Reply;
use super::hub::{Hub, Refused};
use super::wake::within;
use super::{cors, frame, metrics, origin, sse, status, streamable, websocket};

/// Of a request's head; hyper's own default is 400 KiB a connection.
const HEAD: usize = 16 << 10;
/// For a request's head to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// For a request's body to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);
/// A token in the only header that a browser lets a page set on a WebSocket.
const BEARER_PROTOCOL: &str = "bearer.";

pub async fn serve(
    hub: Rc<Hub>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
) {
    let draining = hub.draining.clone();
    let service = service_fn(move |request| {
        let hub = hub.clone();
        async move { Ok::<_, Infallible>(answer(hub, peer, request).await) }
    });
    let connection = http1::Builder::new()
        .max_buf_size(HEAD)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = draining.wait() => connection.as_mut().graceful_shutdown(),
    }
    connection.await.ok();
}

async fn answer(hub: Rc<Hub>, peer: IpAddr, request: Request<Incoming>) -> Response<Reply> {
    let path = request.uri().path().to_owned();
    match (request.method(), &*path) {
        (&Method::GET | &Method::HEAD, "/health") => return plain(StatusCode::OK, "ok\n"),
        (&Method::GET | &Method::HEAD, "/ready") => return ready(&hub),
        _ => {}
    }
    let known = origin::check(&hub.config, &hub.machine, request.uri(), request.headers());
    if let Err(foreign) = known {
        let what = match foreign {
            origin::Foreign::Host => "the host is not this machine's",
            origin::Foreign::Origin => "the origin is not allowed",
        };
        return rpc_error(StatusCode::FORBIDDEN, -32000, what);
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = match cors::preflight(&request) {
        Some(response) => response,
        None => answer_known(hub, peer, request, &path).await,
    };
    if let Some(origin) = origin {
        cors::expose(response.headers_mut(), origin);
    }
    response
}

/// Answers a request whose host and origin may be.
async fn answer_known(
    hub: Rc<Hub>,
    peer: IpAddr,
    request: Request<Incoming>,
    path: &str,
) -> Response<Reply> {
    let is_websocket = is_upgrade(request.headers());
    let authenticated = match hub.auth.check(peer, token(request.headers())) {
        Ok(()) => true,
        // A client of a WebSocket may still authenticate with its first message.
        Err(Denied::Missing) if is_websocket => false,
        Err(denied) => return refuse(&hub, denied),
    };
    match (request.method(), path) {
        (&Method::GET, _) if is_websocket => upgrade(&hub, peer, request, path, authenticated),
        (&Method::GET, "/metrics") => plain(StatusCode::OK, metrics::text(&hub)),
        (&Method::GET, "/status") => {
            let text =
                serde_json::to_string(&status::status(&hub)).expect("plain values serialise");
            json(StatusCode::OK, text)
        }
        (&Method::GET, path) if path == "/sse" || path.starts_with("/sse/") => {
            sse::open(&hub, peer, path)
        }
        (&Method::POST, path) if path.starts_with("/message") => sse::post(&hub, request).await,
        (&Method::POST, _) => streamable::post(&hub, peer, request, path).await,
        (&Method::GET, _) => streamable::get(&hub, request.headers(), path),
        (&Method::DELETE, _) => streamable::delete(&hub, request.headers(), path),
        _ => {
            let mut response =
                rpc_error(StatusCode::METHOD_NOT_ALLOWED, -32000, "not allowed here");
            response.headers_mut().insert(ALLOW, "GET, POST, DELETE".parse().expect("a header"));
            response
        }
    }
}

/// Ready when every server is: what waits for the gateway waits for what is behind it.
fn ready(hub: &Hub) -> Response<Reply> {
    let not: Vec<&str> = hub
        .servers
        .values()
        .filter(|server| !server.is_usable())
        .map(|server| &*server.name)
        .collect();
    if hub.draining.is_set() {
        plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if !not.is_empty() {
        plain(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", not.join(", ")))
    } else {
        plain(StatusCode::OK, "ready\n")
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(token.trim());
    }
    protocols(headers).find_map(|protocol| protocol.strip_prefix(BEARER_PROTOCOL))
}

fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

/// A browser that offered subprotocols takes no answer without one. The token goes back to who sent it only
/// where nothing else was offered.
fn chosen_protocol(headers: &HeaderMap) -> Option<&str> {
    let is_token = |protocol: &&str| protocol.starts_with(BEARER_PROTOCOL);
    protocols(headers)
        .find(|protocol| *protocol == "mcp")
        .or_else(|| protocols(headers).find(is_token))
}

fn refuse(hub: &Hub, denied: Denied) -> Response<Reply> {
    hub.metrics.denied();
    match denied {
        Denied::Wait(wait) => {
            let mut response =
                rpc_error(StatusCode::TOO_MANY_REQUESTS, -32001, "too many wrong tokens");
            response.headers_mut().insert(RETRY_AFTER, (wait.as_secs() + 1).into());
            response
        }
        Denied::Missing | Denied::Wrong => {
            let mut response =
                rpc_error(StatusCode::UNAUTHORIZED, -32001, "a valid token is needed");
            response.headers_mut().insert(WWW_AUTHENTICATE, "Bearer".parse().expect("a header"));
            response
        }
    }
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let has = |name, word: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    has(CONNECTION, "upgrade") && has(UPGRADE, "websocket")
}

fn upgrade(
    hub: &Rc<Hub>,
    peer: IpAddr,
    mut request: Request<Incoming>,
    path: &str,
    authenticated: bool,
) -> Response<Reply> {
    let endpoint = match hub.endpoint(path) {
        Ok(endpoint) => endpoint,
        Err(refused) => return self::refused(refused),
    };
    let headers = request.headers();
    let version = headers.get("sec-websocket-version").map(|version| version.as_bytes());
    let is_websocket_13 = version == Some(b"13") && request.version() >= Version::HTTP_11;
    let Some(key) = headers.get(SEC_WEBSOCKET_KEY).filter(|_| is_websocket_13) else {
        let mut response = rpc_error(StatusCode::UPGRADE_REQUIRED, -32000, "WebSocket version 13");
        response.headers_mut().insert("sec-websocket-version", 13.into());
        return response;
    };
    if STANDARD.decode(key).map(|key| key.len()) != Ok(16) {
        let what = "Sec-WebSocket-Key is not the base64 of 16 bytes";
        return rpc_error(StatusCode::BAD_REQUEST, -32000, what);
    }
    // hyper hands the connection over when the body has been read, which nobody would do here.
    if !request.body().is_end_stream() {
        let mut response =
            rpc_error(StatusCode::BAD_REQUEST, -32000, "an upgrade to WebSocket has no body");
        response.headers_mut().insert(CONNECTION, "close".parse().expect("a header"));
        return response;
    }
    let accept = derive_accept_key(key.as_bytes());
    let protocol = chosen_protocol(headers).map(str::to_owned);
    let hub = hub.clone();
    spawn_local(async move {
        let upgraded = tokio::time::timeout(HEAD_TIME, hyper::upgrade::on(&mut request)).await;
        if let Ok(Ok(io)) = upgraded {
            websocket::serve(hub, io, peer, endpoint, authenticated).await;
        }
    });
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = protocol {
        response = response.header(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response.body(Reply::Text(None)).expect("headers are plain")
}

/// The body of a request, or the response that says why there is none.
pub async fn body(
    hub: &Hub,
    headers: &HeaderMap,
    incoming: Incoming,
) -> Result<Bytes, Response<Reply>> {
    let is_json =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
            value
                .split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        });
    if !is_json {
        let what = "the content type is not application/json";
        return Err(rpc_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, -32000, what));
    }
    let is_encoded = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get(CONTENT_ENCODING).is_some_and(is_encoded) {
        let what = "a body is taken as it is, without Content-Encoding";
        return Err(rpc_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, -32000, what));
    }
    let limited = Limited::new(incoming, hub.config.limits.message.0);
    match within(BODY_TIME, limited.collect()).await {
        Some(Ok(body)) => Ok(body.to_bytes()),
        Some(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            let limit = hub.config.limits.message;
            let mut response = rpc_error(
                StatusCode::PAYLOAD_TOO_LARGE,
                -32600,
                &format!("a message of more than {limit}"),
            );
            response.headers_mut().insert(CONNECTION, "close".parse().expect("a header"));
            Err(response)
        }
        Some(Err(_)) => Err(rpc_error(StatusCode::BAD_REQUEST, -32700, "the body is broken")),
        None => Err(rpc_error(StatusCode::REQUEST_TIMEOUT, -32000, "the body did not arrive")),
    }
}

/// Whether the client takes this kind of answer.
pub fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    let group = kind.split('/').next().unwrap_or_default();
    values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        range == "*/*"
            || range.eq_ignore_ascii_case(kind)
            || range.strip_suffix("/*").is_some_and(|range| range.eq_ignore_ascii_case(group))
    })
}

pub fn json(status: StatusCode, text: impl Into<Bytes>) -> Response<Reply> {
    typed(status, "application/json", Reply::text(text))
}

pub fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Reply> {
    typed(status, "text/plain; charset=utf-8", Reply::text(text))
}

pub fn typed(status: StatusCode, kind: &'static str, reply: Reply) -> Response<Reply> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, HeaderValue::from_static(kind))
        .header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        .body(reply)
        .expect("headers are plain")
}

pub fn empty(status: StatusCode) -> Response<Reply> {
    Response::builder().status(status).body(Reply::Text(None)).expect("no header")
}

pub fn rpc_error(status: StatusCode, code: i32, message: &str) -> Response<Reply> {
    json(status, frame::error("null", code, message))
}

pub fn refused(refused: Refused) -> Response<Reply> {
    let status = match refused {
        Refused::NoSuchServer => StatusCode::NOT_FOUND,
        Refused::TooMany | Refused::Draining => StatusCode::SERVICE_UNAVAILABLE,
    };
    rpc_error(status, -32000, refused.reason())
}
