//! Who we are to a registry. Never shown, not even by `{:?}`.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::SettingsError;
use super::layers::Setting;

/// The value of an `Authorization` header.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials(String);

impl Credentials {
    /// The header's value.
    pub(crate) fn header(&self) -> &str {
        &self.0
    }

    /// From a URL's `user:password@`, which is taken out of it.
    pub(super) fn take_from(url: &mut Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decode = |text: &str| {
            url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
                .map(|(key, _)| key.into_owned())
                .collect::<String>()
        };
        let pair = format!("{}:{}", decode(url.username()), decode(url.password().unwrap_or("")));
        // Neither fails for a URL that has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(Self(format!("Basic {}", STANDARD.encode(pair))))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(hidden)")
    }
}

/// Credentials by `//host/path/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Store {
    by_place: BTreeMap<String, Credentials>,
    /// By place: a variable that a credential names and that is not set.
    unset: BTreeMap<String, String>,
}

impl Store {
    /// Collects `//host/path/:_authToken`, `:_auth`, and `:username` with `:_password`; in this
    /// order, as in npm, where one place has several.
    pub(super) fn read(settings: &[Setting]) -> Result<Self, SettingsError> {
        let mut store = Self::default();
        let mut parts: BTreeMap<(&str, &str), &Setting> = BTreeMap::new();
        for setting in settings {
            let Some((place, name)) = setting.key.rsplit_once(':') else { continue };
            if !place.starts_with("//")
                || !["_authToken", "_auth", "username", "_password"].contains(&name)
            {
                continue;
            }
            match &setting.unset {
                Some(variable) if !parts.contains_key(&(place, name)) => {
                    store.unset.entry(place.to_owned()).or_insert_with(|| variable.clone());
                }
                _ if setting.value.is_empty() => {}
                _ => {
                    parts.entry((place, name)).or_insert(setting);
                }
            }
        }
        for place in parts.keys().map(|(place, _)| *place) {
            let part = |name| parts.get(&(place, name)).copied();
            let header = if let Some(token) = part("_authToken") {
                format!("Bearer {}", token.value)
            } else if let Some(auth) = part("_auth") {
                decode(auth)?;
                format!("Basic {}", auth.value)
            } else if let (Some(name), Some(password)) = (part("username"), part("_password")) {
                let mut pair = format!("{}:", name.value).into_bytes();
                pair.extend(decode(password)?);
                format!("Basic {}", STANDARD.encode(pair))
            } else {
                continue;
            };
            store.by_place.insert(place.to_owned(), Credentials(header));
        }
        Ok(store)
    }

    /// Adds those that stood in a registry's URL, where nothing better is known.
    pub(super) fn insert(&mut self, url: &Url, credentials: Credentials) {
        self.by_place.entry(key(url)).or_insert(credentials);
    }

    /// Those for a URL: of the longest place that it lies under.
    pub(super) fn for_url(&self, url: &Url) -> Option<&Credentials> {
        places(url).find_map(|place| self.by_place.get(&place))
    }

    /// The variable that is not set, where that is why there are none for a URL.
    pub(super) fn unset_for(&self, url: &Url) -> Option<&str> {
        places(url).find_map(|place| self.unset.get(&place)).map(String::as_str)
    }
}

fn decode(setting: &Setting) -> Result<Vec<u8>, SettingsError> {
    STANDARD
        .decode(&setting.value)
        .map_err(|_| SettingsError::NotBase64 { place: setting.place, key: setting.key.clone() })
}

/// `//host:port/path/`.
pub(super) fn key(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("//{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}

/// `//host/a/b`, `//host/a/`, `//host/a`, `//host/`, `//host`: a key may be written with or without
/// its last slash.
fn places(url: &Url) -> impl Iterator<Item = String> {
    let mut place = Some(key(url));
    std::iter::from_fn(move || {
        let current = place.take()?;
        place = match current.strip_suffix('/') {
            Some(shorter) => Some(shorter),
            None => current.rfind('/').map(|slash| &current[..=slash]),
        }
        .filter(|shorter| shorter.len() > 2)
        .map(str::to_owned);
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_from_long_to_short() {
        let url = Url::parse("https://h:8080/a/b/c.tgz").unwrap();
        let all: Vec<_> = places(&url).collect();
        assert_eq!(
            all,
            [
                "//h:8080/a/b/c.tgz",
                "//h:8080/a/b/",
                "//h:8080/a/b",
                "//h:8080/a/",
                "//h:8080/a",
                "//h:8080/",
                "//h:8080"
            ]
        );
    }

    #[test]
    fn from_a_url() {
        let mut url = Url::parse("https://me:p%40ss+@h/x").unwrap();
        let credentials = Credentials::take_from(&mut url).unwrap();
        assert_eq!(url.as_str(), "https://h/x");
        assert_eq!(credentials.header(), format!("Basic {}", STANDARD.encode("me:p@ss+")));
        assert_eq!(format!("{credentials:?}"), "Credentials(hidden)");
    }
}
