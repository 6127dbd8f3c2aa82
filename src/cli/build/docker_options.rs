//! The options of `mad build` that are those of `docker buildx build`, checked before the engine is
//! asked; and what is said of those that mad has not.

use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::cache_place::cache_place;
use crate::cli::environment;
use crate::cli::error::Result;
use crate::cli::exit::UsageError;
use crate::render::Plan;
use engine::{FrontendLevel, Network, NoCache, SolveOptions, Ulimit};

/// As `docker buildx build` has them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options as in `docker buildx build`")]
pub(super) struct DockerOptions {
    /// Add a line to /etc/hosts of the build steps; may be repeated
    #[arg(long, value_name = "HOST:IP")]
    add_host: Vec<String>,
    /// Import cache: an image that was built with `--cache-to type=inline`, or what the engine knows;
    /// may be repeated
    #[arg(long, value_name = "IMAGE|type=TYPE,…")]
    cache_from: Vec<String>,
    /// Export cache: `type=inline` into the image, or what the engine knows; may be repeated
    #[arg(long, value_name = "type=TYPE,…")]
    cache_to: Vec<String>,
    /// Control group that contains those of the build steps
    #[arg(long, value_name = "GROUP")]
    cgroup_parent: Option<String>,
    /// Write the image ID to this file
    #[arg(long, value_name = "FILE")]
    pub iidfile: Option<PathBuf>,
    /// Label of the image; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    label: Vec<String>,
    /// Network of the build steps: `default`, `host` or `none`
    #[arg(long, value_name = "MODE", default_value = "default")]
    network: String,
    /// Stages to build without the cache, separated by commas; may be repeated
    #[arg(long, value_name = "STAGE", value_delimiter = ',', conflicts_with = "no_cache")]
    no_cache_filter: Vec<String>,
    /// Also write the result once it passed: `type=local,dest=DIR`, `type=tar,dest=FILE` (`-` for
    /// standard output) or `type=docker,dest=FILE`; may be repeated
    #[arg(short, long, value_name = "DIR|-|type=TYPE,dest=PATH")]
    pub output: Vec<super::outputs::Export>,
    /// Platform of the image, for example `linux/arm64`: one that the engine runs
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Ask the registries for newer base images
    #[arg(long)]
    pull: bool,
    /// Push the image's names to their registries once it passed
    #[arg(long)]
    pub push: bool,
    /// Size of /dev/shm in the build steps, for example `64m`
    #[arg(long, value_name = "SIZE")]
    shm_size: Option<String>,
    /// Let build steps that mount it use an ssh agent: `default` for that of SSH_AUTH_SOCK; may be
    /// repeated
    #[arg(long, value_name = "default|ID[=SOCKET]")]
    ssh: Vec<String>,
    /// Limit of processes in the build steps, for example `nofile=1024:2048`; may be repeated
    #[arg(long, value_name = "NAME=SOFT[:HARD]")]
    ulimit: Vec<String>,
}

impl DockerOptions {
    /// What they mean for the engine.
    pub(super) fn solve(&self) -> Result<SolveOptions> {
        let labels = self.label.iter().map(|value| label(value));
        let ulimits = self.ulimit.iter().map(|value| ulimit(value));
        let hosts = self.add_host.iter().map(|value| host(value));
        let shm_bytes = self.shm_size.as_deref().map(shm_bytes);
        let places = |values: &[String], option| {
            values.iter().map(|value| cache_place(option, value)).collect::<Result<Vec<_>>>()
        };
        if let Some(platform) = self.platform.as_deref()
            && (platform.contains(',') || !platform.contains('/'))
        {
            return Err(
                wrong("--platform", platform, "one platform, for example `linux/arm64`").into()
            );
        }
        Ok(SolveOptions {
            labels: labels.collect::<Result<_, UsageError>>()?,
            hosts: hosts.collect::<Result<_, UsageError>>()?,
            network: network(&self.network)?,
            shm_bytes: shm_bytes.transpose()?,
            ulimits: ulimits.collect::<Result<_, UsageError>>()?,
            cgroup_parent: self.cgroup_parent.clone(),
            platform: self.platform.as_deref().map(normal_platform),
            pull: self.pull,
            cache_from: places(&self.cache_from, "--cache-from")?,
            cache_to: places(&self.cache_to, "--cache-to")?,
            ssh: self
                .ssh
                .iter()
                .map(|value| ssh_agent(value))
                .collect::<Result<_, UsageError>>()?,
        })
    }

    /// Where the cache is ignored.
    pub(super) fn no_cache(&self, everywhere: bool) -> NoCache {
        match (everywhere, self.no_cache_filter.is_empty()) {
            (true, _) => NoCache::Always,
            (false, true) => NoCache::Never,
            (false, false) => NoCache::Stages(self.no_cache_filter.clone()),
        }
    }

