//! A real BuildKit at an address of its own: every connection is upgraded to the engine's `/grpc`, and what goes
//! over it is BuildKit's own control channel.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::socket;

/// Listens until it is dropped; every connection is cut then.
pub struct Relay {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    cut: CancellationToken,
}

/// A server's certificate, its key, and the CA of its clients.
pub struct ServerFiles<'a> {
    pub ca: &'a Path,
    pub cert: &'a Path,
    pub key: &'a Path,
}

impl Relay {
    /// On a free port of 127.0.0.1, without TLS.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// Likewise, with mutual TLS.
    pub fn with_tls(files: &ServerFiles<'_>) -> Self {
        Self::listen(Some(tokio_rustls::TlsAcceptor::from(Arc::new(server_config(files)))))
    }

    fn listen(tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a socket");
        let (accepted, cut) = (Arc::<AtomicUsize>::default(), CancellationToken::new());
        let (count, ended) = (Arc::clone(&accepted), cut.clone());
        in_a_thread(async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            while let Some(Ok((client, _))) = ended.run_until_cancelled(listener.accept()).await {
                count.fetch_add(1, Ordering::Relaxed);
                let (tls, ended) = (tls.clone(), ended.clone());
                tokio::spawn(async move {
                    let joined = async {
                        match tls {
                            None => join(client).await,
                            // A client that is refused is gone.
                            Some(tls) => {
                                if let Ok(client) = tls.accept(client).await {
                                    join(client).await;
                                }
                            }
                        }
                    };
                    ended.run_until_cancelled(joined).await;
                });
            }
        });
        Self { address, accepted, cut }
    }

    /// At a Unix socket, for as long as the process lives.
    pub fn at_socket(path: &Path) {
        let listener = std::os::unix::net::UnixListener::bind(path).expect("a new socket");
        listener.set_nonblocking(true).expect("a socket");
        in_a_thread(async move {
            let listener = UnixListener::from_std(listener).expect("a socket");
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client));
            }
        });
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// For `--builder`.
    pub fn url(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Cuts every connection and listens no more, as a machine that goes down.
    pub fn cut(&self) {
        self.cut.cancel();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut.cancel();
    }
}

fn in_a_thread(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work);
    });
}

/// Upgrades a connection of the engine, and joins it with the client's until one ends.
async fn join(mut client: impl AsyncRead + AsyncWrite + Unpin) {
    let mut engine = UnixStream::connect(socket()).await.expect("the engine's socket answers");
    let ask = "POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    engine.write_all(ask.as_bytes()).await.expect("the engine reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(engine.read_u8().await.expect("the engine answers"));
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
}

fn server_config(files: &ServerFiles<'_>) -> rustls::ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificates = |path: &Path| {
        let read = CertificateDer::pem_file_iter(path).expect("a certificate");
        read.map(|one| one.expect("PEM")).collect::<Vec<_>>()
    };
    let mut roots = rustls::RootCertStore::empty();
    certificates(files.ca).into_iter().for_each(|ca| roots.add(ca).expect("a CA"));
    let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::clone(&provider),
    );
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_client_cert_verifier(clients.build().expect("a verifier"))
        .with_single_cert(
            certificates(files.cert),
            PrivateKeyDer::from_pem_file(files.key).expect("a key"),
        )
        .expect("a certificate and its key");
    // As servers in Go do: who does not say `h2` is refused.
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Certificates of a test: a CA, what it signed, and what is wrong.
pub struct Certificates {
    folder: tempfile::TempDir,
    ca: rcgen::Issuer<'static, rcgen::KeyPair>,
}

/// How long a certificate is good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Good,
    Expired,
}

impl Certificates {
    /// A CA, as `ca.pem`.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "a CA of a test");
        let certificate = params.self_signed(&key).expect("a CA");
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("a file");
        Self { folder, ca: rcgen::Issuer::new(params, key) }
    }

    /// A certificate for `name`, as `FILE.pem`, and its key, as `FILE-key.pem`.
    pub fn sign(&self, file: &str, name: &str, validity: Validity) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).expect("a name");
        if validity == Validity::Expired {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        }
        params.extended_key_usages = vec![
            rcgen::ExtendedKeyUsagePurpose::ServerAuth,
            rcgen::ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.ca).expect("a certificate");
        std::fs::write(self.path(file), certificate.pem()).expect("a file");
        std::fs::write(self.path(&format!("{file}-key")), key.serialize_pem()).expect("a file");
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(format!("{file}.pem"))
    }
}
