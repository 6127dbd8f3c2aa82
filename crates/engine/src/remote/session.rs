//! The session over the control channel itself: a stream of messages that carry bytes.

use bollard_buildkit_proto::moby::buildkit::v1 as control;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::Channel;

/// What one message carries, at most: as BuildKit's own client has it.
const CHUNK_BYTES: usize = 32 * 1024;

/// Messages on their way.
const CHUNKS: usize = 8;

/// Opens it, with the headers that `/session` of an engine takes; the stream is what the builder speaks over.
pub(super) async fn open(
    mut client: ControlClient<Channel>,
    headers: &[(&str, &str)],
) -> Result<DuplexStream, tonic::Status> {
    let (sender, messages) = tokio::sync::mpsc::channel(CHUNKS);
    let mut request = Request::new(ReceiverStream::new(messages));
    for (name, value) in headers {
        let name = AsciiMetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        let name = name.map_err(|error| tonic::Status::internal(error.to_string()))?;
        let value = AsciiMetadataValue::try_from(*value);
        let value = value.map_err(|error| tonic::Status::internal(error.to_string()))?;
        request.metadata_mut().append(name, value);
    }
    let mut answers = client.session(request).await?.into_inner();
    let (here, there) = tokio::io::duplex(CHUNK_BYTES * CHUNKS);
    let (mut from_here, mut to_here) = tokio::io::split(there);
    tokio::spawn(async move {
        let mut buffer = vec![0; CHUNK_BYTES];
        // Either side may end it; whoever serves on it sees the end of the stream.
        while let Ok(count @ 1..) = from_here.read(&mut buffer).await {
            let message = control::BytesMessage { data: buffer[..count].to_vec() };
            if sender.send(message).await.is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        while let Ok(Some(message)) = answers.message().await {
            if to_here.write_all(&message.data).await.is_err() {
                break;
            }
        }
        let _ = to_here.shutdown().await;
    });
    Ok(here)
}