    /// What the engine or the plan at hand cannot do.
    pub(super) fn check(
        &self,
        solve: &SolveOptions,
        plan: &Plan,
        place: &str,
        level: FrontendLevel,
        platforms: &[String],
    ) -> Result<()> {
        let refuse =
            |message: String, hint: Option<String>| Err(UsageError { message, hint }.into());
        if let Some(option) = solve.unsupported(level).first() {
            return refuse(format!("{place} ignores `{option}`, which needs 23.0"), None);
        }
        let is_exported = solve.cache_to.iter().find(|place| place.kind != "inline");
        if let Some(export) = is_exported.filter(|_| level < FrontendLevel::V1_4) {
            return refuse(
                format!("{place} exports no cache of `type={}`", export.kind),
                Some("put the cache into the image: `--cache-to type=inline`".to_owned()),
            );
        }
        if let Some(stage) = self.no_cache_filter.iter().find(|stage| !plan.has_stage(stage)) {
            let stages: Vec<String> = plan.stage_names().collect();
            let expected = stages.join("`, `");
            return refuse(format!("no stage `{stage}`, expected one of `{expected}`"), None);
        }
        match &solve.platform {
            Some(platform) if !platforms.contains(platform) => refuse(
                format!("{place} cannot run steps for `{platform}`; it can for `{}`", platforms.join("`, `")),
                Some("register emulation of that processor with the engine's kernel (binfmt_misc: QEMU), or build on a machine that has it".to_owned()),
            ),
            _ => Ok(()),
        }
    }
}

pub(super) fn wrong(option: &str, found: &str, expected: &str) -> UsageError {
    UsageError { message: format!("{option}: found `{found}`, expected {expected}"), hint: None }
}

/// A platform by the names that engines use, as containerd normalises them: `linux/x86_64` is `linux/amd64`.
pub(in crate::cli) fn normal_platform(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let mut parts = text.splitn(3, '/');
    let (os, processor, variant) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
    let os = if os == "macos" { "darwin" } else { os };
    let (processor, variant) = match (processor, variant) {
        ("x86_64" | "x86-64" | "amd64", None | Some("v1")) => ("amd64", None),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("i386", _) => ("386", None),
        ("aarch64" | "arm64", None | Some("8" | "v8")) => ("arm64", None),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) => ("arm", Some("v7")),
        ("armel", _) => ("arm", Some("v6")),
        ("arm", None | Some("7")) => ("arm", Some("v7")),
        ("arm", Some("5")) => ("arm", Some("v5")),
        ("arm", Some("6")) => ("arm", Some("v6")),
        other => other,
    };
    [Some(os), Some(processor), variant].into_iter().flatten().collect::<Vec<_>>().join("/")
}

pub(in crate::cli) fn label(text: &str) -> Result<(String, String), UsageError> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    let given = (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()));
    given.ok_or_else(|| wrong("--label", text, "KEY=VALUE"))
}

pub(in crate::cli) fn network(text: &str) -> Result<Network, UsageError> {
    match text {
        "default" => Ok(Network::Default),
        "host" => Ok(Network::Host),
        "none" => Ok(Network::None),
        other => Err(wrong("--network", other, "`default`, `host` or `none`")),
    }
}

pub(in crate::cli) fn shm_bytes(text: &str) -> Result<u64, UsageError> {
    bytes(text).ok_or_else(|| wrong("--shm-size", text, "a size, for example `64m`"))
}

/// `HOST:IP`, or `HOST=IP` as newer clients have it; an IPv6 address may stand in brackets.
fn host(text: &str) -> Result<(String, std::net::IpAddr), UsageError> {
    let wanted = || wrong("--add-host", text, "HOST:IP");
    let (name, ip) = text.split_once(['=', ':']).ok_or_else(wanted)?;
    if ip == "host-gateway" {
        return Err(UsageError {
            message:
                "--add-host: `host-gateway` is a name for containers, build steps need an address"
                    .to_owned(),
            hint: Some(
                "the address of the engine's bridge: `docker network inspect bridge`".to_owned(),
            ),
        });
    }
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    match ip.parse() {
        Ok(ip) if !name.is_empty() && !name.contains(',') => Ok((name.to_owned(), ip)),
        _ => Err(wanted()),
    }
}

/// As Docker reads sizes: a number with a unit of 1024, `b` (or none), `k`, `m`, `g`, `t`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" if unit.contains('i') => return None,
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    // A size is exact up to 2^53, which is more than any /dev/shm.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = match number.parse::<f64>() {
        Ok(number) if number.is_finite() => number * (1_u64 << shift) as f64,
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (1.0..9e15).contains(&bytes).then_some(bytes as u64)
}

pub(in crate::cli) fn ulimit(text: &str) -> Result<Ulimit, UsageError> {
    read_ulimit(text).ok_or_else(|| wrong("--ulimit", text, "NAME=SOFT[:HARD]"))
}

