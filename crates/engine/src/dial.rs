//! A raw connection to the engine, upgraded to HTTP/2 for BuildKit.
//!
//! bollard speaks the Docker API but reports no progress from BuildKit; the daemon hands out
//! BuildKit's own control channel when `POST /grpc` (and `POST /session`, the other way round) is
//! upgraded to `h2c`. This file does that and knows nothing of what is spoken afterwards.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::error::chain;
use super::{Endpoint, EngineError, TlsFiles, limits};

/// A byte stream, whatever it runs over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

/// What is read of the words with which an engine refuses.
const MAX_REFUSAL_BYTES: usize = 4096;

/// Opens a connection and upgrades it to `h2c` at `path`, with `headers`.
pub(super) async fn upgrade(
    endpoint: &Endpoint,
    path: &'static str,
    headers: &[(&str, &str)],
) -> Result<TokioIo<Upgraded>, EngineError> {
    let begun = tokio::time::Instant::now();
    let upgraded = tokio::time::timeout(limits::CONNECT, upgrade_in_time(endpoint, path, headers));
    let upgraded = upgraded.await.unwrap_or_else(|_| Err(no_answer(endpoint)));
    let status = match &upgraded {
        Ok(_) => Some(101),
        Err(EngineError::Upgrade { status, .. }) => Some(*status),
        Err(_) => None,
    };
    let ms = begun.elapsed().as_millis();
    tracing::debug!(method = "POST", path, status, ms, "engine request, upgraded to h2c");
    upgraded
}

async fn upgrade_in_time(
    endpoint: &Endpoint,
    path: &'static str,
    headers: &[(&str, &str)],
) -> Result<TokioIo<Upgraded>, EngineError> {
    let lost = |error: &dyn std::error::Error| EngineError::Connection {
        during: "opening BuildKit's channel".into(),
        why: chain(error),
    };
    let stream = connect(endpoint).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| lost(&e))?;
    tokio::spawn(connection.with_upgrades());

    let mut request = Request::post(path)
        .header("Host", "docker")
        .header("Connection", "Upgrade")
        .header("Upgrade", "h2c");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|e| lost(&e))?;
    let response = sender.send_request(request).await.map_err(|e| lost(&e))?;
    let status = response.status().as_u16();
    if status != 101 {
        let body = Limited::new(response.into_body(), MAX_REFUSAL_BYTES).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).trim().to_owned();
        let body = if body.is_empty() { body } else { format!(": {body}") };
        return Err(EngineError::Upgrade { path, status, body });
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(|e| lost(&e))?;
    Ok(TokioIo::new(upgraded))
}

/// Opens a connection, with TLS where the endpoint has it.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<Box<dyn Stream>, EngineError> {
    let unreachable =
        |why: String| EngineError::Unreachable { endpoint: endpoint.to_string(), why };
    let dialled = tokio::time::timeout(limits::CONNECT, async {
        match endpoint {
            Endpoint::Unix(path) => {
                Ok(Box::new(UnixStream::connect(path).await?) as Box<dyn Stream>)
            }
            Endpoint::Tcp { address, .. } => Ok(Box::new(TcpStream::connect(address).await?) as _),
        }
    });
    let stream = dialled
        .await
        .map_err(|_| no_answer(endpoint))?
        .map_err(|error: std::io::Error| EngineError::unreachable(endpoint, &error))?;
    match endpoint {
        Endpoint::Tcp { address, tls: Some(files) } => {
            let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
            let host = host.trim_matches(|c| c == '[' || c == ']').to_owned();
            let name =
                ServerName::try_from(host).map_err(|error| unreachable(error.to_string()))?;
            let connector = TlsConnector::from(Arc::new(client_config(files)?));
            let stream = tokio::time::timeout(limits::CONNECT, connector.connect(name, stream));
            let stream = stream.await.map_err(|_| no_answer(endpoint))?;
            Ok(Box::new(stream.map_err(|error| unreachable(error.to_string()))?))
        }
        _ => Ok(stream),
    }
}

/// Nothing came back in time.
pub(super) fn no_answer(endpoint: &Endpoint) -> EngineError {
    EngineError::Unreachable {
        endpoint: endpoint.to_string(),
        why: format!("no answer within {} s", limits::CONNECT.as_secs()),
    }
}

fn client_config(files: &TlsFiles) -> Result<rustls::ClientConfig, EngineError> {
    let fail =
        |path: &std::path::Path, why: String| EngineError::Tls { path: path.to_owned(), why };
    let certificates =
        |path: &std::path::Path| -> Result<Vec<CertificateDer<'static>>, EngineError> {
            CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect)
                .map_err(|error| fail(path, error.to_string()))
        };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates(&files.ca)? {
        roots.add(certificate).map_err(|error| fail(&files.ca, error.to_string()))?;
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| fail(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(&files.ca, error.to_string()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(&files.cert)?, key)
        .map_err(|error| fail(&files.cert, error.to_string()))
}
