//! Archives for tests.

/// A file or a folder.
pub(super) struct Entry<'a> {
    path: &'a str,
    owner: u64,
    mode: u32,
    /// `None` for a folder.
    bytes: Option<&'a [u8]>,
}

impl<'a> Entry<'a> {
    pub fn file(path: &'a str, mode: u32, bytes: &'a [u8]) -> Self {
        Self { path, owner: 0, mode, bytes: Some(bytes) }
    }

    pub fn folder(path: &'a str, owner: u64, mode: u32) -> Self {
        Self { path, owner, mode, bytes: None }
    }
}

/// As `docker export` writes it.
pub(super) fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for Entry { path, owner, mode, bytes } in entries {
        let mut header = tar::Header::new_gnu();
        header.set_uid(*owner);
        header.set_gid(*owner);
        header.set_mode(*mode);
        header.set_size(bytes.unwrap_or_default().len() as u64);
        let kind =
            if bytes.is_some() { tar::EntryType::Regular } else { tar::EntryType::Directory };
        header.set_entry_type(kind);
        archive.append_data(&mut header, path, bytes.unwrap_or_default()).unwrap();
    }
    archive.into_inner().unwrap()
}
