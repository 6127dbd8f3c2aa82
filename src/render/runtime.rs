//! `mad-runtime` and its configuration in the context, where a profile needs the program in the image.

use runtime_config::RuntimeConfig;
use runtime_config::services::{RUN_DIRECTORY, supervisord_conf};

use super::{Context, ContextEntry, Plan, RenderError};
use crate::profile::Profile;

/// The folder of the programs in the context, each by the engine's name of its architecture.
const FOLDER: &str = "files/mad-runtime/";

const CONFIG: &str = "files/runtime.json";

const SUPERVISORD: &str = "files/supervisord.conf";

/// Where the image has the program.
const PROGRAM: &str = "/usr/local/bin/mad-runtime";

/// Whether the image needs the program: to run what it has, or to look at the mounts that it must have.
pub(super) fn is_needed(profile: &Profile) -> bool {
    let must_look = profile.mounts.iter().any(|mount| mount.required);
    let runs = profile.mcp.is_some() || !profile.services.is_empty();
    profile.gpu.is_some() || runs || must_look
}

/// Puts both into the context. Every architecture goes in: a rendered folder may be built elsewhere.
pub(super) fn gather(
    profile: &Profile,
    programs: &[(&str, &[u8])],
    context: &mut Context,
) -> Result<(), RenderError> {
    if !is_needed(profile) {
        return Ok(());
    }
    if programs.is_empty() {
        return Err(RenderError::NoRuntime { architecture: None });
    }
    for (architecture, program) in programs {
        let entry = ContextEntry::File { bytes: program.to_vec(), executable: true };
        context.insert(format!("{FOLDER}{architecture}"), entry);
    }
    let config = RuntimeConfig {
        mcp: profile.mcp.clone(),
        services: profile.services.clone(),
        mounts: profile.mounts.clone(),
        logs: profile.logs.clone(),
    };
    context.insert_text(CONFIG, config.to_json());
    if !profile.services.is_empty() {
        let text =
            supervisord_conf(&profile.services, profile.logs.is_some(), RUN_DIRECTORY, &[PROGRAM]);
        context.insert_text(SUPERVISORD, text);
    }
    Ok(())
}

impl Plan {
    /// An error where the image needs `mad-runtime` and there is none for `platform`, `linux/amd64`.
    pub fn check_platform(&self, platform: &str) -> Result<(), RenderError> {
        let architecture = platform.rsplit('/').next().unwrap_or(platform);
        let mut programs =
            self.context.entries().keys().filter_map(|path| path.strip_prefix(FOLDER));
        let (needed, found) =
            (programs.clone().next().is_some(), programs.any(|p| p == architecture));
        if needed && !found {
            return Err(RenderError::NoRuntime { architecture: Some(architecture.to_owned()) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::project::{Project, RUNTIME_PROGRAMS};
    use crate::timing::record::written_from;
    use engine::FrontendLevel;

    fn profile() -> Profile {
        let mcp = json!({"servers": {"a": {"command": ["x"]}}});
        Profile { mcp: serde_json::from_value(mcp).unwrap(), ..Profile::default() }
    }

    #[test]
    fn a_profile_without_gateway_needs_no_program() {
        let mut context = Context::default();
        gather(&Profile::default(), &[], &mut context).unwrap();
        assert!(context.entries().is_empty());
    }

    #[test]
    fn a_mad_without_the_program_says_how_to_get_one() {
        let error = gather(&profile(), &[], &mut Context::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this mad was built without mad-runtime, which `gpu`, `mcp` and `services` need in the image"
        );
        assert!(error.hint().unwrap().contains("rustup target add"));
    }

    #[test]
    fn the_configuration_is_read_back_as_the_profile_has_it() {
        let mut context = Context::default();
        gather(&profile(), &[("amd64", b"\x7fELF")], &mut context).unwrap();
        let ContextEntry::File { bytes, executable: false } = &context.entries()[CONFIG] else {
            panic!("a text");
        };
        let config = RuntimeConfig::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
        assert_eq!(config.mcp, profile().mcp);
        assert!(matches!(
            &context.entries()["files/mad-runtime/amd64"],
            ContextEntry::File { executable: true, .. }
        ));
    }

    #[test]
    fn an_engine_of_another_architecture_is_refused_before_it_builds() {
        let project = Project::open(Path::new(".")).unwrap();
        let plan = |set: &[&str]| {
            let sets: Vec<_> = set.iter().map(|set| set.parse().unwrap()).collect();
            let loaded = Profile::load(&project, "cpu", &sets, None).unwrap();
            super::super::render(&project, &loaded, FrontendLevel::V1_2).unwrap()
        };
        let with = plan(&[]);
        for (architecture, _) in RUNTIME_PROGRAMS {
            with.check_platform(&format!("linux/{architecture}")).unwrap();
        }
        let error = with.check_platform("linux/s390x").unwrap_err().to_string();
        assert_eq!(
            error,
            "this mad was built without mad-runtime for s390x, which `gpu`, `mcp` and `services` need in the image"
        );
        plan(&["mcp=null"]).check_platform("linux/s390x").unwrap();
    }

    #[test]
    fn what_is_written_from_the_profile_is_known_by_its_values() {
        let project = Project::open(Path::new(".")).unwrap();
        let files = |set: &[&str]| {
            let sets: Vec<_> = set.iter().map(|set| set.parse().unwrap()).collect();
            let loaded = Profile::load(&project, "cpu", &sets, None).unwrap();
            let plan = super::super::render(&project, &loaded, FrontendLevel::V1_2).unwrap();
            plan.context.files().unwrap()
        };
        let services = ["services.a.command=[x]", "services.gate.builtin=mcp"];
        for (key, set, expected) in [
            ("mcp", "mcp.limits.clients=7", &[CONFIG][..]),
            ("services", "services.a.group=g", &[CONFIG, SUPERVISORD]),
            ("node.npm", "node.npm=11.0.0", &["locks/package.json"]),
        ] {
            let before = files(&services);
            let after = files(&[&services[..], &[set]].concat());
            let changed = after.iter().filter(|file| !before.contains(file));
            let changed: Vec<&str> = changed.map(|file| file.path.as_str()).collect();
            let own: Vec<&str> = changed.into_iter().filter(|path| *path != "Dockerfile").collect();
            assert_eq!(own, expected, "{set}");
            assert!(own.iter().all(|path| written_from(path).contains(&key)), "{set}");
        }
    }
}
