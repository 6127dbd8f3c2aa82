//! `mad remove`.

use crate::cli::error::Result;

use super::exit::UsageError;
use super::globals::Globals;
use super::packages::{Packages, ResolveArgs, registries};
use super::write_file;
use crate::lock::{Registry, Requirement, UpdateScope, own_file};
use crate::profile::{Edit, Loaded};

/// Remove packages from a profile, and lock the others
///
/// Only what the profile's own file names can be removed; the profile keeps its comments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The packages: `pip:httpx`, `npm:left-pad`, `apt:ffmpeg`, `apt-build:libx-dev`
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<Requirement>,
    /// The profile [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    #[command(flatten)]
    resolve: ResolveArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let packages = Packages::open(globals, args.profile.as_deref(), &args.resolve)?;
    let (project, profile) = (&packages.project, &packages.profile);
    let loaded = packages.load()?;
    let mut edit = own_file(project, &loaded)?;
    let before = edit.text().to_owned();
    for wanted in &args.packages {
        if !take_out(&mut edit, wanted)? {
            return Err(not_there(&loaded, edit.path(), wanted).into());
        }
    }
    let path = project.root().join(edit.path());
    write_file(&path, edit.text())?;
    let again = || {
        let touched = registries(&args.packages);
        packages.update(&packages.load()?, Vec::new(), UpdateScope::Needed(&touched))
    };
    let changes = match again() {
        Ok(changes) => changes,
        Err(error) => {
            write_file(&path, before)?;
            return Err(error);
        }
    };
    packages.print(&changes)?;
    globals.note(&format!("removed from the profile `{profile}`"));
    Ok(())
}

fn take_out(edit: &mut Edit, wanted: &Requirement) -> Result<bool> {
    let keys = wanted.registry.keys();
    Ok(match wanted.registry {
        Registry::Npm => edit.drop_value(&[keys[0], keys[1], &wanted.name])?,
        _ => edit.drop_item(&keys, wanted.bare_name())?,
    })
}

fn not_there(loaded: &Loaded, path: &str, wanted: &Requirement) -> UsageError {
    let [top, list] = wanted.registry.keys();
    let place = loaded.locate(&format!("{top}.{list}.\"{}\"", wanted.bare_name()));
    let message = match place {
        Some(place) => format!("`{}` is not in {path}: it comes from {place}", wanted.bare_name()),
        None => format!("`{}` is not in {path}", wanted.bare_name()),
    };
    UsageError { message, hint: None }
}
