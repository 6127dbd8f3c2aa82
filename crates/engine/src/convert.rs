//! BuildKit's protobuf messages into [`StatusUpdate`]s.

use std::collections::HashMap;

use bollard_buildkit_proto::google::protobuf;
use bollard_buildkit_proto::moby::buildkit::v1 as control;
use jiff::Timestamp;

use super::{StatusUpdate, Vertex, VertexLog, VertexStatus, VertexWarning};

/// Converts one build's messages, in order.
#[derive(Default)]
pub(super) struct Converter {
    /// The start of a character whose rest is in the next chunk, by vertex and stream: BuildKit
    /// cuts output anywhere.
    cut: HashMap<(String, i64), Vec<u8>>,
}

impl Converter {
    pub(super) fn status(&mut self, response: control::StatusResponse) -> StatusUpdate {
        StatusUpdate {
            vertexes: response.vertexes.into_iter().map(vertex).collect(),
            statuses: response.statuses.into_iter().map(transfer).collect(),
            logs: response.logs.into_iter().map(|log| self.log(log)).collect(),
            warnings: response.warnings.into_iter().map(warning).collect(),
        }
    }

    fn log(&mut self, log: control::VertexLog) -> VertexLog {
        let cut = self.cut.entry((log.vertex.clone(), log.stream)).or_default();
        let mut bytes = std::mem::take(cut);
        bytes.extend(log.msg);
        *cut = bytes.split_off(bytes.len() - unfinished(&bytes));
        VertexLog {
            vertex: log.vertex,
            at: timestamp(log.timestamp),
            stream: log.stream,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// How many bytes at the end begin a UTF-8 character without ending it.
fn unfinished(bytes: &[u8]) -> usize {
    match std::str::from_utf8(&bytes[bytes.len().saturating_sub(4)..]) {
        // No length means that the text ends too early, rather than that it is wrong.
        Err(error) if error.error_len().is_none() => bytes.len().min(4) - error.valid_up_to(),
        // The four bytes may begin inside a character; look from the next start on.
        Err(_) => (1..=3.min(bytes.len()))
            .find(|&count| {
                let tail = &bytes[bytes.len() - count..];
                std::str::from_utf8(tail)
                    .is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
            })
            .unwrap_or(0),
        Ok(_) => 0,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(chunks: &[&[u8]]) -> String {
        let mut converter = Converter::default();
        let logs = chunks.iter().map(|chunk| control::VertexLog {
            vertex: "v".to_owned(),
            msg: chunk.to_vec(),
            stream: 1,
            ..control::VertexLog::default()
        });
        logs.map(|log| converter.log(log).text).collect()
    }

    #[test]
    fn characters_cut_between_chunks_are_joined() {
        let text = "a ü € 🧪 z".repeat(3);
        for size in 1..=5 {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(texts(&chunks), text, "{size}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_hold_nothing_up() {
        assert_eq!(texts(&[b"a\xff\xffb\n", b"c"]), "a\u{fffd}\u{fffd}b\nc");
        assert_eq!(texts(&[b"\xe2\x82", b"x"]), "\u{fffd}x");
    }
}
