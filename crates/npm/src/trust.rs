//! HTTP agents: certificates, proxies, timeouts.
//!
//! The platform's certificates are those that OpenSSL would use (`SSL_CERT_FILE` and
//! `SSL_CERT_DIR` replace them, as everywhere); `cafile` and `ca` of `.npmrc` come beside them.

use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::{Agent, Proxy};
use url::Url;

use super::Settings;
use super::http::Timeouts;

const USER_AGENT: &str = concat!("mad/", env!("CARGO_PKG_VERSION"));

/// One that connects by itself, and those that go through the proxy for `https://` and `http://`.
pub(super) struct Agents {
    direct: Agent,
    https: Option<Agent>,
    http: Option<Agent>,
}

impl Agents {
    /// Reads the certificates. The error is for people.
    pub(super) fn new(settings: &Settings, timeouts: &Timeouts) -> Result<Self, String> {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots(settings)?)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = |proxy: Option<Proxy>| {
            Agent::config_builder()
                .tls_config(tls.clone())
                .proxy(proxy)
                .http_status_as_error(false)
                // Followed by `registry`: ureq would take another port for the same server, and
                // send it our credentials.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(USER_AGENT)
                .timeout_resolve(Some(timeouts.connect))
                .timeout_connect(Some(timeouts.connect))
                .timeout_recv_response(Some(timeouts.answer))
                .timeout_per_read(Some(timeouts.idle))
                .timeout_per_write(Some(timeouts.idle))
                .build()
                .new_agent()
        };
        let proxies = &settings.proxies;
        let https = proxy(proxies.https.as_ref().or(proxies.http.as_ref()))?;
        let http = proxy(proxies.http.as_ref())?;
        Ok(Self {
            direct: agent(None),
            https: https.map(|proxy| agent(Some(proxy))),
            http: http.map(|proxy| agent(Some(proxy))),
        })
    }

    /// The one for a URL.
    pub(super) fn for_url(&self, settings: &Settings, url: &Url) -> &Agent {
        let proxied = if url.scheme() == "https" { &self.https } else { &self.http };
        let wanted = proxied.as_ref().filter(|_| settings.proxies.for_url(url).is_some());
        wanted.unwrap_or(&self.direct)
    }
}

fn proxy(url: Option<&Url>) -> Result<Option<Proxy>, String> {
    // The error would repeat the address, which may hold a password.
    let read = |url: &Url| {
        let text = url.as_str().trim_end_matches('/');
        Proxy::new(text).map_err(|_| {
            let host = url.host_str().unwrap_or_default();
            format!(
                "the proxy at `{host}` cannot be used: expected `http://[USER:PASSWORD@]HOST:PORT`"
            )
        })
    };
    url.map(read).transpose()
}

fn roots(settings: &Settings) -> Result<Vec<Certificate<'static>>, String> {
    let platform = rustls_native_certs::load_native_certs();
    let mut roots: Vec<_> =
        platform.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if let Some(path) = &settings.cafile {
        let pem = std::fs::read(path)
            .map_err(|error| format!("cannot read the `cafile` `{}`: {error}", path.display()))?;
        add(&mut roots, &pem, &format!("the `cafile` `{}`", path.display()))?;
    }
    for pem in &settings.ca {
        add(&mut roots, pem.as_bytes(), "`ca` of .npmrc")?;
    }
    Ok(roots)
}

fn add(roots: &mut Vec<Certificate<'static>>, pem: &[u8], place: &str) -> Result<(), String> {
    let before = roots.len();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => roots.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(format!("{place} is no PEM file")),
        }
    }
    if roots.len() == before { Err(format!("{place} has no certificate")) } else { Ok(()) }
}
