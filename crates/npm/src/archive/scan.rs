//! One pass over a tarball that takes the wanted files along.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::extension::{Fault, Pending};
use super::{ArchiveError, LimitedReader, Limits, names};
use crate::PackageFile;

/// Reads a whole tarball and returns the wanted files that it has. It is read to its end even when
/// all are found: a second entry of the same name would win where others unpack it.
///
/// The result proves nothing until the caller has checked the hash of the bytes.
pub(crate) fn scan(
    tarball: impl Read,
    wanted: &BTreeSet<&str>,
    limits: &Limits,
) -> Result<BTreeMap<String, PackageFile>, ArchiveError> {
    let mut unpacked = LimitedReader::new(MultiGzDecoder::new(tarball), limits.unpacked_bytes);
    let result = entries(&mut unpacked, wanted, limits).and_then(|files| {
        // Past the last entry: the checksum of the gzip stream stands at its end.
        only_zeros(&mut unpacked)?;
        Ok(files)
    });
    let unpacked_bytes = unpacked.count;
    result.map_err(|fault| match fault {
        Fault::Archive(error) => error,
        Fault::Io(_) if unpacked.exceeded => {
            ArchiveError::TooLarge { limit_bytes: limits.unpacked_bytes }
        }
        Fault::Io(_) if unpacked.ended => ArchiveError::Truncated { unpacked_bytes },
        Fault::Io(error) => ArchiveError::Damaged(error.to_string()),
    })
}

/// Reads to the end. npm goes on behind a single block of zeros, and others stop there: what stands
/// behind it would be in the package for some and not for others.
fn only_zeros(rest: &mut impl Read) -> Result<(), Fault> {
    let mut buffer = [0; 8192];
    loop {
        let count = match rest.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if buffer[..count].iter().any(|byte| *byte != 0) {
            return Err(Fault::Archive(ArchiveError::BehindTheEnd));
        }
    }
}

fn entries(
    unpacked: &mut LimitedReader<impl Read>,
    wanted: &BTreeSet<&str>,
    limits: &Limits,
) -> Result<BTreeMap<String, PackageFile>, Fault> {
    let mut found = BTreeMap::new();
    let mut pending = Pending::default();
    let mut archive = Archive::new(unpacked);
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        if pending.take(&mut entry)? {
            continue;
        }
        let Pending { name, size } = std::mem::take(&mut pending);
        let name = name.unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let path = names::inside(&name).map_err(Fault::Archive)?;
        if size.is_some_and(|size| size != entry.size()) {
            let why = format!("two sizes for `{}`", String::from_utf8_lossy(&name));
            return Err(Fault::Archive(ArchiveError::Damaged(why)));
        }
        let Some(path) = path else { continue };
        let kind = entry.header().entry_type();
        if kind == EntryType::Directory {
            continue;
        }
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
        let Some(hit) = hit(wanted, &path).filter(|hit| !is_file || *hit == path) else {
            continue;
        };
        if !is_file {
            let (what, wanted) = (kind_name(kind), hit.to_owned());
            return Err(Fault::Archive(ArchiveError::NotAFile { path, what, wanted }));
        }
        let bytes = entry.size();
        if bytes > limits.file_bytes {
            let limit_bytes = limits.file_bytes;
            let fault = ArchiveError::FileTooLarge { path, bytes, limit_bytes };
            return Err(Fault::Archive(fault));
        }
        let mode = entry.header().mode()?;
        let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        entry.read_to_end(&mut content)?;
        if content.len() as u64 != bytes {
            return Err(Fault::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if found.insert(path.clone(), PackageFile::new(content, mode)).is_some() {
            return Err(Fault::Archive(ArchiveError::Twice(path)));
        }
    }
    Ok(found)
}

/// The wanted file that an entry at `path` is, or that lies below it.
fn hit<'a>(wanted: &BTreeSet<&'a str>, path: &str) -> Option<&'a str> {
    wanted.get(path).copied().or_else(|| {
        let below = |w: &&&str| w.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        wanted.iter().find(below).copied()
    })
}

fn kind_name(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::GNUSparse => "a sparse file",
        EntryType::Block | EntryType::Char => "a device",
        EntryType::Fifo => "a pipe",
        _ => "an entry of an unknown kind",
    }
}

#[cfg(test)]
mod tests;
