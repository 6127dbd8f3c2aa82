//! `mad bake`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::build::cache_place::cache_place;
use super::build::docker_options::{label, network, normal_platform, shm_bytes, ssh_agent, ulimit};
use super::build::inputs::{self, SecretArgs};
use super::build::unused;
use super::error::{Context, Result};
use super::exit::UsageError;
use super::globals::Globals;
use super::profile_args::chosen;
use super::render::{Frontend, refuse_sources};
use super::{cuda, environment};
use crate::bake::{BakeFile, Target, target_names};
use crate::profile::{Loaded, Profile, SetArgument};
use crate::project::Project;
use crate::render::Plan;
use engine::Network;

/// Write a bake file of profiles, for `docker buildx bake`
///
/// For example `docker buildx bake -f <(mad bake -p cpu)`. Each profile is rendered into a folder, which is
/// the context of its target. The image is that of `mad build` with the same options; where both use one
/// engine, every step comes from the cache. Secrets are named in the file by where they are, their values
/// are not in it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile: `cpu` for profiles/cpu.yaml, or a path; may be repeated, for one target each
    /// [default: `default` of mad.yaml, else the project's only profile]
    #[arg(short, long, value_name = "NAME")]
    profile: Vec<String>,
    /// Change one value of the profiles, for example `user.uid=1001`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The image to start from, instead of the profiles'
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
    /// Form of the file
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: FileFormat,
    /// Render into folders below this one, DIR/PROFILE, and name them as DIR is typed [default: folders
    /// of this project in mad's state folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Dockerfile frontend version to render for: 1.2, 1.4, or auto (the local engine's, else 1.2)
    #[arg(long, value_name = "LEVEL", default_value = "auto")]
    frontend: Frontend,
    /// Name of the image, where one profile is named [default: as for `mad build`]; may be repeated
    #[arg(short, long, value_name = "NAME:TAG")]
    tag: Vec<String>,
    /// Build only up to this stage; without --tag the image has no name
    #[arg(long, value_name = "STAGE")]
    target: Option<String>,
    /// Set an ARG of the Dockerfile; without =VALUE, take the value from the environment
    #[arg(long, value_name = "NAME[=VALUE]")]
    build_arg: Vec<String>,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Import cache: an image that was built with `--cache-to type=inline`, or what the builder knows; may
    /// be repeated
    #[arg(long, value_name = "IMAGE|type=TYPE,…")]
    cache_from: Vec<String>,
    /// Export cache: `type=inline` into the image, or what the builder knows; may be repeated
    #[arg(long, value_name = "type=TYPE,…")]
    cache_to: Vec<String>,
    /// Label of the image; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Network of the build steps: `default`, `host` or `none`
    #[arg(long, value_name = "MODE", default_value = "default")]
    network: String,
    /// Do not use the build cache: run every step
    #[arg(long)]
    no_cache: bool,
    /// Stages to build without the cache, separated by commas; may be repeated
    #[arg(long, value_name = "STAGE", value_delimiter = ',', conflicts_with = "no_cache")]
    no_cache_filter: Vec<String>,
    /// Platforms of the image, for example `linux/amd64,linux/arm64`: those that the builder runs
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',')]
    platform: Vec<String>,
    /// Ask the registries for newer base images
    #[arg(long)]
    pull: bool,
    /// Size of /dev/shm in the build steps, for example `64m`
    #[arg(long, value_name = "SIZE")]
    shm_size: Option<String>,
    /// Let build steps that mount it use an ssh agent: `default` for that of SSH_AUTH_SOCK; may be
    /// repeated
    #[arg(long, value_name = "default|ID[=SOCKET]")]
    ssh: Vec<String>,
    /// Limit of processes in the build steps, for example `nofile=1024:2048`; may be repeated
    #[arg(long, value_name = "NAME=SOFT[:HARD]")]
    ulimit: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// Read from a pipe, too: `-f <(mad bake …)`
    Json,
    /// As people write it: `mad bake --format hcl -o bake > docker-bake.hcl`
    Hcl,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let profiles = profiles(globals, &project, args)?;
    let common = common(args)?;
    let secrets = inputs::secrets(&args.secrets)?;
    let level = args.frontend.level();
    let mut targets = Vec::new();
    for (profile, name) in profiles.iter().zip(target_names(profiles.iter().map(String::as_str))) {
        let mut loaded = load(&project, profile, args)?;
        cuda::settle(globals, &project, &mut loaded)?;
        let plan = crate::render::render(&project, &loaded, level)?;
        check(&plan, args)?;
        unused::check(&plan, &args.build_arg, &secrets)?;
        plan.notes.iter().for_each(|note| globals.note(&format!("note: {note}")));
        for warning in unused::warnings(&plan, &args.build_arg, &secrets) {
            globals.note(&format!("warning: {warning}"));
        }
        let context = write(&project, &plan, &name, args.output.as_deref())?;
        let tags = inputs::tags_of(&args.tag, args.target.as_deref(), &project, &loaded.name)?;
        targets.push(Target { name, context, tags, ..common.clone() });
    }
    let file = BakeFile { targets };
    super::print(&match args.format {
        FileFormat::Json => file.json(),
        FileFormat::Hcl => file.hcl(),
    })
}

