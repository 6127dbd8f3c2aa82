//! One cache file:
//!
//! ```text
//! mad.npm/1 SHA-256 of all that follows
//! {"key": …}                             one line
//! bytes
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;

use hash::sha256;

const MAGIC: &str = "mad.npm/1 ";

/// The file's content.
pub(super) fn encode(header: &impl Serialize, bytes: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut rest = serde_json::to_vec(header)?;
    rest.push(b'\n');
    rest.extend_from_slice(bytes);
    let mut content = format!("{MAGIC}{}\n", sha256(&rest)).into_bytes();
    content.extend_from_slice(&rest);
    Ok(content)
}

/// What is in it, or what is wrong with it.
pub(super) fn decode<H: DeserializeOwned>(content: &[u8]) -> Result<(H, &[u8]), String> {
    let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
    let end = line(content).ok_or("its first line is cut off")?;
    let (first, rest) = (&content[..end], &content[end + 1..]);
    let stated = first.strip_prefix(MAGIC.as_bytes()).ok_or("it does not begin as it should")?;
    let found = sha256(rest);
    if stated != found.as_bytes() {
        return Err(format!("expected SHA-256 {}, found {found}", String::from_utf8_lossy(stated)));
    }
    let end = line(rest).ok_or("its header is cut off")?;
    let header = serde_json::from_slice(&rest[..end]).map_err(|error| error.to_string())?;
    Ok((header, &rest[end + 1..]))
}
