//! What `--tag`, `--build-arg` and `--secret` mean, checked before the engine is asked.

use std::collections::{BTreeMap, HashMap};

use crate::cli::error::{CommandError, Result};

use crate::build::CaBundle;
use crate::cli::environment;
use crate::cli::exit::UsageError;
use crate::profile::{ImageRef, parse_image};
use crate::project::Project;

/// The most that BuildKit takes for one secret.
const MOST_SECRET_BYTES: usize = 500 * 1024;

/// The names of a profile's image: those that were typed, else its own, and none for a stage of it.
pub(in crate::cli) fn tags_of(
    typed: &[String],
    target: Option<&str>,
    project: &Project,
    profile: &str,
) -> Result<Vec<String>> {
    let tags = match (target, typed) {
        (_, [_, ..]) => typed.to_vec(),
        (Some(_), []) => Vec::new(),
        (None, []) => {
            let tag = default_tag(project, profile);
            let settings = project.settings();
            let is_of_profile = settings.names_profile_in_tag() || settings.tag(profile).is_none();
            if let (true, Err(reason)) = (is_of_profile, tag.parse::<ImageRef>()) {
                return Err(UsageError {
                    message: format!("the name of the profile `{profile}` cannot be that of an image, `{tag}`: {reason}"),
                    hint: Some("name the image with `--tag NAME:TAG`, or with `tag` in mad.yaml".to_owned()),
                }
                .into());
            }
            return Ok(vec![tag]);
        }
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
    project.settings().image(profile)
}

pub(in crate::cli) fn build_args(arguments: &[String]) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for argument in arguments {
        match argument.split_once('=') {
            Some(("", _)) => return Err(usage("--build-arg", argument, "NAME=VALUE")),
            None if argument.is_empty() => {
                return Err(usage("--build-arg", argument, "NAME=VALUE or NAME"));
            }
            Some((name, value)) => {
                values.insert(name.to_owned(), value.to_owned());
            }
            // As for Docker: a name alone passes the variable on, if it is set.
            None => {
                let Some(value) = environment::variable(argument) else { continue };
                let value = value.into_string().map_err(|_| UsageError {
                    message: format!("--build-arg {argument}: the variable is no UTF-8 text"),
                    hint: None,
                })?;
                values.insert(argument.clone(), value);
            }
        }
    }
    Ok(values)
}

/// What build steps may see, and no image keeps.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SecretArgs {
    /// Expose a file or variable to the build steps that mount it; never stored in the image
    #[arg(long, value_name = "id=ID[,src=FILE|,env=NAME]")]
    pub secret: Vec<String>,
    /// CA certificates that build steps trust: a PEM file, `host` or `none`
    #[arg(long, value_name = "FILE|host|none", default_value = "host")]
    ca_bundle: CaBundle,
}

impl SecretArgs {
    /// As `docker buildx` is told of them: by where they are.
    pub fn for_buildx(&self) -> Vec<String> {
        let names_ca = |secret: &String| secret.split(',').any(|field| field == "id=ca");
        let bundle = self.ca_bundle.path().filter(|_| !self.secret.iter().any(names_ca));
        let bundle = bundle.map(|path| format!("id=ca,src={}", path.display()));
        bundle.into_iter().chain(self.secret.iter().cloned()).collect()
    }
}

/// The secrets of a command line.
#[derive(Debug, Default)]
pub(in crate::cli) struct Secrets {
    /// By id, with the CA bundle as `ca`.
    pub values: HashMap<String, Vec<u8>>,
    /// The ids that were typed, and where each is from.
    pub given: BTreeMap<String, String>,
}

impl Secrets {
    /// Those that were given and hold nothing, with where they are from.
    pub fn empty(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_empty = |id: &str| self.values.get(id).is_some_and(Vec::is_empty);
        let given = self.given.iter().filter(move |(id, _)| is_empty(id));
        given.map(|(id, from)| (id.as_str(), from.as_str()))
    }

    /// What a person should know before a build: the engine is silent about it.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.empty().map(|(id, from)| {
            format!("the secret `{id}` is empty ({from}): the engine mounts nothing for it, and the step runs without")
        })
    }
}

pub(in crate::cli) fn secrets(args: &SecretArgs) -> Result<Secrets> {
    let mut secrets = Secrets::default();
    secrets.values.extend(args.ca_bundle.read()?.map(|bundle| ("ca".to_owned(), bundle)));
    for argument in &args.secret {
        let (id, value, from) = secret(argument)?;
        if value.len() > MOST_SECRET_BYTES {
            let message = format!(
                "the secret `{id}` has {} bytes ({from}), {MOST_SECRET_BYTES} at most",
                value.len()
            );
            return Err(UsageError { message, hint: None }.into());
        }
        secrets.values.insert(id.clone(), value);
        secrets.given.insert(id, from);
    }
    Ok(secrets)
}

/// Id, value, and where it is from. As for buildx, `type=env` makes `src` a variable.
fn secret(argument: &str) -> Result<(String, Vec<u8>, String)> {
    let expected = "id=ID, id=ID,src=FILE or id=ID,env=NAME";
    let wrong = || usage("--secret", argument, expected);
    let mut fields: HashMap<&str, &str> = HashMap::new();
    for field in argument.split(',') {
        let (name, value) = field.split_once('=').ok_or_else(wrong)?;
        fields.insert(name, value);
    }
    let source = fields.remove("src").or_else(|| fields.remove("source"));
    let kind = fields.remove("type");
    let id = fields.get("id").copied().filter(|id| !id.is_empty());
    let is_id_alone = fields.len() == 1 && kind.is_none() && source.is_none();
    let (file, variable) = match (kind, source, fields.remove("env")) {
        // As for buildx: the id alone is the variable of that name, where it is set, else the file.
        (None, None, None) => match id {
            Some(id) if environment::variable(id).is_some() => (None, Some(id)),
            id => (Some(id.ok_or_else(wrong)?), None),
        },
        (Some("file"), None, None) => (Some(id.ok_or_else(wrong)?), None),
        (Some("env"), None, None) => (None, Some(id.ok_or_else(wrong)?)),
        (None | Some("file"), Some(path), None) => (Some(path), None),
        (None | Some("env"), None, Some(name)) | (Some("env"), Some(name), None) => {
            (None, Some(name))
        }
        _ => return Err(wrong()),
    };
    let (value, from) = match (file, variable) {
        (Some(path), _) => {
            let value = std::fs::read(path).map_err(|error| UsageError {
                message: format!("cannot read the secret file `{path}`: {error}"),
                hint: is_id_alone.then(|| {
                    format!("no variable `{path}` is set either; name another: id={path},env=NAME")
                }),
            })?;
            (value, format!("the file `{path}`"))
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            let value = environment::variable(name).ok_or_else(|| UsageError {
                message: format!("the variable `{name}` of --secret is not set"),
                hint: None,
            })?;
            (value.into_encoded_bytes(), format!("the variable `{name}`"))
        }
    };
    match (fields.remove("id").filter(|id| !id.is_empty()), fields.is_empty()) {
        (Some(id), true) => Ok((id.to_owned(), value, from)),
        _ => Err(wrong()),
    }
}

fn usage(option: &str, found: &str, expected: &str) -> CommandError {
    UsageError { message: format!("{option}: found `{found}`, expected {expected}"), hint: None }
        .into()
}
