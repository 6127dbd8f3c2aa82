//! The real cpu image: two minutes on an empty cache, a second afterwards.

use std::sync::OnceLock;

use serde_json::Value;

use super::engine::{docker, docker_command, image_id};
use super::{Engine, Events, Project};

/// Stays on the engine between runs, so that its layers need not be written again every time.
const TAG: &str = "mad-test/cpu:latest";

static BUILT: OnceLock<Events> = OnceLock::new();

/// The cpu image of this source tree.
pub struct Cpu(&'static Events);

impl Engine {
    /// Builds it, once a run.
    pub fn cpu(&self) -> Cpu {
        Cpu(BUILT.get_or_init(|| {
            let before = image_id(TAG);
            let events = self.build_cpu();
            // An older one lost its name just now. Where it has another one it is someone's, and
            // `image rm` by its id would take that name too.
            let is_nameless = |id: &String| {
                docker(&["image", "inspect", "--format", "{{json .RepoTags}}", id]).trim() == "[]"
            };
            if let Some(old) = before.filter(|old| old != events.image_id()).filter(is_nameless) {
                let _ = docker_command(&["image", "rm", &old]).output();
            }
            events
        }))
    }

    /// `mad build -p cpu`, whatever was built before.
    pub fn build_cpu(&self) -> Events {
        let project = Project::empty();
        project.command("build", "cpu").args(["--base", self.base(), "-t", TAG]).events()
    }
}

impl Cpu {
    pub fn tag(&self) -> &'static str {
        TAG
    }

    pub fn image_id(&self) -> &'static str {
        self.0.image_id()
    }

    pub fn plan_hash(&self) -> &'static Value {
        &self.0.of_type("build-started").next().expect("the build began")["plan_hash"]
    }
}
