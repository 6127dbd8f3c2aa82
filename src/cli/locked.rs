//! `mad.lock` of the project: written by `mad lock`, held to by `--locked` and `--check`.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use crate::cli::error::Result;

use super::packages::Asking;
use super::{engine, interrupt, runtime, write_file};
use crate::lock::{Answer, Drift, Drifted, LOCK_FILE, LockFile, Locked};
use crate::profile::Loaded;
use crate::project::{AssetError, Project};
use crate::render::{Plan, RenderError, Resolve, render};
use engine::{Builder, DockerEngine, FrontendLevel};

/// The stages that install packages of the distribution.
const INSTALLING: [&str; 2] = ["templates/stages/base.j2", "templates/stages/toolchain.j2"];

/// The lock is the same whatever engine made it.
const LEVEL: FrontendLevel = FrontendLevel::V1_2;

/// What the project's file says; nothing where there is none.
fn read(project: &Project) -> Result<LockFile> {
    match project.asset(LOCK_FILE) {
        Ok(asset) => Ok(LockFile::parse(asset.text()?)?),
        Err(AssetError::NotFound { .. }) => Ok(LockFile::default()),
        Err(error) => Err(error.into()),
    }
}

/// Notes the profile as it is now. `images` are those that its packages were resolved on, by name, and
/// `answer` tells what is installed there; where there are none, what was known stays.
pub fn write(
    project: &Project,
    loaded: &Loaded,
    images: &BTreeMap<String, String>,
    answer: &Answer,
) -> Result<()> {
    let plan = render(project, loaded, LEVEL)?;
    let mut file = read(project)?;
    let old = file.profiles.get(&loaded.name).filter(|old| old.base == plan.base);
    let used = images.get(&plan.base).filter(|id| !id.is_empty());
    let mut now = Locked::of(loaded, &plan, None);
    if let Some(old) = old.filter(|old| old.has_apt_of(&now)) {
        (now.apt_runtime, now.apt_build) = (old.apt_runtime.clone(), old.apt_build.clone());
    }
    now.installed(answer);
    match (used, old) {
        (None, Some(old)) => {
            (now.base_id, now.base_digest) = (old.base_id.clone(), old.base_digest.clone());
        }
        (None, None) => now.base_id = on_engine(&plan.base),
        // What the engine does not know by its name was pulled, and `used` is the registry's digest.
        (Some(used), _) => match on_engine(&plan.base) {
            Some(id) => now.base_id = Some(id),
            None => now.base_digest = Some(used.clone()),
        },
    }
    file.profiles.insert(loaded.name.clone(), now);
    write_file(&project.root().join(LOCK_FILE), file.text())
}

/// Holds mad.lock against the profile, and against the engine's base image where an engine answers.
pub fn check_here(project: &Project, loaded: &Loaded) -> Result<()> {
    let rendered = render(project, loaded, LEVEL);
    let base_id = rendered.as_ref().ok().and_then(|plan| on_engine(&plan.base));
    compare(project, loaded, rendered, base_id).map(drop)
}

/// Whether `mad lock` can tell what is installed: an engine answers, and the profile's templates have the
/// stages that install.
pub fn can_tell_installed(project: &Project, loaded: &Loaded) -> Result<bool> {
    let plan = render(project, loaded, LEVEL)?;
    let installs = INSTALLING.iter().all(|stage| plan.templates.contains_key(*stage));
    Ok(installs && has_engine())
}

/// Likewise, before a build on this engine, with the packages of the distribution that it has or gets.
/// The base image by its digest, where the lock has one.
pub async fn check_on(
    engine: &DockerEngine,
    project: &Project,
    loaded: &Loaded,
    asking: &Asking<'_>,
    cancel: &CancellationToken,
) -> Result<Option<String>> {
    let rendered = render(project, loaded, LEVEL);
    let base = rendered.as_ref().ok().map(|plan| plan.base.clone());
    let base_id = match base {
        Some(base) => engine.image(&base).await?.map(|image| image.id),
        None => None,
    };
    let pinned = compare(project, loaded, rendered, base_id)?;
    let file = read(project)?;
    let Some(locked) = file.profiles.get(&loaded.name) else { return Ok(pinned) };
    if !locked.apt_runtime.is_empty() {
        // The first stages of the build, which it then finds in the cache.
        let resolve = Resolve { installed: true, ..Resolve::default() };
        let produced = asking.ask(engine, loaded, &resolve, &Resolve::INSTALLED, cancel).await?;
        let mut now = locked.clone();
        now.installed(&Answer::read(&Resolve::INSTALLED, produced.files));
        let drifts = locked.package_drifts(&now);
        if !drifts.is_empty() {
            return Err(Drifted { profile: loaded.name.clone(), drifts }.into());
        }
    }
    Ok(pinned)
}

fn compare(
    project: &Project,
    loaded: &Loaded,
    rendered: Result<Plan, RenderError>,
    base_id: Option<String>,
) -> Result<Option<String>> {
    let drifted = |drifts| Drifted { profile: loaded.name.clone(), drifts };
    let plan = match rendered {
        Ok(plan) => plan,
        Err(error @ RenderError::LockMismatch { .. }) => {
            return Err(drifted(vec![Drift::Unfit(error.to_string())]).into());
        }
        Err(error) => return Err(error.into()),
    };
    let file = read(project)?;
    let Some(locked) = file.profiles.get(&loaded.name) else {
        return Err(drifted(vec![Drift::NotLocked]).into());
    };
    match locked.drifts(&Locked::of(loaded, &plan, base_id)) {
        drifts if drifts.is_empty() => Ok(locked.pinned_base()),
        drifts => Err(drifted(drifts).into()),
    }
}

fn has_engine() -> bool {
    let connected = runtime().ok().map(|runtime| {
        runtime.block_on(async {
            let cancel = interrupt::token().ok()?;
            engine(&cancel).await.ok()
        })
    });
    connected.flatten().is_some()
}

/// The engine's id of an image; unknown where no engine answers.
fn on_engine(name: &str) -> Option<String> {
    let asked = runtime().ok()?.block_on(async {
        let cancel = interrupt::token().ok()?;
        let engine = engine(&cancel).await.ok()?;
        engine.image(name).await.ok().flatten()
    });
    asked.map(|image| image.id)
}
