//! Where `mad build` builds: `--builder`, `builders` of mad.yaml, buildx's own, or the engine.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::error::{CommandError, Result};
use super::exit::UsageError;
use super::globals::Globals;
use super::{environment, interrupt};
use crate::builders::{Instance, order};
use crate::project::{BuilderSettings, Project};
use engine::{BuildKit, BuilderAddress};

/// The name of the engine itself, as buildx has it.
const ENGINE: &str = "default";

/// A builder that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What the record and the messages call it.
    pub name: String,
    pub address: BuilderAddress,
    /// The platforms to build on it, where the project says so.
    platforms: Vec<String>,
}

/// The builders to try for `profile`, the best first; none means the engine.
pub fn candidates(project: &Project, profile: &str, named: Option<&str>) -> Result<Vec<Candidate>> {
    let own = own(project)?;
    let Some(name) = named else {
        let ordered = order(profile, &own, |one| one.name.as_str());
        return Ok(ordered.into_iter().cloned().collect());
    };
    if name == ENGINE {
        return Ok(Vec::new());
    }
    if let Some(known) = own.iter().find(|one| one.name == name) {
        // Who names it knows why.
        return Ok(vec![Candidate { platforms: Vec::new(), ..known.clone() }]);
    }
    let address = match name.contains("://") {
        true => BuilderAddress::parse(name)
            .map_err(|why| usage(format!("--builder: {why}"), None))
            .map(Some)?,
        false => of_buildx(name)?,
    };
    let address = address.ok_or_else(|| unknown(name, &own))?;
    let name = if name.contains("://") { address.to_string() } else { name.to_owned() };
    Ok(vec![Candidate { name, address, platforms: Vec::new() }])
}

impl Candidate {
    /// Whether the project has it for this platform.
    pub fn is_for(&self, platform: &str) -> bool {
        self.platforms.is_empty() || self.platforms.iter().any(|own| own == platform)
    }
}

