//! Options that say which profile, shared by the commands that render one.

use crate::cli::error::Result;
use clap::Args;

use crate::profile::{Loaded, Profile, Set};
use crate::project::Project;

/// Which profile, and what of it to change.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The profile: `cpu` for profiles/cpu.yaml, or a path
    #[arg(short, long, value_name = "NAME")]
    pub profile: String,
    /// Change one value of the profile, for example `user.uid=1001`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The image to start from, instead of the profile's
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
}

impl ProfileArgs {
    /// The profile, as it was asked for.
    pub fn name(&self) -> &str {
        &self.profile
    }

    /// Reads, merges and checks the profile.
    pub fn load(&self, project: &Project) -> Result<Loaded> {
        let sets: Vec<Set> = self.set.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
        Ok(Profile::load(project, &self.profile, &sets, self.base.as_deref())?)
    }
}
