//! A builder as far as its side of the control channel: it has one worker, and for every solve sends an archive
//! through the session, as the exporter `docker` does.

use std::pin::Pin;
use std::sync::Mutex;

use bollard_buildkit_proto::moby::buildkit::v1 as control;
use bollard_buildkit_proto::moby::buildkit::v1::control_server::{Control, ControlServer};
use bollard_buildkit_proto::moby::buildkit::v1::types::{BuildkitVersion, WorkerRecord};
use bollard_buildkit_proto::moby::filesync::v1 as filesync;
use bollard_buildkit_proto::pb::Platform;
use futures_util::Stream;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What it does when it is asked to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sends {
    /// The archive in these pieces.
    Pieces(&'static [&'static str]),
    /// The first piece, and then nothing more; the solve fails.
    PartOnly(&'static str),
    /// Nothing.
    Nothing,
}

struct Builder {
    sends: Sends,
    /// The session, once it is open: one build at a time.
    session: Mutex<Option<Channel>>,
    exporters: tokio::sync::mpsc::UnboundedSender<(String, String)>,
}

/// Its address, and the exporter and the name of every solve.
pub(super) async fn builder(
    sends: Sends,
) -> (String, tokio::sync::mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (exporters, asked) = tokio::sync::mpsc::unbounded_channel();
    let service = ControlServer::new(Builder { sends, session: Mutex::default(), exporters });
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(tonic::transport::server::TcpIncoming::from(listener)));
    (address, asked)
}

#[tonic::async_trait]
impl Control for Builder {
    type PruneStream = Messages<control::UsageRecord>;
    type StatusStream = Messages<control::StatusResponse>;
    type SessionStream = Messages<control::BytesMessage>;
    type ListenBuildHistoryStream = Messages<control::BuildHistoryEvent>;

    async fn list_workers(
        &self,
        _: Request<control::ListWorkersRequest>,
    ) -> Result<Response<control::ListWorkersResponse>, Status> {
        let platform = Platform {
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            ..Platform::default()
        };
        let label = |name: &str, value: &str| {
            (format!("org.mobyproject.buildkit.worker.{name}"), value.to_owned())
        };
        let worker = WorkerRecord {
            id: "worker".to_owned(),
            labels: [label("executor", "oci"), label("snapshotter", "overlayfs")].into(),
            platforms: vec![platform],
            buildkit_version: Some(BuildkitVersion {
                version: "v0.19.0".to_owned(),
                ..BuildkitVersion::default()
            }),
            ..WorkerRecord::default()
        };
        Ok(Response::new(control::ListWorkersResponse { record: vec![worker] }))
    }

    async fn session(
        &self,
        request: Request<Streaming<control::BytesMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        assert!(request.metadata().get("x-docker-expose-session-uuid").is_some());
        let mut arriving = request.into_inner();
        let (here, there) = tokio::io::duplex(64 * 1024);
        let (mut from, mut to) = tokio::io::split(there);
        tokio::spawn(async move {
            while let Ok(Some(message)) = arriving.message().await {
                if to.write_all(&message.data).await.is_err() {
                    break;
                }
            }
        });
        let (sender, leaving) = tokio::sync::mpsc::channel(8);
        tokio::spawn(async move {
            let mut buffer = vec![0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer).await {
                let data = buffer[..count].to_vec();
                if sender.send(Ok(control::BytesMessage { data })).await.is_err() {
                    break;
                }
            }
        });
        let mut here = Some(TokioIo::new(here));
        let connector = tower::service_fn(move |_| {
            let here = here.take();
            async move { here.ok_or_else(|| std::io::Error::other("closed")) }
        });
        let endpoint = tonic::transport::Endpoint::from_static("http://session");
        *self.session.lock().unwrap() = Some(endpoint.connect_with_connector_lazy(connector));
        Ok(Response::new(Box::pin(ReceiverStream::new(leaving))))
    }

    async fn solve(
        &self,
        request: Request<control::SolveRequest>,
    ) -> Result<Response<control::SolveResponse>, Status> {
        let request = request.into_inner();
        let name = request.exporter_attrs_deprecated.get("name").cloned().unwrap_or_default();
        let _ = self.exporters.send((request.exporter_deprecated, name));
        let channel = self.session.lock().unwrap().clone().expect("a session before the solve");
        let mut files = filesync::file_send_client::FileSendClient::new(channel);
        let message = |text: &&str| filesync::BytesMessage { data: text.as_bytes().to_vec() };
        match self.sends {
            Sends::Nothing => {}
            Sends::Pieces(pieces) => {
                let pieces: Vec<_> = pieces.iter().map(message).collect();
                let mut answer = files.diff_copy(tokio_stream::iter(pieces)).await?.into_inner();
                while answer.message().await?.is_some() {}
            }
            Sends::PartOnly(piece) => {
                let (sender, pieces) = tokio::sync::mpsc::channel(1);
                sender.send(message(&piece)).await.unwrap();
                let sending = files.diff_copy(ReceiverStream::new(pieces));
                let soon = std::time::Duration::from_millis(200);
                assert!(tokio::time::timeout(soon, sending).await.is_err());
                return Err(Status::internal("the disk is full"));
            }
        }
        Ok(Response::new(control::SolveResponse::default()))
    }

    async fn status(
        &self,
        _: Request<control::StatusRequest>,
    ) -> Result<Response<Self::StatusStream>, Status> {
        Ok(Response::new(Box::pin(tokio_stream::empty())))
    }

    async fn disk_usage(
        &self,
        _: Request<control::DiskUsageRequest>,
    ) -> Result<Response<control::DiskUsageResponse>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn prune(
        &self,
        _: Request<control::PruneRequest>,
    ) -> Result<Response<Self::PruneStream>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn info(
        &self,
        _: Request<control::InfoRequest>,
    ) -> Result<Response<control::InfoResponse>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn listen_build_history(
        &self,
        _: Request<control::BuildHistoryRequest>,
    ) -> Result<Response<Self::ListenBuildHistoryStream>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn update_build_history(
        &self,
        _: Request<control::UpdateBuildHistoryRequest>,
    ) -> Result<Response<control::UpdateBuildHistoryResponse>, Status> {
        Err(Status::unimplemented("not asked for"))
    }
}
