//! What a build is asked beside its Dockerfile, in the words of `docker buildx build`.
//!
//! The Dockerfile frontend takes these as attributes, and ignores in silence what it does not know:
//! which engine knows what is in [`SolveOptions::unsupported`]. The names and forms of the attributes
//! are those of BuildKit's `frontend/dockerui/config.go`.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;

use super::FrontendLevel;

/// The network of `RUN` steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// The engine's own.
    #[default]
    Default,
    /// That of the engine's machine.
    Host,
    /// None.
    None,
}

/// A limit of the processes in `RUN` steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    /// As `setrlimit(2)` has it, in lower case and without `RLIMIT_`: `nofile`.
    pub name: String,
    /// What a process begins with; -1 for no limit.
    pub soft: i64,
    /// As far as it may go; -1 for no limit.
    pub hard: i64,
}

/// A place that cache is imported from or exported to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePlace {
    /// `registry`, `inline`, `gha`, `s3` and so on.
    pub kind: String,
    /// All but the type, for example `ref`.
    pub attributes: BTreeMap<String, String>,
}

/// What a build is asked beside its Dockerfile, its arguments and its secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SolveOptions {
    /// Labels of the image, over those of the Dockerfile.
    pub labels: BTreeMap<String, String>,
    /// Lines of `/etc/hosts` in `RUN` steps, in order.
    pub hosts: Vec<(String, IpAddr)>,
    /// The network of `RUN` steps.
    pub network: Network,
    /// Bytes of `/dev/shm` in `RUN` steps.
    pub shm_bytes: Option<u64>,
    /// Limits of processes in `RUN` steps.
    pub ulimits: Vec<Ulimit>,
    /// The control group that contains those of `RUN` steps.
    pub cgroup_parent: Option<String>,
    /// What the image is for, for example `linux/arm64`; the engine's own without.
    pub platform: Option<String>,
    /// Ask the registries for base images that the engine has.
    pub pull: bool,
    /// Where cache comes from.
    pub cache_from: Vec<CachePlace>,
    /// Where cache goes.
    pub cache_to: Vec<CachePlace>,
    /// Sockets of ssh agents by id.
    pub ssh: BTreeMap<String, PathBuf>,
}

impl SolveOptions {
    /// The options, as they are typed, that an engine of that level would ignore without a word.
    ///
    /// Tried: 20.10 (BuildKit 0.8) gives its steps neither another `/dev/shm` nor other limits.
    pub fn unsupported(&self, level: FrontendLevel) -> Vec<&'static str> {
        let given = [
            ("--shm-size", self.shm_bytes.is_some()),
            ("--ulimit", !self.ulimits.is_empty()),
            ("--cgroup-parent", self.cgroup_parent.is_some()),
        ];
        let is_ignored = level < FrontendLevel::V1_4;
        given.iter().filter(|(_, given)| *given && is_ignored).map(|(name, _)| *name).collect()
    }

    /// What of this a `RUN` step sees, each as it is typed: part of what the step's result depends on.
    pub fn seen_by_steps(&self) -> Vec<String> {
        let mut seen = Vec::new();
        match self.network {
            Network::Default => {}
            Network::Host => seen.push("--network=host".to_owned()),
            Network::None => seen.push("--network=none".to_owned()),
        }
        seen.extend(self.hosts.iter().map(|(name, ip)| format!("--add-host={name}:{ip}")));
        seen.extend(self.shm_bytes.map(|bytes| format!("--shm-size={bytes}")));
        seen.extend(self.ulimits.iter().map(|limit| format!("--ulimit={}", limit.typed())));
        seen.extend(self.cgroup_parent.as_ref().map(|parent| format!("--cgroup-parent={parent}")));
        seen
    }

    /// The frontend's attributes.
    pub(super) fn attributes(&self) -> HashMap<String, String> {
        let mut attributes: HashMap<String, String> = self
            .labels
            .iter()
            .map(|(key, value)| (format!("label:{key}"), value.clone()))
            .collect();
        let mut set = |name: &str, value: Option<String>| {
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        };
        let listed = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
        set(
            "add-hosts",
            listed(self.hosts.iter().map(|(name, ip)| format!("{name}={ip}")).collect()),
        );
        set(
            "force-network-mode",
            match self.network {
                Network::Default => None,
                Network::Host => Some("host".to_owned()),
                Network::None => Some("none".to_owned()),
            },
        );
        set("shm-size", self.shm_bytes.map(|bytes| bytes.to_string()));
        set("ulimit", listed(self.ulimits.iter().map(Ulimit::typed).collect()));
        set("cgroup-parent", self.cgroup_parent.clone());
        set("platform", self.platform.clone());
        set("image-resolve-mode", self.pull.then(|| "pull".to_owned()));
        attributes
    }

    /// What the engine has to allow.
    pub(super) fn entitlements(&self) -> Vec<String> {
        match self.network {
            Network::Host => vec!["network.host".to_owned()],
            Network::Default | Network::None => Vec::new(),
        }
    }
}

impl Ulimit {
    fn typed(&self) -> String {
        format!("{}={}:{}", self.name, self.soft, self.hard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> SolveOptions {
        SolveOptions {
            labels: BTreeMap::from([("a".into(), "b=c".into())]),
            hosts: vec![
                ("one".into(), "10.0.0.1".parse().unwrap()),
                ("two".into(), "::1".parse().unwrap()),
            ],
            network: Network::Host,
            shm_bytes: Some(1 << 20),
            ulimits: vec![Ulimit { name: "nofile".into(), soft: 10, hard: -1 }],
            cgroup_parent: Some("builds".into()),
            platform: Some("linux/arm64".into()),
            pull: true,
            ..SolveOptions::default()
        }
    }

    #[test]
    fn the_frontend_gets_its_own_words() {
        let attributes: BTreeMap<String, String> = all().attributes().into_iter().collect();
        let expected = [
            ("add-hosts", "one=10.0.0.1,two=::1"),
            ("cgroup-parent", "builds"),
            ("force-network-mode", "host"),
            ("image-resolve-mode", "pull"),
            ("label:a", "b=c"),
            ("platform", "linux/arm64"),
            ("shm-size", "1048576"),
            ("ulimit", "nofile=10:-1"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(attributes, BTreeMap::from(expected));
        assert_eq!(all().entitlements(), ["network.host"]);
        let nothing = SolveOptions::default();
        assert!(nothing.attributes().is_empty() && nothing.entitlements().is_empty());
    }

    #[test]
    fn what_steps_see_is_part_of_what_they_depend_on() {
        let seen = [
            "--network=host",
            "--add-host=one:10.0.0.1",
            "--add-host=two:::1",
            "--shm-size=1048576",
            "--ulimit=nofile=10:-1",
            "--cgroup-parent=builds",
        ];
        assert_eq!(all().seen_by_steps(), seen);
        let labels = SolveOptions { labels: all().labels, pull: true, ..SolveOptions::default() };
        assert!(labels.seen_by_steps().is_empty());
    }

    #[test]
    fn what_an_old_engine_ignores_is_known() {
        let ignored = ["--shm-size", "--ulimit", "--cgroup-parent"];
        assert_eq!(all().unsupported(FrontendLevel::V1_2), ignored);
        assert!(all().unsupported(FrontendLevel::V1_4).is_empty());
    }
}
