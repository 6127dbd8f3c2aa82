//! A port that takes connections, a page that answers.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use runtime_config::services::{Http, Target};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Of a body, for a text in it.
const LONGEST: usize = 1 << 20;

pub async fn connect(target: &Target) -> Result<TcpStream, String> {
    let failed = |error: std::io::Error| format!("`{target}`: {}", plain(&error));
    TcpStream::connect(target.address()).await.map_err(failed)
}

pub async fn tcp(target: &Target) -> Result<(), String> {
    connect(target).await.map(drop)
}

pub async fn http(http: &Http) -> Result<(), String> {
    let request = Request::get(http.url.path.as_deref().unwrap_or("/"));
    let response = send(&http.url, request, Bytes::new()).await?;
    let (status, url) = (response.0.status().as_u16(), &http.url);
    let fits = match http.status {
        Some(expected) => status == expected,
        None => (200..400).contains(&status),
    };
    if !fits {
        return Err(format!("`{url}` answered {status}"));
    }
    for (name, expected) in &http.header {
        let value = response.0.headers().get(name);
        if value.is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
            let value = value.map_or("no".into(), |value| format!("`{value:?}` for"));
            return Err(format!("`{url}` answered with {value} header `{name}`"));
        }
    }
    if let Some(expected) = &http.body {
        let body = body(response).await?;
        if !String::from_utf8_lossy(&body).contains(expected.as_str()) {
            return Err(format!("`{url}` answered without `{expected}`"));
        }
    }
    Ok(())
}

/// A response, and the connection that its body comes from.
pub struct Answered(pub Response<Incoming>, JoinHandle<()>);

impl Answered {
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.1.abort();
    }
}

pub async fn send(
    url: &Target,
    request: hyper::http::request::Builder,
    body: Bytes,
) -> Result<Answered, String> {
    let stream = TokioIo::new(connect(url).await?);
    let failed = |error: hyper::Error| format!("`{url}` gave no answer of HTTP: {error}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(stream).await.map_err(failed)?;
    let connection = tokio::task::spawn_local(async move {
        connection.await.ok();
    });
    let request = request
        .header("Host", format!("{}:{}", url.host, url.port))
        .header("User-Agent", "mad-runtime")
        .body(Full::new(body))
        .map_err(|error| format!("`{url}`: {error}"))?;
    Ok(Answered(sender.send_request(request).await.map_err(failed)?, connection))
}

pub async fn body(mut answered: Answered) -> Result<Bytes, String> {
    let body = Limited::new(answered.0.body_mut(), LONGEST);
    Ok(body.collect().await.map_err(|error| error.to_string())?.to_bytes())
}

/// `Connection refused (os error 111)`, without the number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
