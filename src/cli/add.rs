//! `mad add`.

use crate::cli::error::Result;

use super::globals::Globals;
use super::packages::{Packages, ResolveArgs};
use crate::lock::{Requirement, UpdateScope};

/// Add packages to a profile, and lock them
///
/// Their versions are resolved in the image's own toolchain, in the engine; this machine needs no npm,
/// no Python. The profile keeps its comments. `pip:` is PyPI, `npm:` npm, `apt:` the distribution;
/// `apt-build:` is for what only the build needs.
///
/// For example `mad add pip:httpx npm:left-pad@^1 apt:ffmpeg`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The packages, with versions or without: `pip:httpx>=0.27`, `npm:left-pad@^1`, `apt:ffmpeg`
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
    let changes =
        packages.update(&packages.load()?, args.packages.clone(), UpdateScope::Needed(&[]))?;
    packages.print(&changes)?;
    let profile = &packages.profile;
    globals.note(&format!("added to the profile `{profile}`; build it: `mad build -p {profile}`"));
    Ok(())
}
