//! Subresource Integrity strings, as npm uses them: <https://w3c.github.io/webappsec-subresource-integrity/>.
//!
//! A string may name several hashes. The strongest algorithm counts; any hash of it may match.
//! Registries from before 2017 give only a SHA-1 (`dist.shasum`), which is better than nothing.

use std::fmt;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use thiserror::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    const ALL: [(&'static str, Self, usize); 4] = [
        ("sha1", Self::Sha1, 20),
        ("sha256", Self::Sha256, 32),
        ("sha384", Self::Sha384, 48),
        ("sha512", Self::Sha512, 64),
    ];
}

/// What a tarball's bytes must hash to: the strongest algorithm of an integrity string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integrity {
    algorithm: Algorithm,
    /// In order, without doubles, so that the text of equal integrities is equal.
    digests: Vec<Vec<u8>>,
}

/// A string that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("found the integrity `{0}`, expected `sha512-…` in base64 (or sha384, sha256, sha1)")]
pub struct IntegrityError(String);

impl Integrity {
    /// Reads an integrity string; unknown algorithms in it are passed over, options too.
    pub fn parse(text: &str) -> Result<Self, IntegrityError> {
        let mut best: Option<Self> = None;
        for word in text.split_ascii_whitespace() {
            let word = word.split_once('?').map_or(word, |(hash, _options)| hash);
            let Some((name, digest)) = word.split_once('-') else { continue };
            let Some((_, algorithm, length)) =
                Algorithm::ALL.into_iter().find(|(known, ..)| *known == name)
            else {
                continue;
            };
            let Some(digest) = STANDARD.decode(digest).ok().filter(|d| d.len() == length) else {
                return Err(IntegrityError(text.to_owned()));
            };
            match &mut best {
                Some(best) if best.algorithm > algorithm => {}
                Some(best) if best.algorithm == algorithm => best.digests.push(digest),
                _ => best = Some(Self { algorithm, digests: vec![digest] }),
            }
        }
        let mut best = best.ok_or_else(|| IntegrityError(text.to_owned()))?;
        best.digests.sort();
        best.digests.dedup();
        Ok(best)
    }

    /// From `dist.shasum`: a SHA-1 in hexadecimal.
    pub fn from_shasum(text: &str) -> Result<Self, IntegrityError> {
        match hex::decode(text) {
            Ok(digest) if digest.len() == 20 => {
                Ok(Self { algorithm: Algorithm::Sha1, digests: vec![digest] })
            }
            _ => Err(IntegrityError(text.to_owned())),
        }
    }

    /// A SHA-512 over bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let digest = Sha512::digest(bytes).to_vec();
        Self { algorithm: Algorithm::Sha512, digests: vec![digest] }
    }

    fn hasher(&self) -> Hasher {
        match self.algorithm {
            Algorithm::Sha1 => Hasher::Sha1(Sha1::new()),
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha384 => Hasher::Sha384(Sha384::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Algorithm::ALL.iter().find(|(_, a, _)| *a == self.algorithm).map(|a| a.0);
        for (index, digest) in self.digests.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}-{}", name.unwrap_or_default(), STANDARD.encode(digest))?;
        }
        Ok(())
    }
}

enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hasher) => hasher.finalize().to_vec(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
            Self::Sha384(hasher) => hasher.finalize().to_vec(),
            Self::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

/// Hashes what is read through it.
pub(super) struct Verifier<R> {
    reader: R,
    hasher: Hasher,
    expected: Integrity,
    bytes: u64,
}

impl<R: Read> Verifier<R> {
    pub(super) fn new(reader: R, expected: &Integrity) -> Self {
        Self { reader, hasher: expected.hasher(), expected: expected.clone(), bytes: 0 }
    }

    /// Reads what is left and compares. `Ok(Err(found))`: all bytes came, they are other ones.
    pub(super) fn finish(mut self) -> io::Result<Result<(), (Integrity, u64)>> {
        io::copy(&mut self, &mut io::sink())?;
        let digest = self.hasher.finish();
        if self.expected.digests.contains(&digest) {
            return Ok(Ok(()));
        }
        let found = Integrity { algorithm: self.expected.algorithm, digests: vec![digest] };
        Ok(Err((found, self.bytes)))
    }
}

impl<R: Read> Read for Verifier<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_SHA1: &str = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    const EMPTY_SHA256: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn check(text: &str, bytes: &[u8]) -> bool {
        Verifier::new(bytes, &Integrity::parse(text).unwrap()).finish().unwrap().is_ok()
    }

    #[test]
    fn known_hashes() {
        assert!(check(EMPTY_SHA1, b""));
        assert!(check(EMPTY_SHA256, b""));
        assert!(check(&Integrity::of(b"x").to_string(), b"x"));
        assert!(!check(&Integrity::of(b"x").to_string(), b"y"));
        let shasum = Integrity::from_shasum("da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        assert_eq!(shasum.to_string(), EMPTY_SHA1);
    }

    #[test]
    fn the_strongest_counts_and_one_of_its_hashes_is_enough() {
        let x = Integrity::of(b"x").to_string();
        let y = Integrity::of(b"y").to_string();
        assert!(!check(&format!("{EMPTY_SHA1} {x}"), b""), "sha1 fits, sha512 does not");
        assert!(check(&format!("{x} {y} {EMPTY_SHA256}"), b"y"));
        assert!(check(&format!("md5-AAAA {x}?option"), b"x"));
        assert_eq!(Integrity::parse(&format!("{x} {y}")), Integrity::parse(&format!("{y} {x}")));
    }

    #[test]
    fn strings_that_prove_nothing() {
        for bad in ["", "sha512", "sha512-", "sha512-AAAA", "md5-AAAA", "sha1-%%%", "sha512-=="] {
            assert!(Integrity::parse(bad).is_err(), "{bad}");
        }
        assert!(Integrity::from_shasum("abcd").is_err());
    }
}
