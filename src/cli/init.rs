//! `mad init`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::error::Result;

use super::exit::UsageError;
use super::globals::Globals;
use super::locked;
use super::packages::{Packages, ResolveArgs};
use super::write_file;
use crate::detect::{Detected, look};
use crate::lock::{Answer, Requirement, UpdateScope};
use crate::profile::{Edit, ImageRef, Profile};
use crate::project::Project;

/// Begin a profile for this folder
///
/// Writes profiles/NAME.yaml and mad.yaml. What the folder is of is read from its manifests
/// (requirements.txt, pyproject.toml, package.json, Cargo.toml, .tool-versions, devcontainer.json,
/// cog.yaml and others); the packages that they need are added as `mad add` does, which takes an
/// engine. Nothing that is there is overwritten.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile's name
    #[arg(value_name = "NAME", default_value = "dev")]
    name: String,
    /// The profile that it extends
    #[arg(long, value_name = "PROFILE", default_value = "common")]
    extends: String,
    /// The image to start from, instead of that of the extended profile
    #[arg(long, value_name = "IMAGE")]
    base: Option<ImageRef>,
    /// Add no packages: print the command that does
    #[arg(long)]
    no_packages: bool,
    #[command(flatten)]
    resolve: ResolveArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    // Not the project around it: one begins here.
    let folder = globals.folder();
    let project = Project::open(folder)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !args.name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !args.name.chars().all(is_name)
    {
        let message = format!("found the name `{}`, expected letters, digits and `._-`", args.name);
        return Err(UsageError { message, hint: None }.into());
    }
    let profile = project.root().join(format!("profiles/{}.yaml", args.name));
    if profile.exists() {
        return Err(UsageError {
            message: format!("`profiles/{}.yaml` is there already", args.name),
            hint: Some(
                "name another one: `mad init NAME`; or add packages: `mad add pip:NAME`".to_owned(),
            ),
        }
        .into());
    }
    let found = look(project.root());
    let text = profile_text(&project, args, &found)?;
    write_file(&profile, &text)?;
    let settings = settings(&project, &args.name);
    if let Some((path, text)) = &settings {
        write_file(path, text)?;
    }
    // What was written is read as everything is: an unknown parent, say, is told here.
    let project = Project::open(folder)?;
    if let Err(error) = Profile::load(&project, &args.name, &[], None) {
        for path in [Some(&profile), settings.as_ref().map(|(path, _)| path)].into_iter().flatten()
        {
            let _ = std::fs::remove_file(path);
        }
        return Err(error.into());
    }
    globals.note(&format!(
        "wrote profiles/{}.yaml{}",
        args.name,
        match settings {
            Some(_) => " and mad.yaml",
            None => "",
        }
    ));
    if !found.manifests.is_empty() {
        globals.note(&format!("read {}", found.manifests.join(", ")));
    }
    found.notes.iter().for_each(|note| globals.note(&format!("note: {note}")));
    add(globals, args, project, &found.packages)
}

fn add(globals: &Globals, args: &Args, project: Project, found: &[Requirement]) -> Result<()> {
    let packages = Packages { globals, project, profile: args.name.clone(), args: &args.resolve };
    if found.is_empty() {
        locked::write(&packages.project, &packages.load()?, &BTreeMap::new(), &Answer::default())?;
        globals
            .note(&format!("build it: `mad build`; add to it: `{}`", add_command(&args.name, &[])));
        return Ok(());
    }
    let command = add_command(&args.name, found);
    if args.no_packages {
        return super::print(&format!("{command}\n"));
    }
    match packages.update(&packages.load()?, found.to_vec(), UpdateScope::Needed(&[])) {
        Ok(changes) => {
            packages.print(&changes)?;
            globals.note("build it: `mad build`");
            Ok(())
        }
        Err(error) => {
            globals.note(&format!(
                "the profile is there, without the packages of the manifests; to add them: {command}"
            ));
            Err(error)
        }
    }
}

/// The command that adds packages, as a shell reads it.
fn add_command(profile: &str, packages: &[Requirement]) -> String {
    let word = |wanted: &Requirement| {
        let text = wanted.to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || ":@/._=+-".contains(c);
        if text.chars().all(plain) { text } else { format!("'{text}'") }
    };
    let words: Vec<String> = match packages {
        [] => vec!["pip:httpx".to_owned()],
        some => some.iter().map(word).collect(),
    };
    format!("mad add -p {profile} {}", words.join(" "))
}

fn profile_text(project: &Project, args: &Args, found: &Detected) -> Result<String> {
    let head = "# The image for agents that work here. `mad schema` prints what may stand in it; `mad add` and\n# `mad remove` change its packages; `mad build` builds it.\n";
    let mut edit = Edit::new(format!("profiles/{}.yaml", args.name), head);
    let folder = name_of(project.root());
    let description = format!("Agents for {folder}");
    let mut values =
        vec![(vec!["extends"], args.extends.as_str()), (vec!["description"], &description)];
    let base = args.base.as_ref().map(ToString::to_string);
    values.extend(base.as_deref().map(|base| (vec!["base"], base)));
    values.extend(found.user.as_deref().map(|user| (vec!["user", "name"], user)));
    values.extend(found.env.iter().map(|(name, value)| (vec!["env", name], value.as_str())));
    for (keys, value) in values {
        edit.put_value(&keys, value)?;
    }
    // `put_value` begins a section of its own for every key of the top.
    Ok(edit.text().replace("\n\ndescription:", "\ndescription:").replace("\n\nbase:", "\nbase:"))
}

/// mad.yaml, where there is none: images of two projects have two names.
fn settings(project: &Project, profile: &str) -> Option<(PathBuf, String)> {
    let path = project.root().join("mad.yaml");
    if path.exists() {
        return None;
    }
    let folder: String = name_of(project.root())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let tag = format!("{}/{{profile}}:latest", folder.trim_matches('-'));
    let is_good = tag.replace("{profile}", "x").parse::<ImageRef>().is_ok();
    let tag = if is_good { format!("tag: {tag}\n") } else { String::new() };
    let text = format!(
        "# Settings of this project. mad.local.yaml has the same keys for one machine; keep that out of git.\ndefault: {profile}\n{tag}"
    );
    Some((path, text))
}

fn name_of(root: &Path) -> String {
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned());
    crate::timing::clean_line(&name.unwrap_or_else(|| "this project".to_owned()))
}
