//! The table.
//!
//! To add a rule: a build of one Dockerfile, twice, must differ there (`--prove` names such paths
//! as "unstable by itself"); take the narrowest pattern, and a [`How`] that compares what can be
//! compared.

use super::{How, Reading, Rule};

/// All rules about paths; of several about one path the first counts.
pub const RULES: &[Rule] = &[
    Rule {
        name: "logs",
        paths: &["var/log/**", "**/.npm/_logs/**", "**/.npm/_update-notifier-last-checked"],
        how: How::Skip,
        reason: "logs tell when something was done",
    },
    Rule {
        name: "caches",
        paths: &["var/cache/**", "var/lib/apt/lists/**"],
        how: How::Skip,
        reason: "the file system standard lets caches be deleted at any time",
    },
    Rule {
        name: "tool-caches",
        paths: &[
            "**/.npm/_cacache/**",
            "**/.cargo/registry/**",
            "**/.cargo/.package-cache*",
            "**/.cargo/.global-cache",
            "**/.cache/{pip,uv,yarn,pnpm,go-build,fontconfig,typescript,node,node-gyp}/**",
            "tmp/{node-compile-cache,v8-compile-cache-*,npm-*,hsperfdata_*}/**",
            "**/.wget-hsts",
        ],
        how: How::Skip,
        reason: "caches of package tools: downloads with their times, made again when they are gone",
    },
    Rule {
        name: "backups",
        paths: &[
            "var/lib/dpkg/*-old",
            "etc/{passwd,group,shadow,gshadow,subuid,subgid}-",
            "var/lib/ucf/*.[0-9]",
        ],
        how: How::Skip,
        reason: "the state before the last change of a package or user: depends on the order of the steps",
    },
    Rule {
        name: "machine-identity",
        paths: &[
            "etc/machine-id",
            "var/lib/dbus/machine-id",
            "var/lib/systemd/random-seed",
            "var/lib/urandom/random-seed",
            "root/.rnd",
            "etc/ssh/ssh_host_*",
        ],
        how: How::AnyContent,
        reason: "made at random in every build",
    },
    Rule {
        name: "passwords",
        paths: &["etc/shadow"],
        how: How::As(Reading::Shadow),
        reason: "the day of the last change is the day of the build; the order of the lines that of the steps",
    },
    Rule {
        name: "users",
        paths: &["etc/{passwd,group,gshadow,subuid,subgid,shells}"],
        how: How::As(Reading::Lines),
        reason: "the order of the lines is that of the steps; names and numbers are compared",
    },
    Rule {
        name: "package-database",
        paths: &["var/lib/dpkg/{status,available}", "var/lib/apt/extended_states"],
        how: How::As(Reading::Stanzas),
        reason: "the order of the packages is that of the steps; every package's entry is compared",
    },
    Rule {
        name: "package-triggers",
        paths: &["var/lib/dpkg/triggers/File", "var/lib/ucf/{hashfile,registry}"],
        how: How::As(Reading::Lines),
        reason: "the order of the lines is that of the steps; the lines are compared",
    },
    Rule {
        name: "python-bytecode",
        paths: &["**/*.pyc"],
        how: How::Compiled,
        reason: "compiled from a source that is the same; its header holds the source's time",
    },
    Rule {
        name: "python-records",
        paths: &["**/*.dist-info/RECORD"],
        how: How::As(Reading::Lines),
        reason: "pip's list of files; its lines are compared, not their order",
    },
    Rule {
        name: "gzip-times",
        paths: &["**/*.gz", "**/*.tgz"],
        how: How::As(Reading::Gzip),
        reason: "the header holds the time of compression; the data is compared",
    },
    Rule {
        name: "git-index",
        paths: &["**/.git/{index,logs,FETCH_HEAD,ORIG_HEAD}", "**/.git/logs/**"],
        how: How::AnyContent,
        reason: "times and inode numbers of the work tree, and the times of git's own commands",
    },
];

/// The rule that is about no path.
pub const HARD_LINKS: Rule = Rule {
    name: "hard-links",
    paths: &[],
    how: How::AnyLinks,
    reason: "a later layer that touches a file with two names makes two files of it; both are compared",
};

#[cfg(test)]
mod tests {
    use super::super::Noise;

    #[test]
    fn every_rule_is_found_by_a_path_and_says_why() {
        let found: Vec<&str> = [
            "var/log/apt/history.log",
            "var/cache/ldconfig/aux-cache",
            "home/dev/.npm/_cacache/index-v5/00/11",
            "etc/passwd-",
            "etc/machine-id",
            "etc/shadow",
            "etc/group",
            "var/lib/dpkg/status",
            "var/lib/dpkg/triggers/File",
            "usr/lib/python3/dist-packages/__pycache__/six.cpython-313.pyc",
            "home/dev/venv/lib/python3.13/site-packages/click-8.1.7.dist-info/RECORD",
            "usr/share/doc/x/changelog.gz",
            "home/dev/projects/x/.git/index",
        ]
        .into_iter()
        .map(|path| Noise::Known.rule(path).map_or("none", |rule| rule.name))
        .collect();
        let all: Vec<&str> = super::RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(found, all);
        assert!(super::RULES.iter().all(|rule| !rule.reason.is_empty()));
    }

    #[test]
    fn what_people_made_is_never_noise() {
        for path in [
            "etc/passwd/x",
            "home/dev/.bashrc",
            "home/dev/.cache/ms-playwright/chromium/chrome",
            "home/dev/.cache/huggingface/model.bin",
            "home/dev/.npmrc",
            "tmp/script",
            "opt/var/log/x",
            "var/lib/dpkg/info/x.list",
            "home/dev/.cargo/bin/greet",
            "var/log",
            "srv/var/cache/x",
        ] {
            assert_eq!(Noise::Known.rule(path).map(|rule| rule.name), None, "{path}");
        }
        assert_eq!(Noise::Strict.rule("var/log/x"), None);
    }
}
