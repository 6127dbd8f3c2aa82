//! What has to be resolved so that a profile and its locks agree, and what the answer changes.

use std::collections::BTreeSet;

use super::change::{Change, changes};
use super::error::{AnswerError, UpdateError};
use super::pins;
use super::{Registry, Requirement};
use crate::profile::{Edit, Loaded, Rule};
use crate::project::{Asset, AssetError, Origin, Project};
use crate::render::{Resolve, ResolveNode, ResolvePython, is_locked_node, is_locked_python};

/// A question to the registries, and where its answer goes.
#[derive(Debug, Clone)]
pub struct Update {
    /// What the engine is to resolve.
    pub resolve: Resolve,
    wanted: Vec<Requirement>,
    node: Option<LockPlace>,
    python: Option<LockPlace>,
}

/// A lock file that is written anew.
#[derive(Debug, Clone)]
struct LockPlace {
    /// In the project.
    path: String,
    /// What held until now.
    old: String,
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateScope<'a> {
    /// What is wanted, what the profile and its locks disagree about, and these, which lost a package.
    Needed(&'a [Registry]),
    /// As if there were no lock.
    Everything,
}

/// What the engine answered, a file each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// npm's `package.json`.
    pub package_json: Option<String>,
    /// npm's lock.
    pub package_lock: Option<String>,
    /// The requirements with hashes.
    pub requirements: Option<String>,
    /// What `apt-cache policy` said.
    pub policy: Option<String>,
    /// What dpkg says is installed in the image, and in what it is compiled with.
    pub installed: [Option<String>; 2],
}

/// What is to be written.
#[derive(Debug, Clone, Default)]
pub struct Updated {
    /// Files of the project, with their texts.
    pub files: Vec<(String, String)>,
    /// Packages whose versions moved in the locks.
    pub changes: Vec<Change>,
}

impl Update {
    /// What to resolve for a profile with these packages more.
    pub fn of(
        project: &Project,
        loaded: &Loaded,
        wanted: Vec<Requirement>,
        extent: UpdateScope<'_>,
    ) -> Result<Self, UpdateError> {
        let wants = |registry| wanted.iter().any(|wanted| wanted.registry == registry);
        let is_due = |registry, is_locked: bool| match extent {
            UpdateScope::Everything => true,
            UpdateScope::Needed(touched) => !is_locked || touched.contains(&registry),
        };
        let mut update =
            Self { resolve: Resolve::default(), wanted: Vec::new(), node: None, python: None };
        let profile = &loaded.profile;

        let everything = extent == UpdateScope::Everything;
        let node = &profile.node;
        if wants(Registry::Npm)
            || !node.packages.is_empty() && is_due(Registry::Npm, is_locked_node(project, profile))
        {
            let place = place(project, loaded, "node", node.lock.as_deref(), NODE)?;
            let add = wanted.iter().filter(|wanted| wanted.registry == Registry::Npm);
            update.resolve.node = Some(ResolveNode {
                node: node.clone(),
                lock: Some(place.old.clone()).filter(|old| !everything && !old.is_empty()),
                add: add.map(Requirement::requirement).collect(),
            });
            update.node = Some(place);
        }

        let packages = &profile.python.packages;
        if wants(Registry::Pip)
            || !packages.is_empty() && is_due(Registry::Pip, is_locked_python(project, profile))
        {
            if profile.gpu.is_some() {
                return Err(UpdateError::Gpu);
            }
            let place = place(project, loaded, "python", profile.python.lock.as_deref(), PYTHON)?;
            let new: Vec<&Requirement> =
                wanted.iter().filter(|wanted| wanted.registry == Registry::Pip).collect();
            let names: BTreeSet<String> =
                new.iter().map(|wanted| pins::normal(&wanted.name)).collect();
            let is_new = |package: &&String| {
                let name = package.split("==").next().unwrap_or(package);
                names.contains(&pins::normal(name))
            };
            let kept = packages.iter().filter(|package| !is_new(package)).cloned();
            let requirements = kept.chain(new.iter().map(|wanted| wanted.requirement())).collect();
            let old = pins::without(&place.old, &names);
            update.resolve.python = Some(ResolvePython {
                requirements,
                lock: Some(old).filter(|old| !everything && !old.is_empty()),
                command: format!("mad lock -p {}", loaded.name),
            });
            update.python = Some(place);
        }

        let apt = wanted
            .iter()
            .filter(|wanted| matches!(wanted.registry, Registry::Apt | Registry::AptBuild));
        update.resolve.apt = apt.map(|wanted| wanted.name.clone()).collect();
        update.wanted = wanted;
        Ok(update)
    }

