//! Gathers what a rendering needs: facts for the templates, and every file that they may copy.
//!
//! More is gathered than used; the plan drops what its Dockerfile does not copy.

use std::collections::BTreeMap;

use super::facts::{
    AptFacts, Facts, FileFacts, GpuFacts, NodeFacts, ProfileFacts, PythonFacts, RunFacts,
    ServicesFacts, UserFacts,
};
use super::{Context, ContextEntry, RenderError, escape, gpu, locks, patches, runtime};
use crate::profile::{
    FileCopy, Loaded, Owner, Profile, RunAfter, RunEntry, RunNetwork, RunStep, RunUser,
};
use crate::project::yaml::shown;
use crate::project::{Content, Origin, Project, RUNTIME_PROGRAMS};
use engine::FrontendLevel;
use runtime_config::Mount;
use runtime_config::mounts::{Kind, Owner as MountOwner};

/// The requirements that bring uv itself.
const UV_LOCK: &str = "profiles/locks/uv.txt";

pub(super) struct Inputs {
    pub facts: Facts,
    pub context: Context,
    /// What the person should know of the files.
    pub notes: Vec<String>,
    /// Stands in the Dockerfile for the plan's hash while that is taken; no value has it.
    pub plan_stands_as: String,
}

impl Inputs {
    pub fn gather(
        project: &Project,
        loaded: &Loaded,
        level: FrontendLevel,
    ) -> Result<Self, RenderError> {
        Self::of(project, loaded, &loaded.profile, level)
    }

    /// Those of the stages that compile: no lock, patch or file of the project is looked at. uv's own
    /// requirements are there.
    pub fn of_toolchain(
        project: &Project,
        loaded: &Loaded,
        level: FrontendLevel,
    ) -> Result<Self, RenderError> {
        let mut bare = loaded.profile.clone();
        bare.node.packages.clear();
        bare.python.packages.clear();
        bare.patches.clear();
        bare.files.clear();
        bare.run.clear();
        bare.gpu = None;
        bare.mcp = None;
        bare.mounts.clear();
        let mut inputs = Self::of(project, loaded, &bare, level)?;
        inputs.context.insert_text("locks/uv.txt", project.asset(UV_LOCK)?.text()?);
        Ok(inputs)
    }

    fn of(
        project: &Project,
        loaded: &Loaded,
        profile: &Profile,
        level: FrontendLevel,
    ) -> Result<Self, RenderError> {
        let mut context = Context::default();
        let mut notes = Vec::new();
        for asset in project.assets("templates/files")? {
            let executable = asset.executable();
            let name = asset.path.trim_start_matches("templates/").to_owned();
            context
                .insert(name, ContextEntry::File { bytes: asset.bytes.into_owned(), executable });
        }
        runtime::gather(profile, RUNTIME_PROGRAMS, &mut context)?;
        let gpu = profile.gpu.as_ref().map(|gpu| gpu::row(project, &gpu.cuda)).transpose()?;
        let facts = Facts {
            profile: ProfileFacts {
                name: loaded.name.clone(),
                description: profile.description.clone(),
            },
            base: profile.base.clone(),
            user: UserFacts {
                name: profile.user.name.clone(),
                uid: profile.user.uid,
                gid: profile.user.gid,
                home: format!("/home/{}", profile.user.name),
                sudo: profile.user.sudo,
            },
            apt: AptFacts { build: profile.apt.build.clone(), runtime: apt_runtime(profile) },
            node: node(project, loaded, profile, &mut context)?,
            python: python(project, loaded, profile, gpu.as_ref(), &mut context)?,
            patches: patches::gather(project, profile, &mut context)?,
            files: files(project, profile, &mut context, &mut notes)?,
            run: run_steps(loaded, profile, level)?,
            env: profile.env.clone(),
            gpu: profile.gpu.as_ref().zip(gpu).map(|(gpu, row)| GpuFacts {
                cuda: row.cuda,
                driver: row.min_driver.to_string(),
                capabilities: gpu.capabilities().join(","),
                require: gpu.require,
            }),
            runtime: runtime::is_needed(profile),
            gateway: profile.mcp.is_some(),
            services: (!profile.services.is_empty()).then(|| ServicesFacts {
                directory: runtime_config::services::RUN_DIRECTORY,
                logs: profile.logs.as_ref().map(|logs| logs.directory.to_string_lossy().into()),
            }),
            mounts: work_folders(profile),
            labels: BTreeMap::new(),
            link: level >= FrontendLevel::V1_4,
        };
        let plan_stands_as = placeholder(project, profile, &facts);
        let labels = labels(project, &facts, profile, &plan_stands_as);
        Ok(Self { facts: Facts { labels, ..facts }, context, notes, plan_stands_as })
    }
}

