//! Files of many versions: from the cache, or out of the stream of each tarball.

mod reach;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use url::Url;

use self::reach::FailureStreak;
use super::archive::{LimitedReader, scan};
use super::cache::CacheLookup;
use super::error::shown;
use super::http::Reply;
use super::integrity::Verifier;
use super::registry::{self, Registry};
use super::retry::Attempt;
use super::{
    Cache, Cancel, FileSelection, Integrity, Limits, NpmError, PackageFile, PackageFiles, Release,
    Version,
};

/// How files are fetched.
pub struct Fetch<'a> {
    /// Where from.
    pub registry: &'a Registry,
    /// Where they are kept.
    pub cache: &'a Cache,
    /// Only from the cache.
    pub offline: bool,
    /// Downloads at once.
    pub threads: usize,
    /// How large things may be.
    pub limits: Limits,
    /// Stops all of it within a second.
    pub cancel: Cancel,
}

/// How far one version is. Told often: a caller draws when it likes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Which.
    pub version: &'a Version,
    /// Bytes of its tarball that have come; begins again when it is tried again.
    pub bytes: u64,
    /// Of so many, where the server says.
    pub total: Option<u64>,
    /// The last word on this version, whatever came of it.
    pub done: bool,
}

/// What came of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Which.
    pub version: Version,
    /// Its files, or why not.
    pub result: Result<PackageFiles, NpmError>,
}

impl Fetch<'_> {
    /// Fetches the wanted files of every release, in the order given. One that fails does not stop
    /// the others. `progress` is called from several threads.
    ///
    /// A file is returned and cached only after the whole tarball has its integrity.
    pub fn files(
        &self,
        releases: &[&Release],
        wanted: &FileSelection,
        progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Vec<Fetched> {
        let (next, reach) = (AtomicUsize::new(0), FailureStreak::default());
        let results: Vec<_> = releases.iter().map(|_| Mutex::new(None)).collect();
        let work = || {
            while let Some((release, slot)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                releases.get(index).zip(results.get(index))
            } {
                let version = &release.version;
                let tell = |bytes, total, done| progress(Progress { version, bytes, total, done });
                let mut last = (0, None);
                let result = self.one(release, wanted, &reach, &mut |bytes, total| {
                    last = (bytes, total);
                    tell(bytes, total, false);
                });
                tell(last.0, last.1, true);
                *slot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(result);
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, releases.len().max(1)) {
                scope.spawn(work);
            }
        });
        let results = results
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()));
        let pairs = releases.iter().zip(results);
        pairs
            .map(|(release, result)| Fetched {
                version: release.version.clone(),
                result: result.unwrap_or(Err(NpmError::Cancelled)),
            })
            .collect()
    }

    fn one(
        &self,
        release: &Release,
        wanted: &FileSelection,
        reach: &FailureStreak,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<PackageFiles, NpmError> {
        if self.cancel.is_cancelled() {
            return Err(NpmError::Cancelled);
        }
        let what = release.what();
        let Some(integrity) = &release.integrity else {
            return Err(NpmError::NoIntegrity { what });
        };
        let paths = wanted.with_manifest();
        let cached = self.cached(integrity, &paths, &what)?;
        tracing::debug!(package = what, cached = cached.is_some(), "package files");
        let found = match cached {
            Some(found) => found,
            None => {
                if let Some(error) = reach.lost(self.threads.max(1)) {
                    return Err(error);
                }
                let mut answered = false;
                let found = self.registry.retrying(&self.cancel, |attempt| {
                    let (url, reply) = self.registry.tarball(release, attempt, &self.cancel)?;
                    answered = true;
                    reach.answered();
                    self.read(release, integrity, &paths, attempt, (&url, reply), progress)
                });
                let found = found.inspect_err(|error| {
                    if matches!(error, NpmError::Unreachable { .. }) && !answered {
                        reach.failed(error);
                    }
                })?;
                for path in &paths {
                    self.cache.put_file(integrity, path, found.get(*path))?;
                }
                found
            }
        };
        PackageFiles::collect(wanted, found).map_err(|why| NpmError::Manifest { what, why })
    }

    /// All of them, or `None` where one must be fetched.
    fn cached(
        &self,
        integrity: &Integrity,
        paths: &BTreeSet<&str>,
        what: &str,
    ) -> Result<Option<BTreeMap<String, PackageFile>>, NpmError> {
        let mut files = BTreeMap::new();
        for path in paths {
            match self.cache.file(integrity, path)? {
                CacheLookup::Present(Some(file)) => {
                    files.insert((*path).to_owned(), file);
                }
                CacheLookup::Present(None) => {}
                CacheLookup::Damaged(error) if self.offline => return Err(error.into()),
                CacheLookup::Absent if self.offline => {
                    return Err(NpmError::Offline { what: format!("`{path}` of {what}") });
                }
                CacheLookup::Damaged(_) | CacheLookup::Absent => return Ok(None),
            }
        }
        Ok(Some(files))
    }

    /// Reads a tarball to its end, and gives its files out only if its hash is right.
    fn read(
        &self,
        release: &Release,
        integrity: &Integrity,
        paths: &BTreeSet<&str>,
        attempt: u32,
        (url, mut reply): (&Url, Reply),
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<BTreeMap<String, PackageFile>, Attempt> {
        let total = reply.length();
        progress(0, total);
        let told =
            CountingReader { reader: &mut reply.body, count: 0, tell: &mut |n| progress(n, total) };
        let mut capped = LimitedReader::new(told, self.limits.tarball_bytes);
        let mut verifier = Verifier::new(&mut capped, integrity);
        let scanned = scan(&mut verifier, paths, &self.limits);
        // A bomb is not read to its end to find out whether it is the registry's own.
        let verified = match &scanned {
            Err(error) if error.is_too_large() => None,
            _ => Some(verifier.finish()),
        };
        let exceeded = capped.exceeded;
        if let Some(failed) = reply.body.failed.take() {
            return Err(registry::failure(url, failed, attempt));
        }
        let what = release.what();
        if exceeded {
            let limit_bytes = self.limits.tarball_bytes;
            return Err(NpmError::TooLarge { url: shown(url), limit_bytes }.into());
        }
        match (verified, scanned) {
            // What is wrong with bytes that nobody published does not matter.
            (Some(Ok(Err((found, bytes)))), _) => {
                let expected = integrity.clone();
                Err(NpmError::IntegrityDiffers { what, expected, found, bytes }.into())
            }
            (_, Err(error)) => Err(NpmError::Archive { what, error }.into()),
            (Some(Ok(Ok(()))), Ok(files)) => Ok(files),
            (None | Some(Err(_)), Ok(_)) => {
                let why = "the tarball broke off".to_owned();
                let error = NpmError::Unreachable { url: shown(url), why, attempts: attempt };
                Err(Attempt::Again(error, None))
            }
        }
    }
}

/// Tells how much came.
struct CountingReader<'a, R> {
    reader: R,
    count: u64,
    tell: &'a mut dyn FnMut(u64),
}

impl<R: Read> Read for CountingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count > 0 {
            self.count += count as u64;
            (self.tell)(self.count);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
