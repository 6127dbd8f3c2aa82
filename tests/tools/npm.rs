//! The real registry, as npm on this machine is set up to reach it.

use std::path::Path;

use npm::{
    Cache, Cancel, Fetch, FileSelection, Freshness, Limits, NpmrcPlaces, NpmrcTexts, PackageName,
    Registry, Release, Settings, Version,
};

const TARGET: &str = "src/mcp/mcp-server.js";

fn settings() -> Settings {
    let environment = |name: &str| std::env::var(name).ok();
    let node = which::which("node").ok().and_then(|node| node.canonicalize().ok());
    let places = NpmrcPlaces::find(Path::new("."), node.as_deref(), &environment);
    let read = |path: Option<&Path>| path.and_then(|path| std::fs::read_to_string(path).ok());
    let project = read(Some(&places.project));
    let (user, global) = (read(places.user.as_deref()), read(places.global.as_deref()));
    let asked = std::process::Command::new("npm").args(["config", "get", "registry"]).output();
    let asked = asked.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let builtin = asked.map(|url| format!("registry={}", url.trim()));
    let texts = NpmrcTexts {
        project: project.as_deref(),
        user: user.as_deref(),
        global: global.as_deref(),
        builtin: builtin.as_deref(),
    };
    Settings::read(&texts, &environment).unwrap()
}

#[test]
fn files_of_two_versions_of_claude_flow() {
    let registry = Registry::new(settings());
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::new(folder.path());
    let name = PackageName::parse("claude-flow").unwrap();
    let cancel = Cancel::new();
    let packument = registry.packument(&name, &cache, Freshness::Now, &cancel).unwrap();
    assert!(packument.tagged("latest").is_some());
    let releases: Vec<&Release> = ["1.1.1", "2.7.0"]
        .map(|version| packument.get(&Version::parse(version).unwrap()).unwrap())
        .to_vec();
    let wanted = FileSelection::new([TARGET]).unwrap();
    let files = |offline| {
        let fetch = Fetch {
            registry: &registry,
            cache: &cache,
            offline,
            threads: 2,
            limits: Limits::default(),
            cancel: cancel.clone(),
        };
        let fetched = fetch.files(&releases, &wanted, &|_| {});
        fetched.into_iter().map(|fetched| fetched.result.unwrap()).collect::<Vec<_>>()
    };
    let fetched = files(false);
    assert_eq!(fetched[0].manifest.version.as_deref(), Some("1.1.1"));
    assert_eq!(fetched[0].files[TARGET], None, "1.x has no such file");
    let target = fetched[1].files[TARGET].as_ref().unwrap();
    assert!(String::from_utf8_lossy(&target.bytes).contains("agent_list"));
    assert_eq!(fetched[1].manifest.version.as_deref(), Some("2.7.0"));
    // All of it again, from the cache.
    assert_eq!(files(true), fetched);
    let again = registry.packument(&name, &cache, Freshness::Offline, &cancel).unwrap();
    assert_eq!(again, packument);
}
