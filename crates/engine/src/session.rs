//! The session: what the engine may ask of us while it builds.
//!
//! BuildKit calls back over a connection that we open and then serve: it asks for what it does not have of the context
//! (`FileSync`; `Upload` for a context that this cannot carry), reads secrets (`Secrets`), asks for registry credentials (`Auth`) and checks that we
//! live (`Health`). Secrets stay in memory and are handed out by id only.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bollard_buildkit_proto::moby::buildkit::secrets::v1 as secrets;
use bollard_buildkit_proto::moby::filesync::v1 as filesync;
use bollard_buildkit_proto::moby::sshforward::v1 as sshforward;
use bollard_buildkit_proto::moby::upload::v1 as upload;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};
use tonic::{Request, Response, Status, Streaming};

use super::credentials::{self, CredentialLog};
use super::dial::Stream;
use super::docker_config::DockerConfig;
use super::file_sync::{ContextFiles, Synced};
use super::remote::ImageLoad;
use super::ssh_agent::{self, Agents};
use super::{Archive, SolveEvent, SolveRequest, TarOutput, file_export, file_sync, limits};

/// The methods we serve, in the spelling that BuildKit looks for. Of `Auth` only `Credentials`:
/// with that alone the engine fetches registry tokens itself.
const METHODS: [&str; 2] =
    ["/moby.filesync.v1.Auth/Credentials", "/moby.buildkit.secrets.v1.Secrets/GetSecret"];

/// Those of the context, where it is uploaded as a whole.
const UPLOAD: [&str; 2] = ["/moby.upload.v1.Upload/pull", "/moby.upload.v1.Upload/Pull"];

/// The context is sent in pieces far below gRPC's message limit of 16 MiB.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a session serves.
pub(super) struct Serving {
    pub id: String,
    pub context: Archive,
    /// Its files, where they can be sent one by one.
    pub context_files: Option<ContextFiles>,
    /// What the engine keeps the context by; a context of the same key sends only what differs.
    pub context_key: String,
    pub secrets: HashMap<String, Vec<u8>>,
    /// Sockets of ssh agents by id.
    pub ssh: BTreeMap<String, PathBuf>,
    /// Where the files of the result go.
    pub files: Option<FileSink>,
    pub config: DockerConfig,
    /// Where it is kept which logins were tried.
    pub tried: CredentialLog,
    pub events: UnboundedSender<SolveEvent>,
}

/// An open session. Dropping it closes the connection.
pub(super) struct Session {
    pub id: String,
    /// The `context` attribute that makes the engine pull from this session; `None` where it syncs files, which it
    /// does without being told.
    pub context_url: Option<String>,
    _close: DropGuard,
}

/// What takes what the engine sends of the result.
#[derive(Clone)]
pub(super) enum FileSink {
    /// Its files.
    Tar(TarOutput),
    /// The image.
    Image(ImageLoad),
}

