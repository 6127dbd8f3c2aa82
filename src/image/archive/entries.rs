//! The entries of one tar archive, with the headers before them folded in.

use std::io::{self, Read};

use tar::{Archive, EntryType, Header};

use super::extension::Extension;
use crate::image::ImageError;
use crate::image::path::shown;

/// What an entry's headers say.
pub(super) struct TarEntry<'a> {
    pub name: Vec<u8>,
    pub link: Vec<u8>,
    pub extension: Extension,
    pub header: &'a Header,
    pub kind: EntryType,
    pub size: u64,
}

impl TarEntry<'_> {
    /// The name for people.
    pub fn shown(&self) -> String {
        shown(&self.name).into_owned()
    }
}

/// Shows every entry to `visit`, with its content.
pub(super) fn walk(
    archive: impl Read,
    mut visit: impl FnMut(&TarEntry<'_>, &mut dyn Read) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    let mut archive = Archive::new(archive);
    let mut pending = Extension::default();
    let mut last = String::new();
    let fault = |last: &str, source| ImageError::Read { entry: last.to_owned(), source };
    for entry in archive.entries().map_err(|error| fault("", error))?.raw(true) {
        let mut entry = entry.map_err(|error| fault(&last, error))?;
        if pending.take(&mut entry)? {
            continue;
        }
        let mut extension = std::mem::take(&mut pending);
        let header = entry.header().clone();
        let name = extension.name.take();
        let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = extension.link.take().or_else(|| Some(header.link_name_bytes()?.into_owned()));
        let size = entry.size();
        last = shown(&name).into_owned();
        let kind = header.entry_type();
        if extension.is_sparse || kind == EntryType::GNUSparse {
            return Err(ImageError::Unsupported { path: last, what: "it is a sparse entry" });
        }
        // Past 8 GiB the size stands in a pax record, and the raw entry has another one.
        if extension.size.is_some_and(|said| said != size) {
            return Err(ImageError::Unsupported { path: last, what: "it has two sizes" });
        }
        let facts = TarEntry {
            name,
            link: link.unwrap_or_default(),
            extension,
            header: &header,
            kind,
            size,
        };
        let mut content = ExactLength { inner: entry, left: size };
        visit(&facts, &mut content).map_err(|error| match error {
            ImageError::Read { entry, source } if entry.is_empty() => fault(&last, source),
            other => other,
        })?;
        // What was not read must be there all the same.
        io::copy(&mut content, &mut io::sink()).map_err(|error| fault(&last, error))?;
    }
    Ok(())
}

/// A content that ends where its header says, or with an error.
struct ExactLength<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for ExactLength<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}
