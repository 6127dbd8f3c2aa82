//! The key: random, for one user alone, beside the history.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::redactor::{HASH, ID, PREFIX};

/// Bytes of a key.
const BYTES: usize = 32;

/// A key.
#[derive(Clone)]
pub struct Key([u8; BYTES]);

impl Key {
    /// The key of this file; a new one where there is none yet.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        match Self::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        // Written whole under another name: of two that make one at once, the first wins.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(&Self::random().0)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
            _ => Self::read(path),
        }
    }

    /// A key that nobody has, for what is kept nowhere.
    pub fn random() -> Self {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        Self(bytes)
    }

    fn read(path: &Path) -> io::Result<Self> {
        // Not through a link, and not from a pipe that would never answer.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let mut open = OpenOptions::new();
        let mut file = open.read(true).custom_flags(flags.bits() as i32).open(path)?;
        let found = file.metadata()?;
        let mut bytes = Vec::new();
        (&mut file).take(BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let bytes: [u8; BYTES] = bytes.try_into().map_err(|_| {
            let what = format!("`{}` is no key of {BYTES} bytes", path.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })?;
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
        Ok(Self(bytes))
    }

    /// What stands in place of a value.
    pub(super) fn hide(&self, value: &str) -> String {
        let id = &self.mac(b"the id of this key")[..ID];
        // A value cannot be the id's text: it begins with a byte that no text has.
        let hash = self.mac(&[b"\xff", value.as_bytes()].concat());
        format!("{PREFIX}{id}:{}", &hash[..HASH])
    }

    fn mac(&self, content: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        mac.update(content);
        hex::encode(mac.finalize().into_bytes())
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::random()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key")
    }
}
