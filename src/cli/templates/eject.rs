//! `mad templates eject`.

use super::named;
use crate::cli::error::Result;
use crate::cli::globals::Globals;
use crate::cli::{print, write_file};
use crate::project::{Origin, Project};

/// Copy templates from inside mad into the project, to change them there
///
/// A file of the project takes the place of the one inside mad, also of a newer mad: copy only what
/// you change. For one more step there is `run` in the profile. Nothing that is there is overwritten.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which: `stages/final.j2`, `final`, or a folder [default: all of them]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let mut written = String::new();
    for path in named(&args.names)? {
        // Also what is wrong with the place, a link out of the project say, is told here.
        if project.asset(&path)?.origin == Origin::Project {
            globals.note(&format!("`{path}` is there already"));
            continue;
        }
        let bytes = Project::built_in(&path).expect("`named` gives what is inside");
        write_file(&project.root().join(&path), bytes)?;
        written.push_str(&path);
        written.push('\n');
    }
    print(&written)
}
