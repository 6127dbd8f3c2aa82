//! The table.
//!
//! To add a rule: a build of one Dockerfile, twice, must differ there (`--prove` names such paths
//! as "unstable by itself"); take the narrowest pattern, and a [`ContentCheck`] that compares what can be
//! compared.

use super::{ContentCheck, Parts, Reading, Rule};

/// All rules; of several about one path the first counts.
pub const RULES: &[Rule] = &[
    Rule {
        name: "logs",
        paths: &["var/log/**", "**/.npm/_logs/**", "**/.npm/_update-notifier-last-checked"],
        how: ContentCheck::AnyContent,
        reason: "logs contain times; they also differ between two builds of the original file",
    },
    Rule {
        name: "backups",
        paths: &["etc/{passwd,group,shadow,gshadow,subuid,subgid}-", "var/lib/ucf/*.[0-9]"],
        how: ContentCheck::Backup(Parts::Lines),
        reason: "the state before the last change: every line of it is in the other image, here or in the file itself",
    },
    Rule {
        name: "database-backups",
        paths: &["var/lib/dpkg/{status,available}-old", "var/cache/debconf/*.dat-old"],
        how: ContentCheck::Backup(Parts::Stanzas),
        reason: "the state before the last change: every entry of it is in the other image, here or in the file itself",
    },
    Rule {
        name: "package-database",
        paths: &[
            "var/lib/dpkg/{status,available}",
            "var/lib/apt/extended_states",
            "var/cache/debconf/*.dat",
        ],
        how: ContentCheck::As(Reading::Stanzas),
        reason: "the order of the packages is that of the steps; every package's entry is compared",
    },
    Rule {
        name: "caches",
        paths: &["var/cache/**", "var/lib/apt/lists/**"],
        how: ContentCheck::AnyContent,
        reason: "the file system standard lets caches be deleted at any time; two builds of the first file differ here too",
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
        how: ContentCheck::AnyContent,
        reason: "caches of package tools, recreated on demand; they also differ between two builds of the original file",
    },
    Rule {
        name: "git-index",
        paths: &["**/.git/index"],
        how: ContentCheck::AnyContent,
        reason: "times and inode numbers of the work tree, which is compared itself; two builds of the first file differ here too",
    },
    Rule {
        name: "accounts",
        paths: &["etc/{passwd,group}"],
        how: ContentCheck::As(Reading::Accounts { number: Some(2) }),
        reason: "the order of the lines is that of the steps; lines are compared, and their order where they share a name or a number",
    },
    Rule {
        name: "passwords",
        paths: &["etc/{shadow,gshadow,subuid,subgid}"],
        how: ContentCheck::As(Reading::Accounts { number: None }),
        reason: "the order of the lines is that of the steps; lines are compared, and their order where they share a name",
    },
    Rule {
        name: "package-triggers",
        paths: &["etc/shells", "var/lib/dpkg/triggers/File", "var/lib/ucf/{hashfile,registry}"],
        how: ContentCheck::As(Reading::Lines),
        reason: "the order of the lines is that of the steps; the lines are compared",
    },
    Rule {
        name: "python-records",
        paths: &["**/*.dist-info/RECORD"],
        how: ContentCheck::As(Reading::Lines),
        reason: "pip's list of files; its lines are compared, not their order",
    },
];

#[cfg(test)]
mod tests {
    use super::super::Noise;

    #[test]
    fn every_rule_is_found_by_a_path_and_says_why() {
        let found: Vec<&str> = [
            "var/log/apt/history.log",
            "etc/passwd-",
            "var/lib/dpkg/status-old",
            "var/lib/dpkg/status",
            "var/cache/ldconfig/aux-cache",
            "home/dev/.npm/_cacache/index-v5/00/11",
            "home/dev/projects/x/.git/index",
            "etc/group",
            "etc/shadow",
            "var/lib/dpkg/triggers/File",
            "home/dev/venv/lib/python3.13/site-packages/click-8.1.7.dist-info/RECORD",
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
            "etc/machine-id",
            "usr/share/doc/x/changelog.gz",
            "home/dev/projects/x/.git/HEAD",
            "srv/var/cache/x",
        ] {
            assert_eq!(Noise::Known.rule(path).map(|rule| rule.name), None, "{path}");
        }
        assert_eq!(Noise::Strict.rule("var/log/x"), None);
    }
}
