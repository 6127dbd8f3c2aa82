//! Headers that describe the entry after them: GNU long names, pax records.
//!
//! The tar crate would read them whole, however long, so the entries are taken raw and these are
//! read here, within a limit.

use std::collections::BTreeMap;
use std::io::Read;

use tar::{Entry, EntryType, PaxExtensions};

use crate::image::ImageError;

/// The longest header of this kind. Linux allows 64 KiB for all attributes of a file and 4 KiB for
/// each of two names.
const LONGEST_BYTES: u64 = 1 << 20;

/// How pax spells extended attributes (star(1), and Go's `archive/tar`).
const XATTR: &[u8] = b"SCHILY.xattr.";

/// What the headers so far say of the next entry.
#[derive(Default)]
pub(super) struct Extension {
    pub name: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub size: Option<u64>,
    pub xattrs: BTreeMap<String, Vec<u8>>,
    pub is_sparse: bool,
}

impl Extension {
    /// Takes an extension header in; `false` where the entry is none.
    pub fn take(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<bool, ImageError> {
        match entry.header().entry_type() {
            EntryType::GNULongName => self.name = Some(without_nul(read(entry)?)),
            EntryType::GNULongLink => self.link = Some(without_nul(read(entry)?)),
            EntryType::XHeader => {
                let bytes = read(entry)?;
                for record in PaxExtensions::new(&bytes) {
                    let record = record.map_err(damaged)?;
                    self.record(record.key_bytes(), record.value_bytes())?;
                }
            }
            // About no entry in particular; engines write none.
            EntryType::XGlobalHeader => drop(read(entry)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), ImageError> {
        match key {
            b"path" => self.name = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"size" => self.size = Some(number(value)?),
            key if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
            key => {
                if let Some(name) = key.strip_prefix(XATTR) {
                    let name = String::from_utf8_lossy(name).into_owned();
                    self.xattrs.insert(name, value.to_vec());
                }
            }
        }
        Ok(())
    }
}

fn number(value: &[u8]) -> Result<u64, ImageError> {
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| damaged(std::io::Error::other("a pax record holds no number")))
}

fn without_nul(mut name: Vec<u8>) -> Vec<u8> {
    while name.last() == Some(&0) {
        name.pop();
    }
    name
}

fn damaged(source: std::io::Error) -> ImageError {
    ImageError::Read { entry: String::new(), source }
}

fn read(entry: &mut Entry<'_, impl Read>) -> Result<Vec<u8>, ImageError> {
    let bytes = entry.size();
    if bytes > LONGEST_BYTES {
        let what = "a header before an entry";
        return Err(ImageError::TooLarge { what, bytes, limit_bytes: LONGEST_BYTES });
    }
    let mut content = Vec::new();
    entry.read_to_end(&mut content).map_err(damaged)?;
    if content.len() as u64 != bytes {
        return Err(damaged(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(content)
}
