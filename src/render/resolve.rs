//! What the engine runs to resolve a profile's packages: the profile's own toolchain, and a step for
//! each registry.
//!
//! The stages below are those of the build, so what they make is in the engine's cache for it. The
//! result is an image of the files in [`Resolved`](crate::lock) alone.

use std::collections::BTreeMap;

use serde::Serialize;

use super::inputs::Inputs;
use super::plan::{PlanInputs, assemble};
use super::{Plan, RenderError, locks};
use crate::profile::{Loaded, Node};
use crate::project::Project;
use engine::FrontendLevel;

/// The template that is rendered.
const TEMPLATE: &str = "resolve.j2";

/// The build argument that is another each time, so that no answer is an old one of the cache.
pub const RUN_ARGUMENT: &str = "MAD_LOCK_RUN";

/// What to resolve, and where the answer is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolve {
    /// Packages from npm.
    pub node: Option<ResolveNode>,
    /// Packages from PyPI.
    pub python: Option<ResolvePython>,
    /// Distribution packages whose newest version is wanted.
    pub apt: Vec<String>,
    /// Whether to tell which distribution packages are installed.
    pub installed: bool,
}

/// Packages from npm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveNode {
    /// What the profile has, at exact versions.
    pub node: Node,
    /// The lock to begin with: what fits in it stays.
    pub lock: Option<String>,
    /// `NAME@RANGE` of what is new.
    pub add: Vec<String>,
}

/// Packages from PyPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvePython {
    /// Requirements, exact ones and new ones.
    pub requirements: Vec<String>,
    /// The lock to begin with: what fits in it stays.
    pub lock: Option<String>,
    /// The command that the lock's head names.
    pub command: String,
}

impl Resolve {
    /// Where the image has the new `package.json`, with exact versions.
    pub const PACKAGE_JSON: &'static str = "/node/package.json";
    /// Where it has `package-lock.json`.
    pub const PACKAGE_LOCK: &'static str = "/node/package-lock.json";
    /// Where it has the requirements with hashes.
    pub const REQUIREMENTS: &'static str = "/python/requirements.txt";
    /// Where it has what `apt-cache policy` says.
    pub const POLICY: &'static str = "/apt/policy.txt";

    /// Where it has what is installed in the image, and in what it is compiled with.
    pub const INSTALLED: [&'static str; 2] = ["/apt/runtime.txt", "/apt/build.txt"];

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.node.is_none() && self.python.is_none() && self.apt.is_empty() && !self.installed
    }
}

/// What the template sees beside the facts of every rendering.
#[derive(Serialize)]
struct ResolveFacts {
    #[serde(flatten)]
    facts: super::facts::Facts,
    resolve: ResolveRequest,
}

#[derive(Serialize)]
struct ResolveRequest {
    node: Option<NodeRequest>,
    python: Option<PythonRequest>,
    apt: Vec<String>,
    installed: bool,
}

#[derive(Serialize)]
struct NodeRequest {
    add: Vec<String>,
}

#[derive(Serialize)]
struct PythonRequest {
    command: String,
}

