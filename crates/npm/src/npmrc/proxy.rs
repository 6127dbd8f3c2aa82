//! Which proxy a request goes through. All of it goes through by `CONNECT`, `http://` too, which is
//! what ureq can do; some proxies allow that only for port 443.

use std::fmt;

use url::Url;

/// Proxies, and the hosts that need none. A proxy's URL may hold a password: `{:?}` hides it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Proxies {
    /// `https-proxy`, for `https://`; without it, `proxy`.
    pub(crate) https: Option<Url>,
    /// `proxy`, for `http://`.
    pub(crate) http: Option<Url>,
    pub(super) none_for: Vec<String>,
}

impl Proxies {
    /// The proxy for a URL.
    pub(crate) fn for_url(&self, url: &Url) -> Option<&Url> {
        let host = url.host_str().unwrap_or_default();
        let exempt = self.none_for.iter().any(|entry| {
            let entry = entry.trim_start_matches('*').trim_start_matches('.');
            entry.is_empty()
                || host.eq_ignore_ascii_case(entry)
                || host.len() > entry.len()
                    && host.is_char_boundary(host.len() - entry.len())
                    && host[host.len() - entry.len()..].eq_ignore_ascii_case(entry)
                    && host[..host.len() - entry.len()].ends_with('.')
        });
        if exempt {
            return None;
        }
        match url.scheme() {
            "https" => self.https.as_ref().or(self.http.as_ref()),
            _ => self.http.as_ref(),
        }
    }

    /// `noproxy`: hosts and domains, with commas between them; `*` is all.
    pub(super) fn list(text: &str) -> Vec<String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                entry
                    .rsplit_once(':')
                    .map_or(entry, |(host, port)| {
                        if port.bytes().all(|b| b.is_ascii_digit()) { host } else { entry }
                    })
                    .to_owned()
            })
            .collect()
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().and_then(Url::host_str).map(str::to_owned);
        f.debug_struct("Proxies")
            .field("https", &host(&self.https))
            .field("http", &host(&self.http))
            .field("none_for", &self.none_for)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_proxy() {
        let url = |text| Url::parse(text).unwrap();
        let proxies = Proxies {
            https: None,
            http: Some(url("http://me:secret@proxy:3128")),
            none_for: Proxies::list("localhost, .corp.example,127.0.0.1:8080"),
        };
        for (target, proxied) in [
            ("https://registry.example/x", true),
            ("http://localhost/x", false),
            ("https://npm.corp.example/x", false),
            ("https://corp.example/x", false),
            ("https://notcorp.example/x", true),
            ("http://127.0.0.1:8080/x", false),
        ] {
            assert_eq!(proxies.for_url(&url(target)).is_some(), proxied, "{target}");
        }
        assert!(!format!("{proxies:?}").contains("secret"));
        let all = Proxies { none_for: Proxies::list("*"), ..proxies };
        assert_eq!(all.for_url(&url("https://registry.example/")), None);
    }
}