/// The targets that are a folder of the image too, so that a volume begins with its owner and mode. What
/// belongs to root, comes from the host or is memory needs none.
fn work_folders(profile: &Profile) -> Vec<String> {
    let is_work = |mount: &&Mount| {
        matches!(mount.kind, Kind::Persistent | Kind::Cache) && mount.owner == MountOwner::User
    };
    profile.mounts.iter().filter(is_work).map(|mount| mount.target.clone()).collect()
}

fn run_steps(
    loaded: &Loaded,
    profile: &Profile,
    level: FrontendLevel,
) -> Result<Vec<RunFacts>, RenderError> {
    let steps: Vec<RunFacts> = profile.run.iter().map(run_step).collect();
    let alone = steps.iter().position(|step| !step.network);
    if let Some(place) = alone.filter(|_| level < FrontendLevel::V1_4) {
        let at = loaded.locate(&format!("run.{place}"));
        return Err(RenderError::Data {
            file: at.map_or_else(|| "run".to_owned(), |at| at.to_string()),
            message:
                "`network: none` needs Docker 23.0 or newer; engines before it have no such steps"
                    .to_owned(),
        });
    }
    Ok(steps)
}

fn run_step(entry: &RunEntry) -> RunFacts {
    let RunStep { command, user, network, after } = entry.step();
    RunFacts {
        command,
        root: user == RunUser::Root,
        network: network == RunNetwork::Default,
        after_files: after == RunAfter::Files,
    }
}

/// The packages of the profile, and what its services are started by.
fn apt_runtime(profile: &Profile) -> Vec<String> {
    const SUPERVISOR: &str = "supervisor";
    let mut packages = profile.apt.runtime.clone();
    let named = packages.iter().any(|package| package.split('=').next() == Some(SUPERVISOR));
    if !profile.services.is_empty() && !named {
        packages.push(SUPERVISOR.to_owned());
    }
    packages
}

/// A text that neither the profile nor the facts made of it hold.
fn placeholder(project: &Project, profile: &Profile, facts: &Facts) -> String {
    let source = project.settings().source().unwrap_or_default();
    let taken = serde_json::json!([profile, facts, source]).to_string();
    let texts = std::iter::once("@mad.plan@".to_owned());
    let mut texts = texts.chain((2..).map(|number| format!("@mad.plan.{number}@")));
    texts.find(|text| !taken.contains(text)).expect("there are more numbers than values")
}

fn node(
    project: &Project,
    loaded: &Loaded,
    profile: &Profile,
    context: &mut Context,
) -> Result<Option<NodeFacts>, RenderError> {
    if profile.node.packages.is_empty() {
        return Ok(None);
    }
    let path = locks::node_path(profile);
    let lock = project.asset(path)?;
    let lock = lock.text()?;
    let mismatch = locks::check_node(lock, &profile.node)
        .map_err(|error| RenderError::Data { file: path.to_owned(), message: error.to_string() })?;
    refuse(mismatch, path, || lock_hint(project, loaded))?;
    context.insert_text("locks/package.json", locks::package_json(&profile.node));
    context.insert_text("locks/package-lock.json", lock);
    Ok(Some(NodeFacts { scripts: profile.node.scripts.clone() }))
}

fn python(
    project: &Project,
    loaded: &Loaded,
    profile: &Profile,
    gpu: Option<&gpu::Row>,
    context: &mut Context,
) -> Result<Option<PythonFacts>, RenderError> {
    let path = match gpu {
        Some(row) => row.lock_path(),
        None if profile.python.packages.is_empty() => return Ok(None),
        None => locks::python_path(profile).to_owned(),
    };
    let lock = project.asset(&path)?;
    let lock = lock.text()?;
    refuse(locks::check_python(lock, &profile.python.packages), &path, || match gpu {
        // mad does not write the locks of the CUDA table.
        Some(_) => format!(
            "write the lock of the row anew: `uv pip compile --universal --generate-hashes REQUIREMENTS -o {path}`"
        ),
        None => lock_hint(project, loaded),
    })?;
    let name = lock_name(&path).to_owned();
    context.insert_text(format!("locks/{name}"), lock);
    context.insert_text("locks/uv.txt", project.asset(UV_LOCK)?.text()?);
    Ok(Some(PythonFacts { lock: name }))
}

fn refuse(
    mismatch: Option<locks::Mismatch>,
    path: &str,
    hint: impl FnOnce() -> String,
) -> Result<(), RenderError> {
    match mismatch {
        None => Ok(()),
        Some(locks::Mismatch { found, expected }) => {
            Err(RenderError::LockMismatch { lock: path.to_owned(), found, expected, hint: hint() })
        }
    }
}