/// Renders the steps that resolve.
pub fn render_resolve(
    project: &Project,
    loaded: &Loaded,
    level: FrontendLevel,
    resolve: &Resolve,
) -> Result<Plan, RenderError> {
    let Inputs { facts, mut context, notes, plan_stands_as } =
        Inputs::of_toolchain(project, loaded, level)?;
    if let Some(ResolveNode { node, lock, .. }) = &resolve.node {
        context.insert_text("resolve/node/package.json", locks::package_json(node));
        if let Some(lock) = lock {
            context.insert_text("resolve/node/package-lock.json", lock.as_str());
        }
    }
    if let Some(ResolvePython { requirements, lock, .. }) = &resolve.python {
        let lines: String = requirements.iter().map(|line| format!("{line}\n")).collect();
        context.insert_text("resolve/python/requirements.in", lines);
        if let Some(lock) = lock {
            context.insert_text("resolve/python/requirements.txt", lock.as_str());
        }
    }
    let base = facts.base.clone();
    let wanted = ResolveRequest {
        node: resolve.node.as_ref().map(|node| NodeRequest { add: node.add.clone() }),
        python: resolve
            .python
            .as_ref()
            .map(|python| PythonRequest { command: python.command.clone() }),
        apt: resolve.apt.clone(),
        installed: resolve.installed,
    };
    let facts = ResolveFacts { facts, resolve: wanted };
    let patched = BTreeMap::new();
    let draft =
        PlanInputs { template: TEMPLATE, facts, base, patched, context, notes, plan_stands_as };
    assemble(project, loaded, level, draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::project::testing::project;

    fn plan(level: FrontendLevel, resolve: &Resolve) -> Plan {
        let (_folder, project) = project(&[]);
        let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
        render_resolve(&project, &loaded, level, resolve).unwrap()
    }

    fn all() -> Resolve {
        Resolve {
            node: Some(ResolveNode {
                node: Node::default(),
                lock: Some("{}".to_owned()),
                add: vec!["left-pad@^1 || 2".to_owned()],
            }),
            python: Some(ResolvePython {
                requirements: vec!["httpx>=0.27".to_owned(), "rich==15.0.0".to_owned()],
                lock: None,
                command: "mad lock -p cpu".to_owned(),
            }),
            apt: vec!["ffmpeg".to_owned()],
            installed: false,
        }
    }

    #[test]
    fn each_registry_is_asked_in_a_stage_of_its_own() {
        for level in [FrontendLevel::V1_2, FrontendLevel::V1_4] {
            let plan = plan(level, &all());
            let stages: Vec<String> = plan.stage_names().collect();
            assert_eq!(
                stages,
                ["base", "toolchain", "resolve-node", "resolve-python", "resolve-apt", "resolved"]
            );
            assert!(plan.dockerfile.contains("'left-pad@^1 || 2'"), "{}", plan.dockerfile);
            assert!(plan.dockerfile.contains("--custom-compile-command 'mad lock -p cpu'"));
            assert_eq!(plan.dockerfile.matches("ARG MAD_LOCK_RUN").count(), 3);
            let context: Vec<&String> = plan.context.entries().keys().collect();
            let asked: Vec<&&String> =
                context.iter().filter(|path| path.starts_with("resolve/")).collect();
            assert_eq!(
                asked,
                [
                    &"resolve/node/package-lock.json",
                    &"resolve/node/package.json",
                    &"resolve/python/requirements.in"
                ]
            );
        }
    }

    /// So that a build finds in the cache what a resolution has made.
    #[test]
    fn the_stages_below_are_those_of_the_build() {
        let (_folder, project) = project(&[]);
        let loaded = Profile::load(&project, "cpu", &[], None).unwrap();
        for level in [FrontendLevel::V1_2, FrontendLevel::V1_4] {
            let built = super::super::render(&project, &loaded, level).unwrap();
            let ids = |plan: &Plan| {
                let steps = plan.steps_for(Some("toolchain")).into_iter();
                steps.map(|step| step.id.clone()).collect::<Vec<_>>()
            };
            assert_eq!(ids(&plan(level, &all())), ids(&built));
        }
    }

    #[test]
    fn what_is_not_asked_is_no_stage() {
        let resolve = Resolve { apt: vec!["ffmpeg".to_owned()], ..Resolve::default() };
        let stages: Vec<String> = plan(FrontendLevel::V1_2, &resolve).stage_names().collect();
        assert_eq!(stages, ["base", "resolve-apt", "resolved"]);
        let resolve = Resolve { installed: true, ..Resolve::default() };
        let plan = plan(FrontendLevel::V1_2, &resolve);
        let stages: Vec<String> = plan.stage_names().collect();
        assert_eq!(
            stages,
            ["base", "toolchain", "installed-runtime", "installed-build", "resolved"]
        );
        assert!(plan.dockerfile.contains("RUN dpkg-query -W -f '${Package}=${Version}\\n'"));
    }
}
