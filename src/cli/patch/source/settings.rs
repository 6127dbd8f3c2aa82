//! npm's settings and the cache's place, from the files and the environment of this machine.

use std::path::{Path, PathBuf};

use crate::cli::error::{Context, Result};

use crate::cli::environment;
use crate::cli::exit::UsageError;
use crate::project::Project;
use npm::{NpmrcPlaces, NpmrcTexts, Settings, SettingsError};

/// As npm itself would read them in the project folder.
pub(super) fn npm(project: &Project) -> Result<Settings> {
    let variable = environment::text;
    let node = which::which("node").ok().and_then(|node| node.canonicalize().ok());
    let places = NpmrcPlaces::find(project.root(), node.as_deref(), &variable);
    let read = |path: Option<PathBuf>| path.map_or(Ok(None), |path| text(&path));
    let (project, user) = (text(&places.project)?, read(places.user)?);
    let global = match read(places.global)? {
        // Where Debian's npm has it.
        None => text(Path::new("/etc/npmrc"))?,
        found => found,
    };
    let texts = NpmrcTexts {
        project: project.as_deref(),
        user: user.as_deref(),
        global: global.as_deref(),
        builtin: None,
    };
    match Settings::read(&texts, &variable) {
        // Only then, for it takes npm longer to start than us to verify.
        Err(SettingsError::NoRegistry) => {
            let builtin = npms_own();
            let texts = NpmrcTexts { builtin: builtin.as_deref(), ..texts };
            Ok(Settings::read(&texts, &variable)?)
        }
        settings => Ok(settings?),
    }
}

/// The default of the npm on this machine; mad names no registry of its own.
fn npms_own() -> Option<String> {
    let npm = which::which("npm").ok()?;
    let mut asked = std::process::Command::new(npm);
    let output = asked.args(["config", "get", "registry"]).output().ok()?;
    let url = String::from_utf8(output.stdout).ok()?;
    let url = url.trim();
    url.starts_with("http").then(|| format!("registry={url}"))
}

/// `$XDG_CACHE_HOME/mad/npm`; the specification wants a relative one ignored.
pub(super) fn cache() -> Result<PathBuf> {
    let stated = environment::set("XDG_CACHE_HOME").map(PathBuf::from);
    let stated = stated.filter(|path| path.is_absolute());
    let home = environment::set("HOME").map(PathBuf::from);
    let folder = stated.or_else(|| home.map(|home| home.join(".cache")));
    let folder = folder.ok_or_else(|| UsageError {
        message: "found neither HOME nor XDG_CACHE_HOME, expected a place for the cache".to_owned(),
        hint: Some("set XDG_CACHE_HOME to a folder".to_owned()),
    })?;
    Ok(folder.join("mad/npm"))
}

/// A file that is not there says nothing.
fn text(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}
