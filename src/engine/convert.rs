//! BuildKit's protobuf messages into [`StatusUpdate`]s.

use bollard_buildkit_proto::google::protobuf;
use bollard_buildkit_proto::moby::buildkit::v1 as control;
use jiff::Timestamp;

use super::{StatusUpdate, Vertex, VertexLog, VertexStatus, VertexWarning};

pub(super) fn status(response: control::StatusResponse) -> StatusUpdate {
    StatusUpdate {
        vertexes: response.vertexes.into_iter().map(vertex).collect(),
        statuses: response.statuses.into_iter().map(transfer).collect(),
        logs: response.logs.into_iter().map(log).collect(),
        warnings: response.warnings.into_iter().map(warning).collect(),
    }
}

fn vertex(vertex: control::Vertex) -> Vertex {
    Vertex {
        digest: vertex.digest,
        inputs: vertex.inputs,
        name: vertex.name,
        cached: vertex.cached,
        started: timestamp(vertex.started),
        completed: timestamp(vertex.completed),
        error: Some(vertex.error).filter(|error| !error.is_empty()),
    }
}

fn transfer(status: control::VertexStatus) -> VertexStatus {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    VertexStatus {
        id: status.id,
        vertex: status.vertex,
        current: count(status.current),
        total: count(status.total),
        started: timestamp(status.started),
        completed: timestamp(status.completed),
    }
}

fn log(log: control::VertexLog) -> VertexLog {
    VertexLog {
        vertex: log.vertex,
        at: timestamp(log.timestamp),
        stream: log.stream,
        text: String::from_utf8_lossy(&log.msg).into_owned(),
    }
}

fn warning(warning: control::VertexWarning) -> VertexWarning {
    VertexWarning {
        vertex: warning.vertex,
        short: String::from_utf8_lossy(&warning.short).into_owned(),
        url: warning.url,
    }
}

fn timestamp(time: Option<protobuf::Timestamp>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.seconds, time.nanos).ok()
}
