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

/// One line for each argument that no `ARG` takes and each secret that no step mounts.
pub(super) fn warnings(plan: &Plan, arguments: &[String], secrets: &Secrets) -> Vec<String> {
    let mut found = Vec::new();
    let taken = plan.arguments();
    for argument in arguments {
        let name = argument.split_once('=').map_or(argument.as_str(), |(name, _)| name);
        if !is_predefined(name) && !taken.iter().any(|taken| taken == name) {
            let meant = meant(name, taken.iter().map(String::as_str));
            found.push(format!("no ARG of the Dockerfile uses the build argument `{name}`{meant}"));
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
pub(super) fn check(plan: &Plan, arguments: &[String], secrets: &Secrets) -> Result<()> {
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