fn read_ulimit(text: &str) -> Option<Ulimit> {
    let (name, limits) = text.split_once('=')?;
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let limit = |text: &str| text.parse::<i64>().ok().filter(|limit| *limit >= -1);
    let (soft, hard) = (limit(soft)?, limit(hard)?);
    let is_ordered = hard == -1 || (soft != -1 && soft <= hard);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_ordered && is_name).then(|| Ulimit { name: name.to_owned(), soft, hard })
}

/// `default`, `ID` or `ID=SOCKET`: the id and the agent's socket.
pub(in crate::cli) fn ssh_agent(text: &str) -> Result<(String, PathBuf), UsageError> {
    let (id, path) = match text.split_once('=') {
        Some((id, path)) => (id, PathBuf::from(path)),
        None => {
            let socket = environment::variable("SSH_AUTH_SOCK").filter(|path| !path.is_empty());
            let socket = socket.ok_or_else(|| UsageError {
                message: format!("--ssh {text}: no ssh agent, SSH_AUTH_SOCK is not set"),
                hint: Some("start one and add a key: `eval $(ssh-agent) && ssh-add`".to_owned()),
            })?;
            (text, PathBuf::from(socket))
        }
    };
    if id.is_empty() {
        return Err(wrong("--ssh", text, "`default`, ID or ID=SOCKET"));
    }
    is_agent(id, &path).map(|()| (id.to_owned(), path))
}

fn is_agent(id: &str, path: &Path) -> Result<(), UsageError> {
    let shown = path.display();
    match path.metadata() {
        Ok(facts) if facts.file_type().is_socket() => Ok(()),
        Ok(_) => Err(UsageError {
            message: format!("--ssh: `{shown}` is no agent's socket, and mad reads no keys"),
            hint: Some(format!("add the key to an agent: `ssh-add {shown}`, then `--ssh {id}`")),
        }),
        Err(error) => Err(UsageError {
            message: format!("--ssh: cannot use the agent at `{shown}`: {error}"),
            hint: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_docker_reads_them() {
        for (text, expected) in [
            ("64m", Some(64 << 20)),
            ("64MB", Some(64 << 20)),
            ("1GiB", Some(1 << 30)),
            ("100", Some(100)),
            ("100b", Some(100)),
            ("2 k", Some(2048)),
            ("1.5g", Some(3 << 29)),
            ("0.5k", Some(512)),
            ("1.5.1g", None),
            (".", None),
            ("inf", None),
            ("", None),
            ("m", None),
            ("0", None),
            ("-1", None),
            ("1x", None),
            ("99999999999t", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn platforms_are_read_by_the_names_that_engines_use() {
        for (text, expected) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/x86_64", "linux/amd64"),
            ("Linux/AMD64/v1", "linux/amd64"),
            ("linux/amd64/v2", "linux/amd64/v2"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/i386", "linux/386"),
            ("linux/riscv64", "linux/riscv64"),
            ("windows/amd64", "windows/amd64"),
        ] {
            assert_eq!(normal_platform(text), expected, "{text}");
        }
    }

    #[test]
    fn hosts_have_a_name_and_an_address() {
        let found =
            |text| host(text).map(|(name, ip)| format!("{name} {ip}")).map_err(|e| e.message);
        assert_eq!(found("db:10.0.0.1").unwrap(), "db 10.0.0.1");
        assert_eq!(found("db=10.0.0.1").unwrap(), "db 10.0.0.1");
        assert_eq!(found("db:::1").unwrap(), "db ::1");
        assert_eq!(found("db=[::1]").unwrap(), "db ::1");
        for text in ["db", "db:", ":10.0.0.1", "db:example", "db:host-gateway", "a,b:10.0.0.1"] {
            assert!(found(text).is_err(), "{text}");
        }
    }

    #[test]
    fn limits_are_a_name_and_one_or_two_numbers() {
        let limit = |text| read_ulimit(text).map(|limit| (limit.name, limit.soft, limit.hard));
        assert_eq!(limit("nofile=10"), Some(("nofile".to_owned(), 10, 10)));
        assert_eq!(limit("nofile=10:-1"), Some(("nofile".to_owned(), 10, -1)));
        for text in ["nofile", "=1", "nofile=", "nofile=2:1", "nofile=-1:1", "nofile=-2", "a,b=1"] {
            assert_eq!(limit(text), None, "{text}");
        }
    }

    #[test]
    fn an_agent_is_a_socket() {
        let dir = tempfile::tempdir().unwrap();
        let (socket, key) = (dir.path().join("agent"), dir.path().join("id_ed25519"));
        let _agent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::fs::write(&key, "key").unwrap();
        let with = |id: &str, path: &Path| ssh_agent(&format!("{id}={}", path.display()));
        assert_eq!(with("git", &socket).unwrap(), ("git".to_owned(), socket.clone()));
        let refused = with("git", &key).unwrap_err();
        assert!(refused.message.contains("mad reads no keys"), "{}", refused.message);
        assert!(with("git", &dir.path().join("none")).is_err());
        assert!(with("", &socket).is_err());
    }
}
