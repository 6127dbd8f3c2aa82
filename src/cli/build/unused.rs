//! What was given to a build beside what its Dockerfile takes: the engine says nothing of either.

use crate::cli::error::Result;

use super::inputs::Secrets;
use crate::cli::exit::UsageError;
use crate::profile::Rule;
use crate::project::yaml::suggest;
use crate::render::Plan;

/// Arguments that mean something without an `ARG`: BuildKit's own, and the proxies of every step.
fn is_predefined(name: &str) -> bool {
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];
    name.starts_with("BUILDKIT_")
        || name == "SOURCE_DATE_EPOCH"
        || proxies.contains(&name.to_ascii_uppercase().as_str())
}

/// Secrets that the engine itself asks for, to fetch from git and over HTTP.
fn is_for_the_engine(id: &str) -> bool {
    ["GIT_AUTH_TOKEN", "GIT_AUTH_HEADER", "HTTP_AUTH_"].iter().any(|start| id.starts_with(start))
}

/// By the words that BuildKit's check `SecretsUsedInArgOrEnv` goes by.
fn looks_like_a_credential(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ];
    let name = name.to_ascii_lowercase();
    let mut words = name.split('_');
    !name.contains("public") && words.any(|word| WORDS.contains(&word))
}

/// One line for each argument that no `ARG` takes and each secret that no step mounts.
pub(in crate::cli) fn warnings(
    plan: &Plan,
    arguments: &[String],
    secrets: &Secrets,
) -> Vec<String> {
    let mut found = Vec::new();
    let taken = plan.arguments();
    for argument in arguments {
        let name = argument.split_once('=').map_or(argument.as_str(), |(name, _)| name);
        if !is_predefined(name) && !taken.iter().any(|taken| taken == name) {
            let meant = meant(name, taken.iter().map(String::as_str));
            found.push(format!("no ARG of the Dockerfile uses the build argument `{name}`{meant}"));
        }
        if looks_like_a_credential(name) {
            found.push(format!(
                "the build argument `{name}` looks like a credential, and build arguments stay in the image's history: mount it as a secret, `--secret id={name},env={name}`"
            ));
        }
    }
    let mounts = plan.secret_mounts();
    let mounted = || mounts.iter().map(|mount| mount.id.as_str());
    for id in secrets.given.keys().filter(|id| !is_for_the_engine(id)) {
        if !mounted().any(|mounted| mounted == id) {
            let meant = meant(id, mounted());
            found.push(format!("no step of the Dockerfile mounts the secret `{id}`{meant}"));
        }
    }
    found.extend(secrets.warnings());
    found
}

fn meant<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> String {
    suggest(typed, known).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// What cannot be built with.
pub(in crate::cli) fn check(plan: &Plan, arguments: &[String], secrets: &Secrets) -> Result<()> {
    for argument in arguments {
        if let Some((name @ ("DEV_UID" | "DEV_GID"), value)) = argument.split_once('=')
            && !(value.bytes().all(|b| b.is_ascii_digit()) && Rule::UserId.allows(value))
        {
            let expected = Rule::UserId.expected();
            let message = format!("--build-arg {name}: found `{value}`, expected {expected}");
            return Err(UsageError { message, hint: None }.into());
        }
    }
    let mounts = plan.secret_mounts();
    let is_required = |id: &str| mounts.iter().any(|mount| mount.required && mount.id == id);
    match secrets.empty().find(|(id, _)| is_required(id)) {
        None => Ok(()),
        Some((id, from)) => Err(UsageError {
            message: format!("the secret `{id}` is empty ({from}), and a step requires it"),
            hint: Some(
                "the engine does not mount an empty secret, even if a step says `required`"
                    .to_owned(),
            ),
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_by_the_words_of_their_name() {
        for name in ["NPM_TOKEN", "token", "AWS_SECRET_ACCESS_KEY", "db_password", "APIKEY", "AUTH"]
        {
            assert!(looks_like_a_credential(name), "{name}");
        }
        for name in ["VERSION", "TOKENIZER", "MONKEY", "SSH_PUBLIC_KEY", "KEYBOARD", "AUTHOR", ""] {
            assert!(!looks_like_a_credential(name), "{name}");
        }
    }
}
