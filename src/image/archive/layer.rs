//! The entries of one layer, in order.

use std::collections::BTreeMap;
use std::io::Read;

use sha2::Digest;
use tar::EntryType;

use super::entries::{TarEntry, walk};
use crate::image::noise::{Hasher, Noise};
use crate::image::{ImageError, Kind, Sha256, TreePath};

/// A name that begins so takes the rest of it out of the layers below
/// (<https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>).
const WHITEOUT: &[u8] = b".wh.";
/// Takes everything out of its folder that the layers below have there.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// Names of the AUFS driver's own; they are about no path.
const AUFS: &[u8] = b".wh..wh.";

/// How many bytes are hashed at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// The largest content that is looked into.
const MOST_BYTES: u64 = 32 << 20;

/// What a layer does to the tree.
#[derive(Debug)]
pub(in crate::image) enum Change {
    /// Writes a path.
    Write(EntryMetadata),
    /// Gives a file of this layer, or of one below, another name.
    HardLink(TreePath),
    /// Removes the path and all below it from the layers below.
    Remove,
    /// Removes all below the path from the layers below.
    Empty,
}

/// A path as an entry has it.
#[derive(Debug)]
pub(in crate::image) struct EntryMetadata {
    pub kind: Kind,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

/// What a layer does, in order.
pub(in crate::image) type LayerEntries = Vec<(TreePath, Change)>;

/// Reads a layer. `room` is how many entries the image may still have.
pub(super) fn read(layer: impl Read, room: &mut usize) -> Result<LayerEntries, ImageError> {
    let mut changes = LayerEntries::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    walk(layer, |entry, content| {
        *room = room.checked_sub(1).ok_or(ImageError::TooLarge {
            what: "names",
            bytes: super::outer::MOST_ENTRIES as u64 + 1,
            limit_bytes: super::outer::MOST_ENTRIES as u64,
        })?;
        changes.extend(change(entry, content, &mut buffer)?);
        Ok(())
    })?;
    Ok(changes)
}

/// Takes the contents of a layer that are asked for, as far as there is room for them.
pub(super) fn files(
    layer: impl Read,
    wanted: &BTreeMap<Sha256, u64>,
    room: &mut u64,
    found: &mut BTreeMap<Sha256, Vec<u8>>,
) -> Result<(), ImageError> {
    walk(layer, |entry, content| {
        let is_file = matches!(entry.kind, EntryType::Regular | EntryType::Continuous);
        let is_wanted = wanted.values().any(|size| *size == entry.size);
        if !is_file || !is_wanted || entry.size > MOST_BYTES || entry.size > *room {
            return Ok(());
        }
        let mut bytes = Vec::new();
        header(content.read_to_end(&mut bytes))?;
        let hash = Sha256(sha2::Sha256::digest(&bytes).into());
        if wanted.contains_key(&hash) && !found.contains_key(&hash) {
            *room -= entry.size;
            found.insert(hash, bytes);
        }
        Ok(())
    })
}

fn change(
    entry: &TarEntry<'_>,
    content: &mut dyn Read,
    buffer: &mut [u8],
) -> Result<Option<(TreePath, Change)>, ImageError> {
    let path = TreePath::of_entry(&entry.name)?;
    if let Some(folder) = path.parent().filter(|_| path.name().starts_with(WHITEOUT)) {
        return Ok(match path.name() {
            OPAQUE => Some((folder, Change::Empty)),
            name if name.starts_with(AUFS) => None,
            name => match &name[WHITEOUT.len()..] {
                b"" => None,
                name => Some((folder.join(name), Change::Remove)),
            },
        });
    }
    let kind = match entry.kind {
        EntryType::Link => {
            return Ok(Some((path, Change::HardLink(TreePath::of_entry(&entry.link)?))));
        }
        // As old archives spell a folder.
        EntryType::Regular if entry.name.ends_with(b"/") => Kind::Folder,
        EntryType::Regular | EntryType::Continuous => file(&path, entry.size, content, buffer)?,
        EntryType::Directory => Kind::Folder,
        EntryType::Symlink => Kind::Symlink { target: entry.link.clone() },
        EntryType::Fifo => Kind::Fifo,
        EntryType::Char | EntryType::Block => Kind::Device {
            block: entry.kind == EntryType::Block,
            major: header(entry.header.device_major())?.unwrap_or(0),
            minor: header(entry.header.device_minor())?.unwrap_or(0),
        },
        _ => {
            let what = "it is of an unknown kind";
            return Err(ImageError::Unsupported { path: entry.shown(), what });
        }
    };
    let extension = &entry.extension;
    let written = EntryMetadata {
        kind,
        mode: header(entry.header.mode())? & 0o7777,
        uid: extension.uid.map_or_else(|| header(entry.header.uid()), Ok)?,
        gid: extension.gid.map_or_else(|| header(entry.header.gid()), Ok)?,
        xattrs: extension.xattrs.clone(),
    };
    Ok(Some((path, Change::Write(written))))
}

fn file(
    path: &TreePath,
    size: u64,
    content: &mut dyn Read,
    buffer: &mut [u8],
) -> Result<Kind, ImageError> {
    let rule = Noise::Known.rule(&path.text());
    let mut hasher = Hasher::new(rule.and_then(|rule| rule.how.reading()));
    loop {
        match header(content.read(buffer))? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let (sha256, normal) = hasher.finish();
    Ok(Kind::File { size, sha256, normal })
}

/// The walk puts the entry's name into the error.
fn header<T>(found: std::io::Result<T>) -> Result<T, ImageError> {
    found.map_err(|source| ImageError::Read { entry: String::new(), source })
}
