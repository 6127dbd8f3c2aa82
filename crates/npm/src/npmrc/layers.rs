//! Which text wins: environment, project, user, global, as in npm.

use super::ini::{self, Environment};

/// The texts of the `.npmrc` files there are.
#[derive(Default, Clone, Copy)]
pub struct NpmrcTexts<'a> {
    /// Beside the project's `package.json`.
    pub project: Option<&'a str>,
    /// `~/.npmrc`, or what `NPM_CONFIG_USERCONFIG` names.
    pub user: Option<&'a str>,
    /// `PREFIX/etc/npmrc`, or what `NPM_CONFIG_GLOBALCONFIG` names.
    pub global: Option<&'a str>,
    /// npm's own defaults, as npm says them: `registry=…`. mad has none of its own.
    pub builtin: Option<&'a str>,
}

/// One setting and where it stands.
pub(super) struct Setting {
    pub(super) place: &'static str,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) unset: Option<String>,
}

/// The settings that may come as `npm_config_NAME`. Those with a host or a scope in their name
/// cannot: a lookup by name cannot find them, and few shells can set them.
const BY_ENVIRONMENT: [&str; 8] = [
    "registry",
    "cafile",
    "ca",
    "strict-ssl",
    "proxy",
    "https-proxy",
    "noproxy",
    "replace-registry-host",
];

const ENVIRONMENT: &str = "the environment";

/// Every setting, the strongest first.
pub(super) fn settings(texts: &NpmrcTexts<'_>, environment: Environment<'_>) -> Vec<Setting> {
    let mut all: Vec<Setting> = BY_ENVIRONMENT
        .iter()
        .filter_map(|key| {
            let name = format!("npm_config_{}", key.replace('-', "_"));
            let value = environment(&name)
                .or_else(|| environment(&name.to_ascii_uppercase()))
                .filter(|value| !value.is_empty())?;
            Some(Setting { place: ENVIRONMENT, key: (*key).to_owned(), value, unset: None })
        })
        .collect();
    let files = [
        ("the project's .npmrc", texts.project),
        ("the user's .npmrc", texts.user),
        ("the global npmrc", texts.global),
        ("npm itself", texts.builtin),
    ];
    for (place, text) in files {
        let lines = ini::lines(text.unwrap_or_default(), environment);
        // In one file the last one wins.
        all.extend(lines.into_iter().rev().map(|line| Setting {
            place,
            key: line.key,
            value: line.value,
            unset: line.unset,
        }));
    }
    all
}
