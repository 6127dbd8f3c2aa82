//! One layer as a `docker load` archive (Docker Image Specification v1.2, "Combined Image JSON").
//!
//! The bytes are a function of the layer and the name alone.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc::Sender;

use hash;

/// Times in the image: none that mean anything.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Writes the archive into `sender`; a receiver that is gone ends it with an error.
pub(super) fn write(
    layer: &Path,
    image: &str,
    created_by: &str,
    sender: Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let diff_id = hash::sha256_of(&mut File::open(layer)?)?;
    let config = json!({
        "architecture": architecture(),
        "os": "linux",
        "created": EPOCH,
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["bash"],
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{diff_id}")]},
        "history": [{"created": EPOCH, "created_by": created_by}],
    })
    .to_string();
    let config_name = format!("{}.json", hash::sha256(&config));
    let layer_name = format!("{diff_id}/layer.tar");
    let manifest =
        json!([{"Config": config_name, "RepoTags": [image], "Layers": [layer_name]}]).to_string();

    let mut archive = tar::Builder::new(io::BufWriter::with_capacity(256 * 1024, Channel(sender)));
    let mut append = |name: &str, size: u64, content: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(size);
        header.set_mtime(0);
        archive.append_data(&mut header, name, content)
    };
    append(&config_name, config.len() as u64, &mut config.as_bytes())?;
    append(&layer_name, layer.metadata()?.len(), &mut File::open(layer)?)?;
    append("manifest.json", manifest.len() as u64, &mut manifest.as_bytes())?;
    archive.into_inner()?.flush()
}

/// The processor in the words of the image specification (Go's).
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

struct Channel(Sender<io::Result<Bytes>>);

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .blocking_send(Ok(Bytes::copy_from_slice(bytes)))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine stopped reading"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
