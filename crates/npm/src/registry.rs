//! A registry over HTTP: documents of packages, and streams of their tarballs.

use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ureq::http::Request;
use url::Url;

use super::archive::LimitedReader;
use super::cache::{CacheLookup, Document};
use super::error::{shown, shown_place};
use super::http::{self, HttpError, Reply, Timeouts};
use super::retry::{Attempt, Retry};
use super::trust::Agents;
use super::{Cache, Cancel, NpmError, PackageName, Packument, Release, Settings, limits};

/// The short document where the registry knows it, else any.
const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

const REDIRECTS: u32 = 5;

/// How old a package's list of versions may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The registry is asked, which may say that nothing changed.
    Now,
    /// One from the cache does, if it is not older.
    Within(Duration),
    /// From the cache, however old; nothing is asked.
    Offline,
}

/// A registry, by npm's settings.
pub struct Registry {
    settings: Settings,
    timeouts: Timeouts,
    retry: Retry,
    /// Made at the first request: reading the platform's certificates takes longer than a whole
    /// run from the cache.
    agents: OnceLock<Result<Agents, String>>,
}

impl Registry {
    /// Connects to nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            timeouts: Timeouts::default(),
            retry: Retry::default(),
            agents: OnceLock::new(),
        }
    }

    /// With other patience.
    #[cfg(test)]
    pub(super) fn with(settings: Settings, timeouts: Timeouts, retry: Retry) -> Self {
        Self { timeouts, retry, ..Self::new(settings) }
    }

    /// The versions of a package, from the registry or, by `freshness`, from the cache.
    pub fn packument(
        &self,
        name: &PackageName,
        cache: &Cache,
        freshness: Freshness,
        cancel: &Cancel,
    ) -> Result<Packument, NpmError> {
        let url = self.document_url(name)?;
        let cached = match (cache.document(url.as_str())?, freshness) {
            (CacheLookup::Damaged(error), Freshness::Offline) => return Err(error.into()),
            (CacheLookup::Absent, Freshness::Offline) => {
                return Err(NpmError::Offline { what: format!("the list of versions of {name}") });
            }
            (CacheLookup::Absent | CacheLookup::Damaged(_), _) => None,
            (CacheLookup::Present(document), _) => Some(document),
        };
        let young = match (freshness, &cached) {
            (Freshness::Offline, _) => true,
            (Freshness::Within(age), Some(document)) => document.age <= age,
            _ => false,
        };
        if let Some(document) = cached.as_ref().filter(|_| young) {
            return self.parse(name, &url, &document.json);
        }
        let etag = cached.as_ref().and_then(|document| document.etag.clone());
        let fetched = self.retrying(cancel, |attempt| {
            self.document(name, &url, etag.as_deref(), attempt, cancel)
        })?;
        let document = match (fetched, cached) {
            (Some(document), _) => document,
            (None, Some(cached)) => cached,
            (None, None) => {
                return Err(NpmError::Status { url: shown(&url), status: 304, attempts: 1 });
            }
        };
        // Kept only when it can be read.
        let packument = self.parse(name, &url, &document.json)?;
        cache.put_document(url.as_str(), &document)?;
        Ok(packument)
    }

    /// Tries again by this registry's patience.
    pub(super) fn retrying<T>(
        &self,
        cancel: &Cancel,
        work: impl FnMut(u32) -> Result<T, Attempt>,
    ) -> Result<T, NpmError> {
        self.retry.run(cancel, work)
    }

    /// Opens the stream of a tarball.
    pub(super) fn tarball(
        &self,
        release: &Release,
        attempt: u32,
        cancel: &Cancel,
    ) -> Result<(Url, Reply), Attempt> {
        let url = self.settings.tarball_url(&release.name, release.tarball.clone());
        // A tarball is compressed already, and its hash is over these bytes.
        let headers = [("accept", "*/*"), ("accept-encoding", "identity")];
        let reply = self.get(&release.name, &url, &headers, attempt, cancel)?;
        if reply.status == 200 {
            return Ok((url, reply));
        }
        Err(self.status(&release.name, &release.what(), &url, &reply, attempt))
    }

    /// `None`: not modified.
    fn document(
        &self,
        name: &PackageName,
        url: &Url,
        etag: Option<&str>,
        attempt: u32,
        cancel: &Cancel,
    ) -> Result<Option<Document>, Attempt> {
        let mut headers = vec![("accept", ACCEPT), ("accept-encoding", "gzip")];
        headers.extend(etag.map(|etag| ("if-none-match", etag)));
        let mut reply = self.get(name, url, &headers, attempt, cancel)?;
        match reply.status {
            200 => {}
            304 => return Ok(None),
            _ => return Err(self.status(name, &format!("package `{name}`"), url, &reply, attempt)),
        }
        let etag = reply.header("etag").map(str::to_owned);
        let zipped = reply.header("content-encoding").is_some_and(|value| value.contains("gzip"));
        let decoded: Box<dyn Read + '_> = if zipped {
            Box::new(MultiGzDecoder::new(&mut reply.body))
        } else {
            Box::new(&mut reply.body)
        };
        let mut capped = LimitedReader::new(decoded, limits::DOCUMENT_BYTES);
        let mut json = Vec::new();
        let result = capped.read_to_end(&mut json);
        let exceeded = capped.exceeded;
        drop(capped);
        match result {
            Ok(_) => Ok(Some(Document { json, etag, age: Duration::ZERO })),
            Err(_) if exceeded => {
                let (url, limit_bytes) = (shown(url), limits::DOCUMENT_BYTES);
                Err(NpmError::TooLarge { url, limit_bytes }.into())
            }
            Err(error) => Err(match reply.body.failed.take() {
                Some(failed) => failure(url, failed, attempt),
                None => not_a_packument(url, error.to_string()).into(),
            }),
        }
    }

    /// Asks, and follows where it is sent: with the credentials that each address has of its own.
    fn get(
        &self,
        name: &PackageName,
        url: &Url,
        headers: &[(&str, &str)],
        attempt: u32,
        cancel: &Cancel,
    ) -> Result<Reply, Attempt> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            let reply = self.get_one(name, &at, headers, attempt, cancel)?;
            if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(reply);
            }
            let fault = |why: &str| {
                let (url, why) = (shown(url), why.to_owned());
                NpmError::Unreachable { url, why, attempts: attempt }
            };
            let next = reply.header("location").and_then(|to| at.join(to).ok());
            let next = next.filter(|url| matches!(url.scheme(), "http" | "https"));
            let next = next.ok_or_else(|| fault("it redirects to no address"))?;
            if at.scheme() == "https" && next.scheme() == "http" {
                return Err(fault("it redirects from `https://` to `http://`").into());
            }
            at = next;
        }
        let why = format!("it redirects more than {REDIRECTS} times");
        let error = NpmError::Unreachable { url: shown(url), why, attempts: attempt };
        Err(error.into())
    }

    fn get_one(
        &self,
        name: &PackageName,
        url: &Url,
        headers: &[(&str, &str)],
        attempt: u32,
        cancel: &Cancel,
    ) -> Result<Reply, Attempt> {
        let agents = self
            .agents
            .get_or_init(|| Agents::new(&self.settings, &self.timeouts))
            .as_ref()
            .map_err(|why| NpmError::Settings(why.clone()))?;
        let mut request = Request::get(url.as_str());
        for (key, value) in headers {
            request = request.header(*key, *value);
        }
        if let Some(credentials) = self.settings.credentials_for(name, url) {
            request = request.header("authorization", credentials.header());
        }
        let request = request.body(()).map_err(|_| {
            let place = shown(url);
            NpmError::Settings(format!("the credentials for `{place}` cannot be sent"))
        })?;
        let agent = agents.for_url(&self.settings, url);
        http::get(agent, request, self.timeouts.pace, cancel).map_err(|error| {
            let error = match (error, self.settings.proxies.for_url(url)) {
                (HttpError::Passing(why), Some(proxy)) => {
                    let host = &proxy[url::Position::BeforeHost..url::Position::AfterPort];
                    HttpError::Passing(format!("{why}, through the proxy `{host}`"))
                }
                (error, _) => error,
            };
            failure(url, error, attempt)
        })
    }

    fn document_url(&self, name: &PackageName) -> Result<Url, NpmError> {
        let registry = self.settings.registry_for(name);
        registry.join(&format!("./{}", name.in_url())).map_err(|_| {
            NpmError::Settings(format!("the registry of `{name}` has no usable address"))
        })
    }

    fn parse(&self, name: &PackageName, url: &Url, json: &[u8]) -> Result<Packument, NpmError> {
        Packument::parse(name, json).map_err(|why| not_a_packument(url, why))
    }

    /// What a status other than 200 means.
    fn status(
        &self,
        name: &PackageName,
        what: &str,
        url: &Url,
        reply: &Reply,
        attempts: u32,
    ) -> Attempt {
        let status = reply.status;
        let (what, address) = (what.to_owned(), shown(url));
        match status {
            404 | 410 => Attempt::Over(NpmError::NotFound { what, url: address, status }),
            401 | 403 => Attempt::Over(NpmError::Denied {
                what,
                url: address,
                status,
                had_credentials: self.settings.credentials_for(name, url).is_some(),
                unset_variable: self.settings.unset_variable_for(url).map(str::to_owned),
                place: shown_place(&self.settings.credentials_place(name, url)),
            }),
            408 | 429 | 500..=599 => {
                let after = reply.header("retry-after").and_then(|value| value.parse().ok());
                let error = NpmError::Status { url: address, status, attempts };
                Attempt::Again(error, after.map(Duration::from_secs))
            }
            _ => Attempt::Over(NpmError::Status { url: address, status, attempts }),
        }
    }
}

/// What a failed request means.
pub(super) fn failure(url: &Url, error: HttpError, attempts: u32) -> Attempt {
    let url = shown(url);
    match error {
        HttpError::Cancelled => Attempt::Over(NpmError::Cancelled),
        HttpError::Untrusted(why) => Attempt::Over(NpmError::Untrusted { url, why }),
        HttpError::Lasting(why) => Attempt::Over(NpmError::Unreachable { url, why, attempts }),
        HttpError::Passing(why) => {
            Attempt::Again(NpmError::Unreachable { url, why, attempts }, None)
        }
    }
}

fn not_a_packument(url: &Url, why: String) -> NpmError {
    NpmError::NotAPackument { url: shown(url), why }
}

#[cfg(test)]
mod tests;