/// How a profile and its locks come to agree. One that is inside mad, or is changed on the command
/// line, has no locks of its own.
fn lock_hint(project: &Project, loaded: &Loaded) -> String {
    let path = loaded.layers.last().map(|layer| layer.path.as_str()).unwrap_or_default();
    let is_own = project.asset(path).is_ok_and(|asset| asset.origin == Origin::Project);
    match is_own && loaded.set.is_empty() {
        true => format!("`mad lock -p {}`", loaded.name),
        false => "packages are for a profile of your own: `mad init`, then `mad add pip:NAME` or `mad add npm:NAME`".to_owned(),
    }
}

/// What the requirements are called below `locks/` in the context: as in the project, unless that is a
/// name with characters to quote, or one that another lock has.
fn lock_name(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_taken = ["uv.txt", "package.json", "package-lock.json"].contains(&name);
    if escape::plain(name) && !is_taken { name } else { "python.txt" }
}

fn files(
    project: &Project,
    profile: &Profile,
    context: &mut Context,
    notes: &mut Vec<String>,
) -> Result<Vec<FileFacts>, RenderError> {
    let mut all = Vec::new();
    for FileCopy { source, dest, mode, owner } in &profile.files {
        let source = source.trim_end_matches('/');
        let walked = project.walk(source)?;
        if mode.is_some() && walked.iter().any(|file| !file.path.is_empty()) {
            return Err(RenderError::Data {
                file: source.to_owned(),
                message: "it is a folder, and `mode` is for single files".to_owned(),
            });
        }
        let mut facts = FileFacts {
            source: format!("project/{source}"),
            dest: dest.clone(),
            owned_by_user: *owner == Owner::User,
            mode: mode.clone(),
        };
        for file in walked {
            let path = match file.path.as_str() {
                "" => format!("project/{source}"),
                path => format!("project/{source}/{path}"),
            };
            let entry = match file.content {
                Content::File { at, executable } => ContextEntry::OnDisk { at, executable },
                Content::Embedded { bytes, executable } => {
                    ContextEntry::File { bytes: bytes.into_owned(), executable }
                }
                Content::Symlink { target } if file.path.is_empty() => {
                    notes.push(format!(
                        "`{source}` is copied as the link that it is: `{}` is not in the project",
                        shown(&target)
                    ));
                    let (facts_of_link, name) = link_alone(facts)?;
                    context.insert(
                        format!("{}/{name}", facts_of_link.source),
                        ContextEntry::Link { target },
                    );
                    facts = facts_of_link;
                    continue;
                }
                Content::Symlink { target } => ContextEntry::Link { target },
                Content::Special { what } => {
                    let path = format!("{source}/{}", file.path);
                    notes.push(format!("left out `{}`: it is {what}", shown(&path)));
                    continue;
                }
            };
            context.insert(path.clone(), entry);
            context
                .is_apart(&path)
                .map_err(|message| RenderError::Data { file: source.to_owned(), message })?;
        }
        all.push(facts);
    }
    Ok(all)
}

/// `COPY` follows a link that it is given, so a link alone goes as the one entry of a folder; and the
/// name that the link has there.
fn link_alone(facts: FileFacts) -> Result<(FileFacts, String), RenderError> {
    if facts.mode.is_some() {
        return Err(RenderError::Data {
            file: facts.source.trim_start_matches("project/").to_owned(),
            message: "it is a link to outside the project, and `mode` is for files".to_owned(),
        });
    }
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let (folder, name) = match facts.dest.strip_suffix('/') {
        Some(_) => (facts.dest.clone(), name(&facts.source)),
        None => {
            (facts.dest[..facts.dest.len() - name(&facts.dest).len()].to_owned(), name(&facts.dest))
        }
    };
    let source = format!("{}.link", facts.source);
    Ok((FileFacts { source, dest: folder, ..facts }, name))
}

/// Labels by the OCI image specification's annotation keys, ours below `mad.`, and the profile's,
/// which win.
fn labels(
    project: &Project,
    facts: &Facts,
    profile: &Profile,
    plan: &str,
) -> BTreeMap<String, String> {
    let own = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let version = env!("CARGO_PKG_VERSION");
    // A package URL names the source where the project gives none: the profile came from mad.
    let source = project.settings().source().map_or_else(
        || format!("pkg:cargo/mad@{version}#profiles/{}.yaml", facts.profile.name),
        str::to_owned,
    );
    let mut labels = BTreeMap::from([
        own("org.opencontainers.image.title", &format!("mad/{}", facts.profile.name)),
        own("org.opencontainers.image.description", &facts.profile.description),
        own("org.opencontainers.image.source", &source),
        own("org.opencontainers.image.version", version),
        own("org.opencontainers.image.base.name", &facts.base),
        own("mad.profile", &facts.profile.name),
        own("mad.plan", plan),
    ]);
    for patches in &facts.patches {
        labels.insert(format!("mad.patches.{}", patches.series), patches.digest.clone());
        let verdicts = format!("mad.patches.{}.verdicts", patches.series);
        labels.insert(verdicts, patches.verdicts.clone());
    }
    labels.extend(profile.labels.clone());
    labels
}