/// Where one is from (`mad.yaml`, `buildx`), its name, and it, or why it cannot be used.
type Listed = (&'static str, String, Result<Candidate, String>);

/// All that can be named; those of the project in the order in which `profile` would try them.
pub fn listed(project: &Project, profile: Option<&str>) -> Result<Vec<Listed>> {
    let own = own(project)?;
    let ordered = match profile {
        Some(profile) => order(profile, &own, |one| one.name.as_str()),
        None => own.iter().collect(),
    };
    let own = ordered.into_iter().map(|one| ("mad.yaml", one.name.clone(), Ok(one.clone())));
    let of_buildx = names_of_buildx().into_iter().filter_map(|name| {
        let found = match of_buildx(&name) {
            Ok(address) => {
                Ok(Candidate { name: name.clone(), address: address?, platforms: Vec::new() })
            }
            Err(error) => Err(error.to_string()),
        };
        Some(("buildx", name, found))
    });
    Ok(own.chain(of_buildx).collect())
}

/// The first of them that answers and builds for the platform.
pub async fn connect(
    globals: &Globals,
    candidates: &[&Candidate],
    platform: &str,
    cancel: &CancellationToken,
) -> Result<BuildKit> {
    let mut left = candidates.iter().peekable();
    loop {
        let Some(candidate) = left.next() else {
            return Err(usage("no builder is named".to_owned(), None));
        };
        if candidate.address.is_open() {
            globals.note(&format!(
                "warning: the connection to the builder `{}` has no TLS: everybody on the way can read the context and the secrets",
                candidate.name
            ));
        }
        let config_dir = environment::docker_settings().config_dir;
        let connecting = BuildKit::connect(&candidate.name, &candidate.address, config_dir);
        let found = interrupt::or(cancel, connecting).await;
        let problem: CommandError = match found {
            Ok(found) => match found.worker().platforms.iter().any(|own| own == platform) {
                true => return Ok(found),
                false => usage(
                    format!(
                        "the builder `{}` cannot run steps for `{platform}`; it can for `{}`",
                        candidate.name,
                        found.worker().platforms.join("`, `")
                    ),
                    None,
                ),
            },
            // What the next one cannot mend either.
            Err(error) if cancel.is_cancelled() => return Err(error),
            Err(error) => error,
        };
        match left.peek() {
            Some(next) => {
                globals.note(&format!("warning: {}; trying `{}`", problem.error(), next.name))
            }
            None => return Err(problem),
        }
    }
}

/// Those of mad.yaml.
fn own(project: &Project) -> Result<Vec<Candidate>> {
    let mut found: Vec<Candidate> = Vec::new();
    for BuilderSettings { name, address, options, platforms } in
        project.settings().builders(project.root())
    {
        let wrong = |why: String| usage(format!("mad.yaml: the builder `{name}`: {why}"), None);
        if name.is_empty() || name == ENGINE || name.contains("://") || name.contains(',') {
            let why = format!("expected a name without `://` and `,`, other than `{ENGINE}`");
            return Err(wrong(why));
        }
        if found.iter().any(|one| one.name == name) {
            return Err(wrong("the name stands there twice".to_owned()));
        }
        let address = match address.contains("://") {
            true => BuilderAddress::with_options(&address, options).map_err(wrong)?,
            false => of_buildx(&address)?
                .ok_or_else(|| wrong(format!("buildx has no builder `{address}`")))?,
        };
        found.push(Candidate { name, address, platforms });
    }
    Ok(found)
}

/// The address of a builder that buildx has made; `None` where it has none of that name.
fn of_buildx(name: &str) -> Result<Option<BuilderAddress>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let Some(folder) = instances().filter(|_| name.chars().all(is_name) && !name.starts_with('.'))
    else {
        return Ok(None);
    };
    let Ok(text) = std::fs::read_to_string(folder.join(name)) else { return Ok(None) };
    let wrong = |why: String| usage(format!("the builder `{name}` of buildx: {why}"), None);
    match Instance::parse(&text).map_err(|error| wrong(error.to_string()))? {
        Instance::Remote { address, options } => {
            Ok(Some(BuilderAddress::with_options(&address, options).map_err(wrong)?))
        }
        Instance::Container { container, endpoint } => {
            let (host, context) = engine_of(endpoint);
            Ok(Some(BuilderAddress::Container { container, host, context }))
        }
    }
}

/// buildx's state: `$BUILDX_CONFIG`, else `buildx` in the folder of Docker's configuration.
fn instances() -> Option<PathBuf> {
    let stated = environment::set("BUILDX_CONFIG").map(PathBuf::from);
    let folder = stated.or_else(|| Some(environment::docker_settings().config_dir?.join("buildx")));
    Some(folder?.join("instances"))
}

/// The engine of a container: a host or a context; neither means that at hand.
fn engine_of(endpoint: String) -> (Option<String>, Option<String>) {
    match endpoint.as_str() {
        "" | "default" => (None, None),
        host if host.contains("://") => (Some(endpoint), None),
        _ => (None, Some(endpoint)),
    }
}

fn names_of_buildx() -> Vec<String> {
    let entries = instances().and_then(|folder| std::fs::read_dir(folder).ok());
    let entries = entries.into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn unknown(name: &str, own: &[Candidate]) -> UsageError {
    let mut known: Vec<String> = own.iter().map(|one| one.name.clone()).collect();
    known.extend(names_of_buildx());
    known.push(ENGINE.to_owned());
    UsageError {
        message: format!(
            "no builder `{name}`, expected an address or one of `{}`",
            known.join("`, `")
        ),
        hint: Some(
            "name it in `builders` of mad.yaml, or by its address: `--builder tcp://HOST:PORT`"
                .to_owned(),
        ),
    }
}

fn usage(message: String, hint: Option<String>) -> CommandError {
    UsageError { message, hint }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_of_containers_are_hosts_or_contexts() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(engine_of("default".to_owned()), (None, None));
        assert_eq!(engine_of("unix:///x".to_owned()), (some("unix:///x"), None));
        assert_eq!(engine_of("colima".to_owned()), (None, some("colima")));
    }
}
