//! `--cache-from` and `--cache-to`: where a cache is.

use std::collections::BTreeMap;

use super::docker_options::wrong;
use crate::cli::environment;
use crate::cli::error::Result;
use crate::cli::exit::UsageError;
use engine::CachePlace;

/// `type=TYPE,NAME=VALUE,…`; a name alone is an image of a registry, as for `docker build`.
pub(in crate::cli) fn cache_place(option: &str, text: &str) -> Result<CachePlace> {
    let wanted = "an image's name or type=TYPE,NAME=VALUE,…";
    if !text.contains('=') {
        let is_name = !text.is_empty() && !text.contains(',');
        let attributes = BTreeMap::from([("ref".to_owned(), text.to_owned())]);
        let place = CachePlace { kind: "registry".to_owned(), attributes };
        return Ok(is_name.then_some(place).ok_or_else(|| wrong(option, text, wanted))?);
    }
    let mut attributes = BTreeMap::new();
    for field in text.split(',') {
        let (name, value) = field.split_once('=').ok_or_else(|| wrong(option, text, wanted))?;
        attributes.insert(name.trim().to_ascii_lowercase(), value.to_owned());
    }
    let kind = attributes.remove("type").filter(|kind| !kind.is_empty());
    let kind = kind.ok_or_else(|| wrong(option, text, wanted))?;
    if kind == "local" {
        return Err(UsageError {
            message: format!("{option}: mad serves no cache from a folder of this machine"),
            hint: Some("put the cache into the image: `--cache-to type=inline`, and import it: `--cache-from IMAGE`".to_owned()),
        }
        .into());
    }
    if kind == "registry" && !attributes.contains_key("ref") {
        return Err(wrong(option, text, "type=registry,ref=IMAGE").into());
    }
    from_environment(&kind, &mut attributes, environment::text);
    Ok(CachePlace { kind, attributes })
}

/// What buildx takes from the environment for a cache: GitHub's address and token, Amazon's keys
/// (buildx, `util/buildflags/cache.go`). What was typed stays.
fn from_environment(
    kind: &str,
    attributes: &mut BTreeMap<String, String>,
    variable: impl Fn(&str) -> Option<String>,
) {
    let names: &[(&str, &[&str])] = match kind {
        "gha" => &[
            ("token", &["ACTIONS_RUNTIME_TOKEN"]),
            ("url", &["ACTIONS_CACHE_URL", "ACTIONS_RESULTS_URL"]),
            ("url_v2", &["ACTIONS_RESULTS_URL"]),
        ],
        "s3" => &[
            ("access_key_id", &["AWS_ACCESS_KEY_ID"]),
            ("secret_access_key", &["AWS_SECRET_ACCESS_KEY"]),
            ("session_token", &["AWS_SESSION_TOKEN"]),
        ],
        _ => &[],
    };
    for (attribute, names) in names {
        let value = names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        if let (Some(value), false) = (value, attributes.contains_key(*attribute)) {
            attributes.insert((*attribute).to_owned(), value);
        }
    }
    if kind == "gha"
        && !attributes.contains_key("version")
        && variable("ACTIONS_CACHE_SERVICE_V2").is_some_and(|value| !value.is_empty())
    {
        attributes.insert("version".to_owned(), "2".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_an_image_or_has_a_type() {
        let place =
            |text| cache_place("--cache-from", text).map(|place| (place.kind, place.attributes));
        let (kind, attributes) = place("host:5000/a:b").unwrap();
        assert_eq!((kind.as_str(), attributes["ref"].as_str()), ("registry", "host:5000/a:b"));
        let (kind, attributes) = place("type=gha,scope=x").unwrap();
        assert_eq!((kind.as_str(), attributes["scope"].as_str()), ("gha", "x"));
        for text in [
            "",
            "a,b",
            "ref=a",
            "type=,ref=a",
            "type=registry",
            "type=local,src=x",
            "type=gha,scope",
        ] {
            assert!(place(text).is_err(), "{text}");
        }
    }

    #[test]
    fn caches_of_services_take_what_their_environment_has() {
        let variable = |name: &str| match name {
            "ACTIONS_RUNTIME_TOKEN" => Some("t".to_owned()),
            "ACTIONS_RESULTS_URL" => Some("https://results".to_owned()),
            "ACTIONS_CACHE_URL" => Some(String::new()),
            "ACTIONS_CACHE_SERVICE_V2" => Some("true".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some("key".to_owned()),
            _ => None,
        };
        let with = |kind: &str, typed: &[(&str, &str)]| {
            let typed = typed.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            let mut attributes: BTreeMap<String, String> = typed.collect();
            from_environment(kind, &mut attributes, variable);
            attributes
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            with("gha", &[("scope", "x")]),
            ["scope=x", "token=t", "url=https://results", "url_v2=https://results", "version=2"]
        );
        assert_eq!(with("gha", &[("token", "own"), ("version", "1")])[0], "token=own");
        assert_eq!(with("s3", &[]), ["access_key_id=key"]);
        assert!(with("registry", &[]).is_empty());
    }
}
