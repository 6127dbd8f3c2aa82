//! `compose.yaml` beside the Dockerfile: how the image is run.
//!
//! It needs no mad: `docker compose up` in the rendered folder builds the image and runs it. What is another
//! on each host stands in it as a variable of Compose with a value that works without: `MAD_UID`, `MAD_GID`,
//! `MAD_PROJECT`, `MAD_IMAGE`. Same profile, same bytes.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use runtime_config::mounts::{Kind, Owner, Source};
use runtime_config::{Mcp, Mount};
use serde::Serialize;

use super::{RenderError, runtime};
use crate::profile::{Loaded, Profile};
use crate::project::Project;

/// What the environment is called in compose.yaml.
pub const SERVICE: &str = "agents";

/// How the image is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compose {
    /// The file.
    pub text: String,
    /// The name of the image.
    pub image: String,
    /// The user and group that it runs as where the host says nothing else.
    pub user: (u32, u32),
    /// What it mounts of the project, or of the host.
    pub sources: Vec<HostPath>,
}

/// A path of the host that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPath {
    /// Absolute, or relative to the project.
    pub path: String,
    /// Whether it is a folder that may be made where there is none: of the project, and for files of a person.
    pub is_work_folder: bool,
}

#[derive(Serialize)]
struct Facts {
    profile: String,
    description: String,
    service: &'static str,
    image: String,
    uid: u32,
    gid: u32,
    sudo: bool,
    /// Whether a person talks to the program that runs: a shell.
    is_shell: bool,
    has_health: bool,
    has_services: bool,
    ports: Vec<String>,
    cpus: Option<String>,
    memory: Option<String>,
    pids: Option<u32>,
    shm: Option<String>,
    mounts: Vec<MountFacts>,
    /// `tmpfs:` in its short form, which alone has an owner.
    memory_mounts: Vec<String>,
    secrets: Vec<SecretFacts>,
    volumes: Vec<String>,
}

#[derive(Serialize)]
struct MountFacts {
    kind: &'static str,
    /// `bind`, `volume` or `tmpfs`.
    r#type: &'static str,
    source: Option<String>,
    target: String,
    read_only: bool,
    size: Option<u64>,
    /// Decimal, as Compose reads it.
    mode: Option<u32>,
}

#[derive(Serialize)]
struct SecretFacts {
    name: String,
    file: String,
    target: String,
}

impl Compose {
    /// Its name in the rendered folder.
    pub const FILE: &'static str = "compose.yaml";

    const TEMPLATE: &'static str = "templates/compose.yaml.j2";

    pub(super) fn render(project: &Project, loaded: &Loaded) -> Result<Self, RenderError> {
        let profile = &loaded.profile;
        let image = project.settings().image(&loaded.name);
        let facts = facts(loaded, &image);
        let asset = project.asset(Self::TEMPLATE)?;
        let text = write(asset.text()?, &facts).map_err(|error| RenderError::Template {
            file: Self::TEMPLATE.to_owned(),
            line: error.line(),
            message: error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
        })?;
        let sources = profile.mounts.iter().filter_map(host_path).collect();
        Ok(Self { text, image, user: (profile.user.uid, profile.user.gid), sources })
    }
}

fn host_path(mount: &Mount) -> Option<HostPath> {
    let Source::Path(path) = mount.source() else { return None };
    let is_work = matches!(mount.kind, Kind::Persistent | Kind::Cache);
    Some(HostPath { path: path.to_owned(), is_work_folder: is_work && !path.starts_with('/') })
}

