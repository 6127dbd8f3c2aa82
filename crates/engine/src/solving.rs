//! One solve over BuildKit's control channel, whoever opened it: the message, the reports while it runs, and
//! what its end means.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bollard_buildkit_proto::moby::buildkit::v1 as control;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use super::convert::Converter;
use super::credentials::CredentialLog;
use super::dial::Stream;
use super::session::Session;
use super::{CachePlace, EngineError, SolveError, SolveEvent, SolveRequest, error::chain, limits};

/// How BuildKit is to hand over the result.
pub(super) enum Exporter {
    /// Not at all: the steps run, and that is all.
    None,
    /// Its files, as one archive over the session.
    Files,
    /// An image in the engine that BuildKit is a part of, under this name.
    Engine(String),
    /// An image as `docker save` writes it, over the session.
    Archive(String),
}

impl Exporter {
    fn attributes(self) -> (String, HashMap<String, String>) {
        let named = |name| HashMap::from([("name".to_owned(), name)]);
        match self {
            Self::None => Default::default(),
            Self::Files => ("tar".to_owned(), HashMap::new()),
            Self::Engine(name) => ("moby".to_owned(), named(name)),
            Self::Archive(name) => ("docker".to_owned(), named(name)),
        }
    }
}

/// The message for `request`, whose files come from `session`.
pub(super) fn solve_message(
    request: SolveRequest,
    session: &Session,
    exporter: Exporter,
) -> control::SolveRequest {
    let mut frontend_attrs = HashMap::from([("filename".to_owned(), request.dockerfile)]);
    frontend_attrs.extend(session.context_url.clone().map(|url| ("context".to_owned(), url)));
    frontend_attrs.extend(request.target.map(|target| ("target".to_owned(), target)));
    let no_cache = request.no_cache.attribute();
    frontend_attrs.extend(no_cache.map(|stages| ("no-cache".to_owned(), stages)));
    frontend_attrs.extend(request.options.attributes());
    frontend_attrs.extend(
        request.build_args.into_iter().map(|(name, value)| (format!("build-arg:{name}"), value)),
    );
    let (exporter, exporter_attrs) = exporter.attributes();
    control::SolveRequest {
        r#ref: request.build_ref,
        session: session.id.clone(),
        frontend: "dockerfile.v0".to_owned(),
        frontend_attrs,
        exporter_deprecated: exporter,
        exporter_attrs_deprecated: exporter_attrs,
        entitlements: request.options.entitlements(),
        cache: Some(control::CacheOptions {
            imports: cache_entries(&request.options.cache_from),
            exports: cache_entries(&request.options.cache_to),
            ..control::CacheOptions::default()
        }),
        ..control::SolveRequest::default()
    }
}

fn cache_entries(places: &[CachePlace]) -> Vec<control::CacheOptionsEntry> {
    let entry = |place: &CachePlace| control::CacheOptionsEntry {
        r#type: place.kind.clone(),
        attrs: place.attributes.clone().into_iter().collect(),
    };
    places.iter().map(entry).collect()
}

/// Names of arguments and secrets only: values may be secrets.
pub(super) fn log(request: &SolveRequest) {
    tracing::debug!(
        build_ref = request.build_ref,
        candidate = request.candidate,
        target = request.target,
        build_args = ?request.build_args.keys(),
        secrets = ?request.secrets.keys(),
        no_cache = ?request.no_cache,
        context_bytes = request.context.bytes(),
        "solve"
    );
}

/// A channel over a connection that is open.
pub(super) async fn channel(
    connection: impl Stream,
    asks: bool,
) -> Result<ControlClient<Channel>, tonic::transport::Error> {
    let mut connection = Some(hyper_util::rt::TokioIo::new(connection));
    // The address is never dialled: the connector hands out the connection, once.
    let mut endpoint = tonic::transport::Endpoint::from_static("http://buildkit");
    if asks {
        endpoint = endpoint
            // A build may be silent for hours; whether somebody is there is asked all the same.
            .http2_keep_alive_interval(limits::KEEP_ALIVE)
            .keep_alive_timeout(limits::KEEP_ALIVE)
            .keep_alive_while_idle(true);
    } else {
        // An image comes back over this, perhaps from far away: HTTP/2 begins with 64 KiB a round trip.
        endpoint = endpoint
            .initial_stream_window_size(limits::WINDOW_BYTES)
            .initial_connection_window_size(limits::WINDOW_BYTES);
    }
    let channel = endpoint
        .connect_with_connector(tower::service_fn(move |_| {
            let connection = connection.take();
            async move { connection.ok_or_else(|| std::io::Error::other("the channel is closed")) }
        }))
        .await?;
    Ok(ControlClient::new(channel)
        .max_decoding_message_size(limits::MAX_MESSAGE_BYTES)
        .max_encoding_message_size(limits::MAX_MESSAGE_BYTES))
}

/// Runs it to its end, and passes on what is reported. `lost` wraps what a connection's end was.
pub(super) async fn solve(
    client: &mut ControlClient<Channel>,
    message: control::SolveRequest,
    tried: &CredentialLog,
    events: UnboundedSender<SolveEvent>,
    cancel: &CancellationToken,
    lost: impl FnOnce(String) -> EngineError,
) -> Result<HashMap<String, String>, SolveError> {
    let exporting = Arc::new(AtomicBool::new(false));
    let export_begun = Arc::clone(&exporting);
    let mut watcher = client.clone();
    let build_ref = message.r#ref.clone();
    let mut watching = tokio::spawn(async move {
        let asked = control::StatusRequest { r#ref: build_ref };
        let mut stream = watcher.status(asked).await?.into_inner();
        let mut converter = Converter::default();
        while let Some(response) = stream.message().await? {
            if response.vertexes.iter().any(|vertex| vertex.name.starts_with("exporting to ")) {
                export_begun.store(true, Ordering::Relaxed);
            }
            // A receiver that is gone means that nobody looks any more.
            let _ = events.send(SolveEvent::Status(converter.status(response)));
        }
        Ok::<(), tonic::Status>(())
    });
    let ended = tokio::select! {
        biased;
        // Dropping the call resets its stream, and that is what stops the step.
        () = cancel.cancelled() => None,
        ended = client.solve(message) => Some(ended),
    };
    // The engine ends the status stream when the build is over; on failure that is where the
    // culprit is named, so it is read to its end, but not for ever.
    // An export cannot be stopped: it is waited for, so that the caller finds the candidate and
    // can take its name away.
    let cannot_stop = ended.is_none() && exporting.load(Ordering::Relaxed);
    let grace = if cannot_stop { limits::EXPORT_GRACE } else { limits::CANCEL_GRACE };
    let _ = tokio::time::timeout(grace, &mut watching).await;
    watching.abort();
    match ended {
        None => Err(SolveError::Canceled),
        Some(Ok(response)) => Ok(response.into_inner().exporter_response),
        Some(Err(status)) => Err(failure(&status, tried, lost)),
    }
}

/// A refused call is a failed build, unless the connection itself broke: a status that has a source
/// was made on this side, whatever its code.
fn failure(
    status: &tonic::Status,
    tried: &CredentialLog,
    lost: impl FnOnce(String) -> EngineError,
) -> SolveError {
    match std::error::Error::source(status) {
        Some(source) => SolveError::Engine(lost(chain(source))),
        // Also `Unavailable`: that is how BuildKit passes on a registry's 503.
        None => SolveError::Failed { message: tried.explain(status.message()) },
    }
}