    /// The files of the answer, in the order of [`Answer::read`].
    pub fn paths(&self) -> Vec<&'static str> {
        let mut paths = Vec::new();
        if self.resolve.node.is_some() {
            paths.extend([Resolve::PACKAGE_JSON, Resolve::PACKAGE_LOCK]);
        }
        paths.extend(self.resolve.python.is_some().then_some(Resolve::REQUIREMENTS));
        paths.extend((!self.resolve.apt.is_empty()).then_some(Resolve::POLICY));
        paths.extend(self.resolve.installed.then_some(Resolve::INSTALLED).into_iter().flatten());
        paths
    }

    /// Writes what was found into the profile, and says which files go with it.
    pub fn apply(&self, answer: &Answer, edit: &mut Edit) -> Result<Updated, AnswerError> {
        let mut updated = Updated::default();
        if let Some(place) = &self.node {
            let manifest = text(&answer.package_json, Resolve::PACKAGE_JSON)?;
            let lock = text(&answer.package_lock, Resolve::PACKAGE_LOCK)?;
            updated.changes.extend(changes(Registry::Npm, &place.old, lock));
            let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            // Beside the lock, so that npm can be used there.
            updated.files.push((format!("{folder}/package.json"), manifest.to_owned()));
            updated.files.push((place.path.clone(), lock.to_owned()));
        }
        if let Some(place) = &self.python {
            let lock = text(&answer.requirements, Resolve::REQUIREMENTS)?;
            updated.changes.extend(changes(Registry::Pip, &place.old, lock));
            updated.files.push((place.path.clone(), lock.to_owned()));
        }
        for wanted in &self.wanted {
            self.put(wanted, answer, edit)?;
        }
        if let Some(place) = &self.node {
            edit.put_value(&["node", "lock"], &place.path)?;
        }
        if let Some(place) = &self.python {
            edit.put_value(&["python", "lock"], &place.path)?;
        }
        Ok(updated)
    }

    fn put(
        &self,
        wanted: &Requirement,
        answer: &Answer,
        edit: &mut Edit,
    ) -> Result<(), AnswerError> {
        let none = || AnswerError::NoVersion(wanted.clone());
        let unnameable = |version: &str| AnswerError::Unnameable {
            wanted: wanted.clone(),
            version: version.to_owned(),
        };
        let keys = wanted.registry.keys();
        match wanted.registry {
            Registry::Pip => {
                let pins =
                    pins::of_requirements(text(&answer.requirements, Resolve::REQUIREMENTS)?);
                let versions = pins.get(&pins::normal(&wanted.name)).ok_or_else(none)?;
                let [version] = versions.as_slice() else {
                    let versions = versions.clone();
                    return Err(AnswerError::Several { wanted: wanted.clone(), versions });
                };
                let item = format!("{}=={version}", wanted.name);
                if !Rule::PythonRequirement.allows(&item) {
                    return Err(unnameable(version));
                }
                edit.put_item(&keys, &item)?;
            }
            Registry::Npm => {
                let pins =
                    pins::of_package_json(text(&answer.package_json, Resolve::PACKAGE_JSON)?);
                let version = pins.get(&wanted.name).ok_or_else(none)?;
                if !Rule::NpmVersion.allows(version) {
                    return Err(unnameable(version));
                }
                edit.put_value(&[keys[0], keys[1], &wanted.name], version)?;
            }
            Registry::Apt | Registry::AptBuild => {
                let pins = pins::of_policy(text(&answer.policy, Resolve::POLICY)?);
                let candidate = pins.get(&wanted.name).ok_or_else(none)?;
                let versions = match wanted.versions.as_str() {
                    "" => pins::first_number(candidate),
                    asked => asked.to_owned(),
                };
                let item = format!("{}={versions}", wanted.name);
                if !Rule::AptPackage.allows(&item) {
                    return Err(unnameable(candidate));
                }
                edit.put_item(&keys, &item)?;
            }
        }
        Ok(())
    }
}