fn facts(loaded: &Loaded, image: &str) -> Facts {
    let profile = &loaded.profile;
    let has_runtime = profile.mcp.is_some() || !profile.services.is_empty();
    let (mut mounts, mut memory_mounts, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
    for mount in &profile.mounts {
        match mount.kind {
            Kind::Secret => secrets.extend(secret(mount)),
            Kind::Runtime if needs_owner(mount) => memory_mounts.push(owned_memory(profile, mount)),
            _ => mounts.push(mount_facts(mount)),
        }
    }
    secrets.extend(token(profile, &secrets));
    let mut volumes: Vec<String> = profile
        .mounts
        .iter()
        .filter_map(|mount| match mount.source() {
            Source::Volume(name) => Some(name),
            Source::Memory | Source::Path(_) => None,
        })
        .collect();
    volumes.sort();
    volumes.dedup();
    let resources = &profile.resources;
    Facts {
        profile: loaded.name.clone(),
        description: profile.description.clone(),
        service: SERVICE,
        image: image.to_owned(),
        uid: profile.user.uid,
        gid: profile.user.gid,
        sudo: profile.user.sudo,
        is_shell: !has_runtime,
        has_health: has_runtime && runtime::is_needed(profile),
        has_services: !profile.services.is_empty(),
        ports: profile.mcp.as_ref().map(ports).unwrap_or_default(),
        cpus: resources.cpus.clone(),
        memory: resources.memory.map(compose_size),
        pids: resources.pids,
        shm: resources.shm.map(compose_size),
        mounts,
        memory_mounts,
        secrets,
        volumes,
    }
}

fn mount_facts(mount: &Mount) -> MountFacts {
    let (r#type, source) = match mount.source() {
        Source::Memory => ("tmpfs", None),
        Source::Volume(name) => ("volume", Some(name)),
        Source::Path(path) => ("bind", Some(of_project(path))),
    };
    let in_memory = mount.kind == Kind::Runtime;
    MountFacts {
        kind: mount.kind.name(),
        r#type,
        source,
        target: mount.path().to_owned(),
        read_only: !mount.is_writable(),
        size: in_memory.then(|| mount.size().0 as u64),
        mode: in_memory.then(|| mount.mode().0),
    }
}

/// A path as Compose finds it: the project is the rendered folder, unless the host says where it is.
fn of_project(path: &str) -> String {
    match path {
        "." => "${MAD_PROJECT:-.}".to_owned(),
        path if path.starts_with('/') => literal(path),
        path => format!("${{MAD_PROJECT:-.}}/{}", literal(path)),
    }
}

/// Memory that not everyone may write to, and is the user's.
fn needs_owner(mount: &Mount) -> bool {
    mount.owner == Owner::User && mount.mode().0 & 0o002 == 0
}

fn owned_memory(profile: &Profile, mount: &Mount) -> String {
    format!(
        "{}:size={},mode={},uid=${{MAD_UID:-{}}},gid=${{MAD_GID:-{}}}",
        literal(mount.path()),
        mount.size().0,
        mount.mode(),
        profile.user.uid,
        profile.user.gid,
    )
}

fn secret(mount: &Mount) -> Option<SecretFacts> {
    let Source::Path(path) = mount.source() else { return None };
    let name = mount.path().rsplit('/').next().unwrap_or_default().to_owned();
    Some(SecretFacts { name, file: of_project(path), target: mount.path().to_owned() })
}

/// The token of the gateway, unless a mount brings it.
fn token(profile: &Profile, secrets: &[SecretFacts]) -> Option<SecretFacts> {
    let Some(runtime_config::Token::Secret(name)) = profile.mcp.as_ref()?.token.as_ref() else {
        return None;
    };
    let target = format!("/run/secrets/{name}");
    let is_there = secrets.iter().any(|secret| secret.target == target || secret.name == *name);
    let file = of_project(&format!("secrets/{name}"));
    (!is_there).then(|| SecretFacts { name: name.clone(), file, target })
}

/// The gateway's addresses that are reached from outside of the container, on this machine alone: whoever
/// wants more opens it in a file of his own beside this one.
fn ports(mcp: &Mcp) -> Vec<String> {
    let outside = mcp.listen.iter().filter(|address| !address.ip().is_loopback());
    let mut ports: Vec<u16> = outside.map(std::net::SocketAddr::port).collect();
    ports.retain(|port| *port != 0);
    ports.sort_unstable();
    ports.dedup();
    ports.into_iter().map(|port| format!("127.0.0.1:{port}:{port}")).collect()
}

/// Compose's units are powers of two, and have other names.
fn compose_size(size: runtime_config::Size) -> String {
    let text = size.to_string();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    match &text[number.len()..] {
        "GiB" => format!("{number}g"),
        "MiB" => format!("{number}m"),
        "KiB" => format!("{number}k"),
        _ => format!("{number}b"),
    }
}

/// Text in which Compose finds no variable.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

fn write(template: &str, facts: &Facts) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("yaml".into()));
    // What no filter wrote is a value: one scalar, in which Compose finds no variable.
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        let text =
            if value.is_safe() || value.is_number() { text } else { scalar(&literal(&text)) };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.add_filter("with_variables", |text: &str| Value::from_safe_string(scalar(text)));
    environment.add_filter("comment", |text: &str| {
        let text: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
        Value::from_safe_string(text)
    });
    environment.add_template("compose.yaml", template)?;
    let facts = serde_json::to_value(facts).expect("facts have text keys only");
    environment.get_template("compose.yaml")?.render(Value::from(minijinja::value::Serde(facts)))
}

fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// One scalar of YAML that is this text: as it is where nobody could take it for something else.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_variable = text.starts_with("${MAD_") && text.chars().all(plain_in_variables);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_word || is_variable || text == "." {
        return text.to_owned();
    }
    // JSON's strings are YAML's, once what YAML takes for a line end is written as a number.
    let quoted = serde_json::to_string(text).expect("a text is JSON");
    let escaped = quoted.chars().map(|c| match c {
        c if breaks(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    escaped.collect()
}

fn plain_in_variables(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_./-${}:".contains(c)
}

#[cfg(test)]
mod tests;
