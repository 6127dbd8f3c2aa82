//! TLS to a builder, and what its failures mean in plain words.

use std::error::Error;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::BuilderTls;
use crate::EngineError;

/// gRPC servers in Go refuse a client that does not say this.
const HTTP2: &[u8] = b"h2";

/// What a client needs.
pub(super) fn client_config(tls: &BuilderTls) -> Result<rustls::ClientConfig, EngineError> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in certificates(&tls.cacert)? {
        roots.add(certificate).map_err(|error| fail(&tls.cacert, &error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fail(&tls.cacert, &error))?
        .with_root_certificates(roots);
    let mut config = match &tls.client {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => {
            let pem = PrivateKeyDer::from_pem_file(key).map_err(|error| fail(key, &error))?;
            builder
                .with_client_auth_cert(certificates(cert)?, pem)
                .map_err(|error| fail(cert, &error))?
        }
    };
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, EngineError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| fail(path, &error))?;
    match read.is_empty() {
        true => Err(EngineError::Tls { path: path.to_owned(), why: "no certificate in it".into() }),
        false => Ok(read),
    }
}

fn fail(path: &Path, error: &dyn Error) -> EngineError {
    EngineError::Tls { path: path.to_owned(), why: error.to_string() }
}

/// What went wrong in a handshake, by rustls' own error or by the alert that the server sent. TLS 1.3 tells
/// of a refused client only with the first answer, as text of an HTTP/2 error.
pub(super) fn explain(
    error: &(dyn Error + 'static),
    tls: &BuilderTls,
    host: &str,
) -> Option<String> {
    let cacert = tls.cacert.display();
    let wrapped = rustls_error(error);
    if let Some(rustls::Error::InvalidCertificate(invalid)) = wrapped {
        return Some(match invalid {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; compare the clocks".to_owned()
            }
            // The second where another CA has the same name.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                format!("its certificate is not signed by the CA in `{cacert}`")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for `{host}`; `servername=` names another")
            }
            other => format!("its certificate is not valid: {other}"),
        });
    }
    of_alert(&crate::error::chain(error))
}

fn of_alert(text: &str) -> Option<String> {
    let alerts = [
        ("CertificateExpired", "it refuses the client certificate: expired"),
        ("CertificateRequired", "it wants a client certificate: `cert=…,key=…`"),
        ("UnknownCA", "it refuses the client certificate: signed by a CA that it does not know"),
        ("BadCertificate", "it refuses the client certificate"),
        ("DecryptError", "it refuses the client certificate: not signed by a CA that it knows"),
        ("CertificateUnknown", "it refuses the client certificate"),
        ("AccessDenied", "it refuses the client certificate"),
        ("InvalidContentType", "it speaks no TLS"),
    ];
    let alert = alerts.iter().find(|(alert, _)| text.contains(alert));
    alert.map(|(_, words)| (*words).to_owned())
}

/// The alert with which the other side ended the connection: HTTP/2 tells a caller only that it ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Alert(Arc<Mutex<Option<String>>>);

impl Alert {
    /// What it means, where one was heard.
    pub(super) fn words(&self) -> Option<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.as_deref().and_then(of_alert)
    }
}

/// A stream that keeps the alert it heard; where a write fails, the one that came before is read.
pub(super) struct Listening<S> {
    stream: S,
    alert: Alert,
    /// Why a write failed, until it is known whether an alert was the reason.
    failed: Option<io::Error>,
}

impl<S: AsyncRead + Unpin> Listening<S> {
    pub(super) fn new(stream: S, alert: Alert) -> Self {
        Self { stream, alert, failed: None }
    }

    fn hear(&self, error: io::Error) -> io::Error {
        let mut heard = self.alert.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get_or_insert_with(|| error.to_string());
        error
    }

    /// The end of a write that failed with `error`: reads on to the alert, or to the end without one.
    fn not_written(&mut self, context: &mut Context<'_>, error: io::Error) -> Poll<io::Error> {
        let mut bytes = [0; 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Err(alert)) => return Poll::Ready(self.hear(alert)),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Poll::Ready(error),
                Poll::Ready(Ok(())) => {}
                // What came before may not be seen yet.
                Poll::Pending => {
                    self.failed = Some(error);
                    return Poll::Pending;
                }
            }
        }
    }

    /// A write, unless one failed before.
    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let error = match self.failed.take() {
            Some(error) => error,
            None => match write(Pin::new(&mut self.stream), context) {
                Poll::Ready(Err(error)) => error,
                other => return other,
            },
        };
        self.not_written(context, error).map(Err)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Listening<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        read.map_err(|error| self.hear(error))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Listening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, AsyncWrite::poll_shutdown)
    }
}

fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(found) = inner.or_else(|| error.downcast_ref()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
