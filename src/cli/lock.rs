//! `mad lock`.

use crate::cli::error::Result;

use super::globals::Globals;
use super::locked;
use super::packages::{Packages, ResolveArgs};
use crate::lock::{UpdateScope, newest, own_file};

/// Lock the packages of a profile at exact versions
///
/// Where the profile asks for something else than its lock files pin, they are written anew, by the
/// npm and the uv of the image's own toolchain, in the engine; what fits stays. Then mad.lock notes
/// what the image is made of, and `mad build --locked` holds to it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: as for `mad build`]
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Change nothing; exit with 6 where mad.lock does not hold, and name what differs
    #[arg(long, conflicts_with = "upgrade")]
    check: bool,
    /// Move the packages of the profile's own file to their newest versions: these, or without a name
    /// all, with all that they need
    #[arg(long, value_name = "PACKAGE", num_args = 0..)]
    upgrade: Option<Vec<String>>,
    #[command(flatten)]
    resolve: ResolveArgs,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let packages = Packages::open(globals, args.profile.as_deref(), &args.resolve)?;
    let (project, profile) = (&packages.project, &packages.profile);
    let loaded = packages.load()?;
    if args.check {
        locked::check_here(project, &loaded)?;
        globals.note(&format!("mad.lock holds for the profile `{profile}`"));
        return Ok(());
    }
    let (wanted, extent) = match &args.upgrade {
        None => (Vec::new(), UpdateScope::Needed(&[])),
        Some(names) => {
            let wanted = newest(&own_file(project, &loaded)?, profile, names)?;
            (
                wanted,
                if names.is_empty() { UpdateScope::Everything } else { UpdateScope::Needed(&[]) },
            )
        }
    };
    let changes = packages.update(&loaded, wanted, extent)?;
    let loaded = packages.load()?;
    if changes.is_empty() && locked::can_tell_installed(project, &loaded)? {
        packages.note_installed(&loaded)?;
    }
    packages.print(&changes)?;
    globals.note(&match changes.is_empty() {
        true => format!("the locks of `{profile}` fit; wrote mad.lock"),
        false => format!("locked `{profile}`; commit mad.lock and profiles/locks"),
    });
    Ok(())
}