/// What is said of a session when it is opened.
pub(super) struct Headers(Vec<(&'static str, String)>);

impl Headers {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

impl Serving {
    /// What `request` needs; `files` takes its result, where that comes over the session.
    pub(super) fn of(
        request: &SolveRequest,
        files: Option<FileSink>,
        config: DockerConfig,
        tried: &CredentialLog,
        events: &UnboundedSender<SolveEvent>,
    ) -> Self {
        Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            // What cannot be read is told by the upload.
            context_files: ContextFiles::read(&request.context).unwrap_or_default(),
            context: request.context.clone(),
            context_key: request.context_key.clone(),
            secrets: request.secrets.clone(),
            ssh: request.options.ssh.clone(),
            files,
            config,
            tried: tried.clone(),
            events: events.clone(),
        }
    }

    pub(super) fn headers(&self) -> Headers {
        let mut headers = vec![("X-Docker-Expose-Session-Uuid", self.id.clone())];
        let method = |method: &str| ("X-Docker-Expose-Session-Grpc-Method", method.to_owned());
        headers.extend(METHODS.map(method));
        if self.context_files.is_some() {
            headers.push(method(file_sync::METHOD));
            headers.push(("X-Docker-Expose-Session-Sharedkey", self.context_key.clone()));
        } else {
            headers.extend(UPLOAD.map(method));
        }
        // A method that is served is one that steps may use.
        if !self.ssh.is_empty() {
            headers.extend(ssh_agent::METHODS.map(method));
        }
        headers.extend(self.files.as_ref().map(|_| method(file_export::METHOD)));
        Headers(headers)
    }

    /// Serves over a connection on which the headers were said.
    pub(super) fn serve(self, connection: impl Stream) -> Session {
        let context_path = format!("/{}", uuid::Uuid::new_v4().simple());
        let Self { id, context, context_files, secrets, ssh, files, config, tried, events, .. } =
            self;
        let context_url =
            context_files.is_none().then(|| format!("http://buildkit-session{context_path}"));
        let synced = context_files.map(|files| Synced { files, events: events.clone() });
        let ssh = (!ssh.is_empty()).then_some(Agents(ssh));
        let (files, image) = match files {
            Some(FileSink::Tar(files)) => (Some(files), None),
            Some(FileSink::Image(image)) => (None, Some(image)),
            None => (None, None),
        };
        let (_, health) = tonic_health::server::health_reporter();
        let router = tonic::transport::Server::builder()
            .initial_stream_window_size(limits::WINDOW_BYTES)
            .initial_connection_window_size(limits::WINDOW_BYTES)
            .add_service(health)
            .add_service(filesync::auth_server::AuthServer::new(Auth { config, tried }))
            .add_service(secrets::secrets_server::SecretsServer::new(Secrets(secrets)))
            .add_service(upload::upload_server::UploadServer::new(Upload {
                path: context_path,
                context,
                events,
            }))
            .add_optional_service(synced.map(filesync::file_sync_server::FileSyncServer::new))
            // One of both at most: they have one name.
            .add_optional_service(files.map(filesync::file_send_server::FileSendServer::new))
            .add_optional_service(image.map(filesync::file_send_server::FileSendServer::new))
            .add_optional_service(ssh.map(sshforward::ssh_server::SshServer::new));
        let close = CancellationToken::new();
        // tonic serves a connection in a task of its own, out of reach: it ends with the connection.
        let served =
            Served { io: Box::new(connection), closed: Box::pin(close.clone().cancelled_owned()) };
        tokio::spawn(async move {
            // An error here means that the connection broke; the solve call reports that.
            let incoming = tokio_stream::once(Ok::<_, std::io::Error>(served));
            let _ = router.serve_with_incoming(incoming).await;
        });
        Session { id, context_url, _close: close.drop_guard() }
    }
}

struct Upload {
    path: String,
    context: Archive,
    events: UnboundedSender<SolveEvent>,
}

#[tonic::async_trait]
impl upload::upload_server::Upload for Upload {
    type PullStream =
        Pin<Box<dyn futures_util::Stream<Item = Result<upload::BytesMessage, Status>> + Send>>;

    async fn pull(
        &self,
        request: Request<Streaming<upload::BytesMessage>>,
    ) -> Result<Response<Self::PullStream>, Status> {
        let asked = request.metadata().get("urlpath").and_then(|path| path.to_str().ok());
        if asked != Some(self.path.as_str()) {
            return Err(Status::not_found("no such upload in this session"));
        }
        let (context, events) = (self.context.clone(), self.events.clone());
        let total = context.bytes();
        let chunks = (0..total).step_by(CHUNK_BYTES).map(move |start| {
            // The archive was just written, so this reads from the page cache.
            let data = context.read(start, CHUNK_BYTES).map_err(|error| {
                Status::data_loss(format!("the packed context cannot be read: {error}"))
            })?;
            // The engine reports nothing of an upload: count here, for the progress display. A
            // receiver that is gone means that nobody looks any more.
            let bytes = start + data.len() as u64;
            let _ = events.send(SolveEvent::Uploaded { bytes, total });
            Ok(upload::BytesMessage { data })
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }
}

struct Secrets(HashMap<String, Vec<u8>>);

#[tonic::async_trait]
impl secrets::secrets_server::Secrets for Secrets {
    async fn get_secret(
        &self,
        request: Request<secrets::GetSecretRequest>,
    ) -> Result<Response<secrets::GetSecretResponse>, Status> {
        let id = request.into_inner().id;
        match self.0.get(&id) {
            Some(data) => Ok(Response::new(secrets::GetSecretResponse { data: data.clone() })),
            // NotFound is what lets a mount without `required` go on.
            None => Err(Status::not_found(format!("secret {id} not found"))),
        }
    }
}

struct Auth {
    config: DockerConfig,
    tried: CredentialLog,
}

#[tonic::async_trait]
impl filesync::auth_server::Auth for Auth {
    async fn credentials(
        &self,
        request: Request<filesync::CredentialsRequest>,
    ) -> Result<Response<filesync::CredentialsResponse>, Status> {
        let host = request.into_inner().host;
        // No credentials is an answer: the registry may be public.
        let found = credentials::find(&self.config, &host, &self.tried).await;
        let (username, secret) = found.unwrap_or_default();
        Ok(Response::new(filesync::CredentialsResponse { username, secret }))
    }

    async fn fetch_token(
        &self,
        _: Request<filesync::FetchTokenRequest>,
    ) -> Result<Response<filesync::FetchTokenResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }

    async fn get_token_authority(
        &self,
        _: Request<filesync::GetTokenAuthorityRequest>,
    ) -> Result<Response<filesync::GetTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }

    async fn verify_token_authority(
        &self,
        _: Request<filesync::VerifyTokenAuthorityRequest>,
    ) -> Result<Response<filesync::VerifyTokenAuthorityResponse>, Status> {
        Err(Status::unimplemented("the engine fetches tokens"))
    }
}

/// A connection in the shape that tonic's server takes; it ends when it is closed here,
/// as if the engine had closed it.
struct Served {
    io: Box<dyn Stream>,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl tonic::transport::server::Connected for Served {
    type ConnectInfo = Arc<()>;

    fn connect_info(&self) -> Self::ConnectInfo {
        Arc::new(())
    }
}

impl tokio::io::AsyncRead for Served {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl tokio::io::AsyncWrite for Served {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_session_that_is_dropped_is_closed_and_tells_nothing_more() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("docker.sock");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let (serves, served) = tokio::sync::oneshot::channel();
        let engine = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut heard = vec![0; 4096];
            let count = connection.read(&mut heard).await.unwrap();
            assert!(heard[..count].starts_with(b"POST /session HTTP/1.1\r\n"));
            let answer = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
            connection.write_all(answer.as_bytes()).await.unwrap();
            // The client side of HTTP/2: its preface and empty settings. The answer shows that
            // somebody serves.
            connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
            connection.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
            assert!(connection.read(&mut heard).await.unwrap() > 0);
            serves.send(()).unwrap();
            while connection.read(&mut heard).await.is_ok_and(|count| count > 0) {}
        });

        let (events, mut told) = tokio::sync::mpsc::unbounded_channel();
        let serving = Serving {
            id: "id".to_owned(),
            context: Archive::new(tempfile::tempfile().unwrap()).unwrap(),
            context_files: None,
            context_key: "key".to_owned(),
            secrets: HashMap::new(),
            ssh: BTreeMap::new(),
            files: None,
            config: DockerConfig::default(),
            tried: CredentialLog::default(),
            events,
        };
        let endpoint = crate::Endpoint::Unix(socket);
        let headers = serving.headers();
        let connection = crate::dial::upgrade(&endpoint, "/session", &headers.pairs()).await;
        let session = serving.serve(connection.unwrap());
        served.await.unwrap();
        drop(session);
        let soon = Duration::from_secs(5);
        assert!(tokio::time::timeout(soon, told.recv()).await.unwrap().is_none());
        tokio::time::timeout(soon, engine).await.unwrap().unwrap();
    }
}