fn profiles(globals: &Globals, project: &Project, args: &Args) -> Result<Vec<String>> {
    let profiles = match args.profile.as_slice() {
        [] => vec![chosen(globals, project, None)?],
        named => named.to_vec(),
    };
    if profiles.len() > 1 && !args.tag.is_empty() {
        let message = "--tag names one image, and several profiles are named".to_owned();
        let hint = "give each profile's image a name with `tag: team/{profile}:latest` in mad.yaml";
        return Err(UsageError { message, hint: Some(hint.to_owned()) }.into());
    }
    Ok(profiles)
}

fn load(project: &Project, profile: &str, args: &Args) -> Result<Loaded> {
    let sets: Vec<SetArgument> =
        args.set.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
    Ok(Profile::load(project, profile, &sets, args.base.as_deref())?)
}

/// What all targets have in common, checked as `mad build` does.
fn common(args: &Args) -> Result<Target> {
    args.cache_from.iter().try_for_each(|text| cache_place("--cache-from", text).map(drop))?;
    args.cache_to.iter().try_for_each(|text| cache_place("--cache-to", text).map(drop))?;
    args.ssh.iter().try_for_each(|text| ssh_agent(text).map(drop))?;
    args.ulimit.iter().try_for_each(|text| ulimit(text).map(drop))?;
    args.shm_size.iter().try_for_each(|size| shm_bytes(size).map(drop))?;
    let network = match network(&args.network)? {
        Network::Default => None,
        Network::Host | Network::None => Some(args.network.clone()),
    };
    if let Some(platform) = args.platform.iter().find(|platform| !platform.contains('/')) {
        let message = format!("--platform: found `{platform}`, expected for example `linux/arm64`");
        return Err(UsageError { message, hint: None }.into());
    }
    Ok(Target {
        stage: args.target.clone(),
        args: inputs::build_args(&args.build_arg)?,
        labels: args.label.iter().map(|text| label(text)).collect::<Result<_, _>>()?,
        platforms: args.platform.iter().map(|platform| normal_platform(platform)).collect(),
        secrets: args.secrets.for_buildx(),
        ssh: args.ssh.clone(),
        cache_from: args.cache_from.clone(),
        cache_to: args.cache_to.clone(),
        network,
        shm_size: args.shm_size.clone(),
        ulimits: args.ulimit.clone(),
        pull: args.pull,
        no_cache: args.no_cache,
        no_cache_filter: args.no_cache_filter.clone(),
        ..Target::default()
    })
}

/// Stages that are there, and platforms that mad has its program for.
fn check(plan: &Plan, args: &Args) -> Result<()> {
    let mut stages = args.target.iter().chain(&args.no_cache_filter);
    if let Some(stage) = stages.find(|stage| !plan.has_stage(stage)) {
        let expected = plan.stage_names().collect::<Vec<_>>().join("`, `");
        let message = format!("no stage `{stage}`, expected one of `{expected}`");
        return Err(UsageError { message, hint: None }.into());
    }
    let platforms = args.platform.iter().map(|platform| normal_platform(platform));
    for platform in platforms {
        plan.check_platform(&platform)?;
    }
    Ok(())
}

/// Writes the rendered folder, and returns its name for the file. One in the state folder is mad's: nothing
/// of an earlier rendering stays in it.
fn write(project: &Project, plan: &Plan, name: &str, output: Option<&Path>) -> Result<String> {
    let folder = match output {
        Some(output) => output.join(name),
        None => {
            let root = project.root().canonicalize()?;
            let at = hash::sha256(root.as_os_str().as_encoded_bytes());
            environment::state_folder()?.join("bake").join(&at[..12]).join(name)
        }
    };
    let failed = || format!("cannot write into `{}`", folder.display());
    match output {
        Some(_) => {
            refuse_sources(project, &folder, plan)?;
            plan.folder().write_to(&folder).with_context(failed)?;
        }
        None => replace(plan, &folder).with_context(failed)?,
    }
    // A path that is no text cannot be said in a bake file.
    folder.into_os_string().into_string().map_err(|path| {
        let message = format!("the path `{}` is no UTF-8 text", path.display());
        UsageError { message, hint: Some("name another folder with `-o DIR`".to_owned()) }.into()
    })
}

fn replace(plan: &Plan, folder: &Path) -> std::io::Result<()> {
    let above = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(above)?;
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(above)?;
    plan.folder().write_to(&new.path().join("context"))?;
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::rename(new.path().join("context"), folder)
}
