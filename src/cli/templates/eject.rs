//! `mad templates eject`.

use std::path::Path;

use super::named;
use crate::cli::error::Result;
use crate::cli::exit::UsageError;
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
        refuse_links(project.root(), &path)?;
        let bytes = Project::built_in(&path).expect("`named` gives what is inside");
        write_file(&project.root().join(&path), bytes)?;
        written.push_str(&path);
        written.push('\n');
    }
    print(&written)
}

/// A folder that is a link to elsewhere: what is written there would not be the project's, nor be read again.
fn refuse_links(root: &Path, path: &str) -> Result<()> {
    let at = root.join(path);
    let Some(folder) = at.ancestors().skip(1).find(|folder| folder.exists()) else { return Ok(()) };
    if folder.canonicalize()?.starts_with(root) {
        return Ok(());
    }
    let folder = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
    let message = format!("`{folder}` is a link that leaves the project");
    Err(UsageError { message, hint: Some("put a folder in its place".to_owned()) }.into())
}
