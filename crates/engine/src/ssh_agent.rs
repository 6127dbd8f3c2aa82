//! The ssh agent for `RUN --mount=type=ssh`: bytes between the engine and an agent's socket here.
//!
//! Keys stay in the agent; the step gets its signatures, as with `ssh -A`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;

use bollard_buildkit_proto::moby::sshforward::v1 as sshforward;
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tonic::{Request, Response, Status, Streaming};

/// The methods of this service, in the spelling that BuildKit looks for.
pub(super) const METHODS: [&str; 2] =
    ["/moby.sshforward.v1.SSH/CheckAgent", "/moby.sshforward.v1.SSH/ForwardAgent"];

/// The metadata that names the agent, as `session/sshforward/ssh.go` has it.
const ID_KEY: &str = "buildkit.ssh.id";

/// The agent of a mount without an id.
const DEFAULT_ID: &str = "default";

/// Sockets of agents by id.
pub(super) struct Agents(pub BTreeMap<String, PathBuf>);

impl Agents {
    fn socket(&self, id: &str) -> Result<&PathBuf, Status> {
        let id = if id.is_empty() { DEFAULT_ID } else { id };
        // NotFound is what lets a mount without `required` go on.
        self.0.get(id).ok_or_else(|| Status::not_found(format!("no ssh agent `{id}`: --ssh {id}")))
    }
}

#[tonic::async_trait]
impl sshforward::ssh_server::Ssh for Agents {
    async fn check_agent(
        &self,
        request: Request<sshforward::CheckAgentRequest>,
    ) -> Result<Response<sshforward::CheckAgentResponse>, Status> {
        self.socket(&request.into_inner().id)?;
        Ok(Response::new(sshforward::CheckAgentResponse {}))
    }

    type ForwardAgentStream =
        Pin<Box<dyn Stream<Item = Result<sshforward::BytesMessage, Status>> + Send>>;

    async fn forward_agent(
        &self,
        request: Request<Streaming<sshforward::BytesMessage>>,
    ) -> Result<Response<Self::ForwardAgentStream>, Status> {
        let id = request.metadata().get(ID_KEY).and_then(|id| id.to_str().ok()).unwrap_or_default();
        let socket = self.socket(id)?;
        let unreachable = |error: io::Error| {
            Status::unavailable(format!("the ssh agent at {}: {error}", socket.display()))
        };
        let agent = UnixStream::connect(socket).await.map_err(unreachable)?;
        let (answers, mut questions) = agent.into_split();
        let mut asked = request.into_inner();
        tokio::spawn(async move {
            while let Some(Ok(message)) = asked.next().await {
                if questions.write_all(&message.data).await.is_err() {
                    break;
                }
            }
            // Dropped here, which ends the agent's side of this connection.
        });
        let answers = tokio_util::io::ReaderStream::new(answers).map(|read| match read {
            Ok(data) => Ok(sshforward::BytesMessage { data: data.to_vec() }),
            Err(error) => Err(Status::unavailable(format!("the ssh agent: {error}"))),
        });
        Ok(Response::new(Box::pin(answers)))
    }
}
