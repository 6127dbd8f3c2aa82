//! What the texts say, as one value.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::SettingsError;
use super::credentials::{Credentials, Store, key};
use super::ini::Environment;
use super::layers::{self, NpmrcTexts, Setting};
use super::proxy::Proxies;
use crate::PackageName;

/// Where packages come from and who we are there. `{:?}` shows no credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    registry: Url,
    scopes: BTreeMap<String, Url>,
    credentials: Store,
    /// Certificates in PEM, beside the platform's.
    pub(crate) ca: Vec<String>,
    /// A file of them.
    pub(crate) cafile: Option<PathBuf>,
    pub(crate) proxies: Proxies,
    replaced_host: ReplacedHost,
}

/// `replace-registry-host`: whose tarballs come from the configured registry instead.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ReplacedHost {
    Never,
    Always,
    Host(String),
}

impl Settings {
    /// Reads npm's settings: `npm_config_…` of the environment, then the project's file, the user's,
    /// the global one. `environment` also answers for `${NAME}` in the files, for `HTTPS_PROXY` and
    /// its like, and for `HOME` of a `cafile` under `~`.
    ///
    /// `strict-ssl=false` is refused rather than honoured: integrity comes from the registry's own
    /// answer, so whoever can answer in its place can have anything patched and built.
    /// `cafile` and `ca` add to the platform's certificates (npm lets them replace those).
    pub fn read(
        texts: &NpmrcTexts<'_>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let all = layers::settings(texts, environment);
        let find = |key: &str| all.iter().find(|s| s.key == key).filter(|s| s.value != "null");
        if let Some(setting) = find("strict-ssl").filter(|s| s.value == "false") {
            return Err(SettingsError::StrictSsl { place: setting.place });
        }
        let mut credentials = Store::read(&all)?;
        let mut base = |setting: &Setting| -> Result<Url, SettingsError> {
            let mut url = web_url(setting)?;
            if !url.path().ends_with('/') {
                let path = format!("{}/", url.path());
                url.set_path(&path);
            }
            url.set_query(None);
            url.set_fragment(None);
            if let Some(own) = Credentials::take_from(&mut url) {
                credentials.insert(&url, own);
            }
            Ok(url)
        };
        let registry = match find("registry") {
            Some(setting) => base(setting)?,
            None => return Err(SettingsError::NoRegistry),
        };
        let mut scopes = BTreeMap::new();
        for setting in &all {
            let scope = setting.key.strip_suffix(":registry").filter(|s| s.starts_with('@'));
            if let Some(scope) = scope.filter(|scope| !scopes.contains_key(*scope)) {
                scopes.insert(scope.to_owned(), base(setting)?);
            }
        }
        let home = environment("HOME");
        Ok(Self {
            registry,
            scopes,
            credentials,
            ca: ca(&all),
            cafile: find("cafile").map(|setting| under_home(&setting.value, home.as_deref())),
            proxies: proxies(&all, environment)?,
            replaced_host: match find("replace-registry-host").map(|s| s.value.as_str()) {
                Some("never") => ReplacedHost::Never,
                // npm replaces its own default host only; mirrors of it name no other.
                None | Some("always" | "npmjs") => ReplacedHost::Always,
                Some(host) => ReplacedHost::Host(host.to_owned()),
            },
        })
    }

    /// The registry for a package, ending in `/`.
    pub fn registry_for(&self, name: &PackageName) -> &Url {
        name.scope().and_then(|scope| self.scopes.get(scope)).unwrap_or(&self.registry)
    }

    /// Where a tarball is fetched: a mirror hands out the original's addresses.
    pub(crate) fn tarball_url(&self, name: &PackageName, mut given: Url) -> Url {
        let registry = self.registry_for(name);
        let replace = match &self.replaced_host {
            ReplacedHost::Never => false,
            ReplacedHost::Always => true,
            ReplacedHost::Host(host) => given.host_str() == Some(host),
        };
        if replace && let Ok(mut url) = registry.join(given.path()) {
            url.set_query(given.query());
            given = url;
        }
        given
    }

    /// Who we are for a URL: by the URL itself, or by the registry where the host is the same.
    pub(crate) fn credentials_for(&self, name: &PackageName, url: &Url) -> Option<&Credentials> {
        let registry = self.registry_for(name);
        let same = registry.origin() == url.origin();
        self.credentials
            .for_url(url)
            .or_else(|| same.then(|| self.credentials.for_url(registry)).flatten())
    }

    /// Where credentials for a URL would stand: `//host/path/`, of the registry where it is that.
    pub(crate) fn credentials_place(&self, name: &PackageName, url: &Url) -> String {
        let registry = self.registry_for(name);
        let mut url = if registry.origin() == url.origin() { registry } else { url }.clone();
        if url != *registry {
            url.set_path("/");
        }
        key(&url)
    }

    /// The variable that is not set, where that is why there are no credentials.
    pub(crate) fn unset_variable_for(&self, url: &Url) -> Option<&str> {
        self.credentials.unset_for(url)
    }
}

fn web_url(setting: &Setting) -> Result<Url, SettingsError> {
    let fault =
        |why: String| SettingsError::Url { place: setting.place, key: setting.key.clone(), why };
    if let Some(variable) = &setting.unset {
        return Err(fault(format!(": the variable `{variable}` is not set")));
    }
    match Url::parse(&setting.value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        Ok(_) => Err(fault(String::new())),
        Err(error) => Err(fault(format!(": {error}"))),
    }
}

/// `ca`, or `ca[]` several times, from the strongest text that has any; `\n` may be written out.
fn ca(all: &[Setting]) -> Vec<String> {
    let is_ca = |setting: &&Setting| setting.key == "ca" || setting.key == "ca[]";
    let Some(place) = all.iter().find(is_ca).map(|setting| setting.place) else {
        return Vec::new();
    };
    let own = all.iter().filter(is_ca).filter(|s| s.place == place && s.value != "null");
    own.filter(|s| !s.value.is_empty()).map(|s| s.value.replace("\\n", "\n")).collect()
}

fn under_home(path: &str, home: Option<&str>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn proxies(all: &[Setting], environment: Environment<'_>) -> Result<Proxies, SettingsError> {
    let proxy = |key: &str, variables: &[&str]| -> Result<Option<Url>, SettingsError> {
        let stated = all.iter().find(|setting| setting.key == key);
        let from_environment;
        let setting = match stated {
            Some(setting) if setting.value == "false" => return Ok(None),
            Some(setting) if setting.value != "null" && !setting.value.is_empty() => setting,
            _ => {
                let values = variables.iter().filter_map(|name| environment(name));
                let Some(value) = values.into_iter().find(|value| !value.is_empty()) else {
                    return Ok(None);
                };
                let value = if value.contains("://") { value } else { format!("http://{value}") };
                let place = "the environment";
                from_environment = Setting { place, key: key.to_owned(), value, unset: None };
                &from_environment
            }
        };
        web_url(setting).map(Some)
    };
    let none_for = all.iter().filter(|s| s.key == "noproxy").map(|s| s.value.clone()).next();
    let none_for = none_for.or_else(|| environment("NO_PROXY")).or_else(|| environment("no_proxy"));
    Ok(Proxies {
        https: proxy("https-proxy", &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])?,
        http: proxy("proxy", &["HTTP_PROXY", "http_proxy"])?,
        none_for: Proxies::list(&none_for.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests;
