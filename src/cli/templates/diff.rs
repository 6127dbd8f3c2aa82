//! `mad templates diff`.

use super::named;
use crate::cli::error::Result;
use crate::cli::globals::Globals;
use crate::cli::print;
use crate::project::{Origin, Project};

/// Print how the project's templates differ from those inside mad
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which: `stages/final.j2`, `final`, or a folder [default: all of them]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub fn run(globals: &Globals, args: &Args) -> Result<()> {
    let project = globals.project()?;
    let mut text = String::new();
    for path in named(&args.names)? {
        let asset = project.asset(&path)?;
        let built_in = Project::built_in(&path).expect("`named` gives what is inside");
        if asset.origin == Origin::Project && *asset.bytes != *built_in {
            let (old, new) =
                (String::from_utf8_lossy(built_in), String::from_utf8_lossy(&asset.bytes));
            let patch = diffy::DiffOptions::new()
                .set_original_filename(format!("mad/{path}"))
                .set_modified_filename(path.clone())
                .create_patch(&old, &new);
            text.push_str(&patch.to_string());
        }
    }
    print(&text)
}