impl Answer {
    /// The files that [`Update::paths`] names, in that order.
    pub fn read(paths: &[&str], files: Vec<Option<Vec<u8>>>) -> Self {
        let mut answer = Self::default();
        for (path, bytes) in paths.iter().zip(files) {
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            match *path {
                Resolve::PACKAGE_JSON => answer.package_json = text,
                Resolve::PACKAGE_LOCK => answer.package_lock = text,
                Resolve::REQUIREMENTS => answer.requirements = text,
                path if path == Resolve::INSTALLED[0] => answer.installed[0] = text,
                path if path == Resolve::INSTALLED[1] => answer.installed[1] = text,
                _ => answer.policy = text,
            }
        }
        answer
    }
}

fn text<'a>(text: &'a Option<String>, path: &'static str) -> Result<&'a str, AnswerError> {
    text.as_deref().ok_or(AnswerError::Missing(path))
}

/// The file names of the locks that mad begins, and those inside mad that hold without one.
const NODE: (&str, &str) = ("package-lock.json", "profiles/locks/package-lock.json");
const PYTHON: (&str, &str) = ("requirements.txt", "profiles/locks/cpu.txt");

/// Where a lock is written: where the profile's own file says, else in a folder of the profile's name;
/// what other files say may be of other profiles too.
fn place(
    project: &Project,
    loaded: &Loaded,
    key: &str,
    merged: Option<&str>,
    (name, built_in): (&str, &str),
) -> Result<LockPlace, UpdateError> {
    let own = own_file(project, loaded)?;
    let path = own.value(&[key, "lock"]);
    let path = path.unwrap_or_else(|| format!("profiles/locks/{}/{name}", loaded.name));
    let old = match project.asset(merged.unwrap_or(built_in)) {
        Ok(asset) => asset.text()?.to_owned(),
        Err(AssetError::NotFound { .. }) => String::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(LockPlace { path, old })
}

/// The profile's own file, to be changed.
pub fn own_file(project: &Project, loaded: &Loaded) -> Result<Edit, UpdateError> {
    let layer = loaded.layers.last();
    let path = layer.map(|layer| layer.path.clone()).unwrap_or_default();
    let is_own = |asset: &Asset| asset.origin == Origin::Project;
    match layer.filter(|_| project.asset(&path).is_ok_and(|asset| is_own(&asset))) {
        Some(layer) => Ok(Edit::new(path, layer.text.as_str())),
        None => Err(UpdateError::NotOwn { name: loaded.name.clone(), path }),
    }
}

/// The packages of the profile's own file, to be resolved to their newest versions: all, or those of
/// these names.
pub fn newest(
    edit: &Edit,
    profile: &str,
    names: &[String],
) -> Result<Vec<Requirement>, UpdateError> {
    let mut all = Vec::new();
    let wanted = |registry, name: &str| Requirement {
        registry,
        name: name.to_owned(),
        versions: String::new(),
    };
    let python = edit.items(&Registry::Pip.keys());
    all.extend(
        python.iter().map(|item| wanted(Registry::Pip, item.split("==").next().unwrap_or(item))),
    );
    let node = edit.values(&Registry::Npm.keys());
    // `null` drops what is inherited.
    let node = node.iter().filter(|(_, version)| Rule::NpmVersion.allows(version));
    all.extend(node.map(|(name, _)| wanted(Registry::Npm, name)));
    for registry in [Registry::Apt, Registry::AptBuild] {
        let items = edit.items(&registry.keys());
        all.extend(
            items.iter().map(|item| wanted(registry, item.split('=').next().unwrap_or(item))),
        );
    }
    if names.is_empty() {
        return Ok(all);
    }
    let is_named = |wanted: &Requirement, name: &str| {
        let (word, bare) = name.split_once(':').unwrap_or((wanted.registry.word(), name));
        word == wanted.registry.word()
            && match wanted.registry {
                Registry::Pip => pins::normal(&wanted.name) == pins::normal(bare),
                _ => wanted.name == bare,
            }
    };
    for name in names {
        if !all.iter().any(|wanted| is_named(wanted, name)) {
            return Err(UpdateError::NoSuchPackage {
                profile: profile.to_owned(),
                name: name.clone(),
            });
        }
    }
    all.retain(|wanted| names.iter().any(|name| is_named(wanted, name)));
    Ok(all)
}

#[cfg(test)]
mod tests;
