//! What `--tag`, `--build-arg` and `--secret` mean, checked before the engine is asked.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;

use super::Args;
use crate::build::CaBundle;
use crate::cli::environment;
use crate::cli::exit::UsageError;
use crate::profile::parse_image;
use crate::project::Project;

pub(super) fn tags(args: &Args, project: &Project, profile: &str) -> Result<Vec<String>> {
    let tags = match (&args.target, args.tag.as_slice()) {
        (_, [_, ..]) => args.tag.clone(),
        (Some(_), []) => Vec::new(),
        (None, []) => vec![default_tag(project, profile)],
    };
    for tag in &tags {
        let reference = parse_image("--tag", tag)?;
        if reference.digest.is_some() {
            let message = format!(
                "cannot use `{tag}` as the image's name: found a digest, expected NAME:TAG"
            );
            return Err(UsageError { message, hint: None }.into());
        }
    }
    Ok(tags)
}

/// The name that a profile's image gets where no other is asked for.
pub(in crate::cli) fn default_tag(project: &Project, profile: &str) -> String {
    match project.settings().tag() {
        Some(tag) => tag.to_owned(),
        None => format!("mad/{}:latest", profile.to_ascii_lowercase()),
    }
}

pub(super) fn build_args(arguments: &[String]) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some(("", _)) => return Err(usage("--build-arg", argument, "NAME=VALUE")),
            Some((name, value)) => {
                values.insert(name.to_owned(), value.to_owned());
            }
            // As for Docker: a name alone passes the variable on, if it is set.
            None => {
                values.extend(std::env::var(argument).ok().map(|value| (argument.clone(), value)));
            }
        }
    }
    Ok(values)
}

pub(super) fn secrets(
    arguments: &[String],
    ca_bundle: &CaBundle,
) -> Result<HashMap<String, Vec<u8>>> {
    let mut secrets = HashMap::new();
    secrets.extend(ca_bundle.read()?.map(|bundle| ("ca".to_owned(), bundle)));
    for argument in arguments {
        let mut fields: HashMap<&str, &str> =
            argument.split(',').filter_map(|field| field.split_once('=')).collect();
        let expected = "id=ID,src=FILE or id=ID,env=NAME";
        let source = fields.remove("src").or_else(|| fields.remove("source"));
        let value = match (source, fields.remove("env")) {
            (Some(path), None) => std::fs::read(path).map_err(|error| UsageError {
                message: format!("cannot read the secret file `{path}`: {error}"),
                hint: None,
            })?,
            (None, Some(name)) => environment::set(name)
                .ok_or_else(|| UsageError {
                    message: format!("the variable `{name}` of --secret is not set"),
                    hint: None,
                })?
                .into_encoded_bytes(),
            _ => return Err(usage("--secret", argument, expected)),
        };
        let id = fields.remove("id").filter(|id| !id.is_empty());
        fields.remove("type");
        match (id, fields.is_empty()) {
            (Some(id), true) => secrets.insert(id.to_owned(), value),
            _ => return Err(usage("--secret", argument, expected)),
        };
    }
    Ok(secrets)
}

fn usage(option: &str, found: &str, expected: &str) -> anyhow::Error {
    UsageError { message: format!("{option}: found `{found}`, expected {expected}"), hint: None }
        .into()
}
