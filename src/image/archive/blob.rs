//! What a part of the archive is, by its first bytes, and how it is unpacked.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;

/// A tar header is one block.
const BLOCK_BYTES: usize = 512;

/// A part of the archive with its start read.
pub(super) enum Blob<'a> {
    /// A layer, unpacked while it is read.
    Layer(Box<dyn Read + 'a>),
    /// Anything else: JSON mostly.
    Other(Box<dyn Read + 'a>),
}

/// Looks at the start.
pub(super) fn open<'a>(mut content: impl Read + 'a) -> io::Result<Blob<'a>> {
    let mut start = Vec::with_capacity(BLOCK_BYTES);
    content.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut start)?;
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let is_zstd = start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    // An empty layer is zeros only. JSON never has the magic word where tar has it.
    let is_tar = start.len() == BLOCK_BYTES
        && (start[257..262] == *b"ustar" || start.iter().all(|&byte| byte == 0));
    let content = Cursor::new(start).chain(content);
    Ok(match (is_gzip, is_zstd, is_tar) {
        (true, ..) => Blob::Layer(Box::new(MultiGzDecoder::new(content))),
        (_, true, _) => {
            let decoder = StreamingDecoder::new(content).map_err(io::Error::other)?;
            Blob::Layer(Box::new(decoder))
        }
        (.., true) => Blob::Layer(Box::new(content)),
        _ => Blob::Other(Box::new(content)),
    })
}
