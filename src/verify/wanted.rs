//! What an image is held against.

use std::time::Duration;

use crate::patch::SeriesFiles;
use crate::profile::{GateAction, GateName, Gates, OTHER_USER, Profile};

/// What an image is held against.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The profile's name.
    pub name: Option<String>,
    /// The profile; without one only what any image can be asked is asked.
    pub profile: Option<Profile>,
    /// The gates, with their limits.
    pub gates: Gates,
    /// Whether a gate that nobody names is tried; else it has the default of [`Gates::action`].
    pub tries_all: bool,
    /// Whether a container is started for the values of an alert, though no gate asks for it.
    pub measures: bool,
    /// How many containers are started as the image's user, instead of what the gate says.
    pub runs: Option<u32>,
    /// The users beside the image's own, instead of the gate's.
    pub users: Option<Vec<String>>,
    /// The image that it starts from, where that is known.
    pub base: Option<String>,
    /// The patch series of the profile.
    pub series: Vec<SeriesFiles>,
    /// Texts that must be nowhere in the image: the secrets of its build.
    pub canaries: Vec<String>,
}

impl Wanted {
    /// What follows when a check does not hold.
    pub fn action(&self, name: GateName) -> GateAction {
        let with_programs = self.starts_programs();
        match self.tries_all {
            false => self.gates.action(name, with_programs),
            // `Off` where nothing is said is not the same as `off`.
            true => {
                let (some, none) = (self.gates.action(name, true), self.gates.action(name, false));
                let is_named = self.is_named(name);
                if is_named { some.max(none) } else { GateAction::Fail }
            }
        }
    }

    fn is_named(&self, name: GateName) -> bool {
        let Gates {
            ready,
            services,
            permissions,
            directories,
            setuid,
            secrets,
            tools,
            patches,
            size,
        } = &self.gates;
        match name {
            GateName::Start | GateName::Ready => ready.is_some(),
            GateName::Services => services.is_some(),
            GateName::Permissions => permissions.is_some(),
            GateName::Directories => directories.is_some(),
            GateName::Setuid => setuid.is_some(),
            GateName::Secrets => secrets.is_some(),
            GateName::Tools => tools.is_some(),
            GateName::Patches => patches.is_some(),
            GateName::Size => size.is_some(),
        }
    }

    /// Whether any of these is tried.
    pub fn tries(&self, names: &[GateName]) -> bool {
        names.iter().any(|name| self.action(*name) != GateAction::Off)
    }

    /// Whether containers are started.
    pub fn starts(&self) -> bool {
        self.measures || self.tries(&[GateName::Ready, GateName::Services, GateName::Permissions])
    }

    /// Whether the image's files are read.
    pub fn reads_files(&self) -> bool {
        self.tries(&[GateName::Directories, GateName::Setuid, GateName::Secrets, GateName::Tools])
    }

    /// Whether anything is tried at all.
    pub fn is_anything(&self) -> bool {
        self.starts() || self.reads_files() || self.tries(&[GateName::Patches, GateName::Size])
    }

    /// Whether a container of the profile's image starts programs by itself.
    pub fn starts_programs(&self) -> bool {
        self.profile
            .as_ref()
            .is_some_and(|profile| !profile.services.is_empty() || profile.mcp.is_some())
    }

    /// How soon a container must be ready.
    pub fn within(&self) -> Duration {
        self.gates.ready.clone().unwrap_or_default().within.0
    }

    /// How long its programs are looked at from then on.
    pub fn watch(&self) -> Duration {
        self.gates.services.clone().unwrap_or_default().watch.0
    }

    /// How many containers are started as the image's own user.
    pub fn own_runs(&self) -> u32 {
        self.runs.unwrap_or_else(|| self.gates.ready.clone().unwrap_or_default().runs).max(1)
    }

    /// As whom else one is started.
    pub fn other_users(&self) -> Vec<String> {
        if let Some(users) = &self.users {
            return users.clone();
        }
        // By default a build starts one container and no more.
        let is_asked = self.tries_all || self.gates.permissions.is_some();
        if !is_asked || self.action(GateName::Permissions) == GateAction::Off {
            return Vec::new();
        }
        let gate = self.gates.permissions.as_ref();
        let user = gate.map_or(OTHER_USER, |gate| &gate.user);
        (!user.is_empty()).then(|| user.to_owned()).into_iter().collect()
    }
}
