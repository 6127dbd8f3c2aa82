//! Headers that describe the entry after them: GNU long names, pax records.
//!
//! The tar crate would read them whole, however long; a gigabyte of name is a cheap bomb. So the
//! entries are taken raw, and these are read here, within a limit.

use std::io::Read;

use tar::{Entry, EntryType, PaxExtensions};

use super::ArchiveError;

/// The longest header of this kind; real ones have a few hundred bytes.
const LONGEST: u64 = 1 << 20;

/// Why an extension could not be read.
pub(super) enum Fault {
    Archive(ArchiveError),
    Io(std::io::Error),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the headers so far say of the next entry.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) name: Option<Vec<u8>>,
    /// What pax says of the size, where it says something.
    pub(super) size: Option<u64>,
}

impl Pending {
    /// Takes an extension header in; `false` where the entry is none.
    pub(super) fn take(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<bool, Fault> {
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = read(entry, "a long name")?;
                while name.last() == Some(&0) {
                    name.pop();
                }
                self.name = Some(name);
            }
            EntryType::GNULongLink => drop(read(entry, "a long link")?),
            EntryType::XHeader => {
                let bytes = read(entry, "a pax header")?;
                for record in PaxExtensions::new(&bytes) {
                    let record = record?;
                    match record.key_bytes() {
                        b"path" => self.name = Some(record.value_bytes().to_vec()),
                        b"size" => {
                            let size = record.value().ok().and_then(|text| text.parse().ok());
                            let size = size.ok_or_else(|| damaged("a pax size is no number"))?;
                            self.size = Some(size);
                        }
                        _ => {}
                    }
                }
            }
            // For all entries after it: `git archive` writes a comment there, nobody a path.
            EntryType::XGlobalHeader => {
                let bytes = read(entry, "a pax header")?;
                for record in PaxExtensions::new(&bytes) {
                    if matches!(record?.key_bytes(), b"path" | b"size" | b"linkpath") {
                        return Err(damaged("a global header renames or resizes every entry"));
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn damaged(why: &str) -> Fault {
    Fault::Archive(ArchiveError::Damaged(why.to_owned()))
}

fn read(entry: &mut Entry<'_, impl Read>, what: &str) -> Result<Vec<u8>, Fault> {
    let bytes = entry.size();
    if bytes > LONGEST {
        let path = what.to_owned();
        let fault = ArchiveError::FileTooLarge { path, bytes, limit_bytes: LONGEST };
        return Err(Fault::Archive(fault));
    }
    let mut content = Vec::new();
    entry.read_to_end(&mut content)?;
    if content.len() as u64 != bytes {
        return Err(Fault::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(content)
}
