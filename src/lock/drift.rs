//! What is not as it was when it was locked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use super::file::{LOCK_FILE, Locked};

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// The profile was never locked.
    NotLocked,
    /// Another version of mad: its templates and tools are others.
    Mad {
        /// In the lock.
        locked: String,
        /// This one.
        found: String,
    },
    /// Another base image.
    Base {
        /// In the lock.
        locked: String,
        /// As the profile says.
        found: String,
    },
    /// The same name, and another image.
    BaseImage {
        /// Its name.
        name: String,
        /// In the lock.
        locked: String,
        /// On the engine.
        found: String,
    },
    /// A value of the profile.
    Value {
        /// As `--set` takes it.
        key: String,
        /// In the lock.
        locked: Option<String>,
        /// In the profile.
        found: Option<String>,
    },
    /// A lock, a patch, a template or a helper.
    File {
        /// In the project, or inside mad.
        path: String,
        /// In the lock.
        locked: Option<String>,
        /// Of the rendering.
        found: Option<String>,
    },
    /// A package of the distribution: the archive has moved on.
    Package {
        /// Its name.
        name: String,
        /// In the lock.
        locked: Option<String>,
        /// Installed on this engine.
        found: Option<String>,
    },
    /// A lock that does not fit the profile, in the words of the renderer.
    Unfit(String),
}

/// A profile that is not as it was locked.
#[derive(Debug, Error)]
#[error("{LOCK_FILE} does not hold for the profile `{profile}`: {}", listed(.drifts))]
pub struct Drifted {
    /// Its name.
    pub profile: String,
    /// Never empty.
    pub drifts: Vec<Drift>,
}

impl Drifted {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(format!("`mad lock -p {}` locks it as it is now", self.profile))
    }
}

fn listed(drifts: &[Drift]) -> String {
    match drifts {
        [one] => one.to_string(),
        many => many.iter().map(|drift| format!("\n  {drift}")).collect(),
    }
}

impl Locked {
    /// What differs from `now`. Images count where both know theirs.
    pub fn drifts(&self, now: &Self) -> Vec<Drift> {
        let mut drifts = Vec::new();
        if self.mad != now.mad {
            drifts.push(Drift::Mad { locked: self.mad.clone(), found: now.mad.clone() });
        }
        if self.base != now.base {
            drifts.push(Drift::Base { locked: self.base.clone(), found: now.base.clone() });
        } else if let (Some(locked), Some(found)) = (&self.base_id, &now.base_id)
            && locked != found
        {
            drifts.push(Drift::BaseImage {
                name: self.base.clone(),
                locked: locked.clone(),
                found: found.clone(),
            });
        }
        drifts.extend(self.package_drifts(now));
        for (key, locked, found) in differing(&self.values, &now.values) {
            drifts.push(Drift::Value { key, locked, found });
        }
        for (path, locked, found) in differing(&self.files, &now.files) {
            drifts.push(Drift::File { path, locked, found });
        }
        drifts
    }
}

impl Locked {
    /// Which of the distribution's packages are others, where both know theirs.
    pub fn package_drifts(&self, now: &Self) -> Vec<Drift> {
        let lists = [(&self.apt_runtime, &now.apt_runtime), (&self.apt_build, &now.apt_build)];
        let known = lists.into_iter().filter(|(old, new)| !old.is_empty() && !new.is_empty());
        let mut drifts = Vec::new();
        for (name, locked, found) in known.flat_map(|(old, new)| differing(old, new)) {
            let drift = Drift::Package { name, locked, found };
            // What is in the image is in what it is compiled with, too.
            if !drifts.contains(&drift) {
                drifts.push(drift);
            }
        }
        drifts
    }
}

type Differing = (String, Option<String>, Option<String>);

fn differing(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Differing> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let both =
        keys.into_iter().map(|key| (key.clone(), old.get(key).cloned(), new.get(key).cloned()));
    both.filter(|(_, old, new)| old != new).collect()
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |id: &str| {
            let hex = id.strip_prefix("sha256:").unwrap_or(id);
            hex.chars().take(12).collect::<String>()
        };
        match self {
            Self::NotLocked => write!(f, "it is not in {LOCK_FILE}"),
            Self::Mad { locked, found } => {
                write!(f, "it was locked by mad {locked}, and this is mad {found}")
            }
            Self::Base { locked, found } => {
                write!(f, "it starts from `{found}`, and was locked from `{locked}`")
            }
            Self::BaseImage { name, locked, found } => write!(
                f,
                "the base image `{name}` is {}, and was locked as {}",
                short(found),
                short(locked)
            ),
            Self::Value { key, locked: Some(locked), found: Some(found) } => {
                write!(f, "`{key}` is `{found}`, and was locked as `{locked}`")
            }
            Self::Value { key, locked: None, found } => {
                write!(f, "`{key}` is new: `{}`", found.as_deref().unwrap_or_default())
            }
            Self::Value { key, locked: Some(locked), found: None } => {
                write!(f, "`{key}` is gone: it was locked as `{locked}`")
            }
            Self::File { path, locked: Some(_), found: Some(_) } => write!(f, "{path} has changed"),
            Self::File { path, locked: None, .. } => write!(f, "{path} is new"),
            Self::File { path, .. } => write!(f, "{path} is gone"),
            Self::Package { name, locked: Some(locked), found: Some(found) } => write!(
                f,
                "the distribution's package `{name}` is {found}, and was locked as {locked}"
            ),
            Self::Package { name, locked: None, .. } => {
                write!(f, "the distribution's package `{name}` is new")
            }
            Self::Package { name, .. } => write!(f, "the distribution's package `{name}` is gone"),
            Self::Unfit(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::LockFile;

    fn locked() -> Locked {
        Locked {
            mad: "0.1.0".to_owned(),
            base: "debian:trixie".to_owned(),
            base_id: Some("sha256:0123456789abcdef".to_owned()),
            base_digest: None,
            apt_runtime: BTreeMap::from([("curl".to_owned(), "8.14.1-2".to_owned())]),
            apt_build: BTreeMap::from([("curl".to_owned(), "8.14.1-2".to_owned())]),
            values: BTreeMap::from([("apt.runtime.git".to_owned(), "1:2.*".to_owned())]),
            files: BTreeMap::from([("templates/Dockerfile.j2".to_owned(), "00".to_owned())]),
        }
    }

    fn told(change: impl FnOnce(&mut Locked)) -> Vec<String> {
        let mut now = locked();
        change(&mut now);
        locked().drifts(&now).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_kind_is_named() {
        assert!(told(|_| {}).is_empty());
        let one = |change: fn(&mut Locked)| told(change).join("\n");
        assert_eq!(
            one(|now| now.mad = "2".into()),
            "it was locked by mad 0.1.0, and this is mad 2"
        );
        assert_eq!(
            one(|now| now.base = "debian:bookworm".into()),
            "it starts from `debian:bookworm`, and was locked from `debian:trixie`"
        );
        assert_eq!(
            one(|now| now.base_id = Some("sha256:fedcba9876543210".into())),
            "the base image `debian:trixie` is fedcba987654, and was locked as 0123456789ab"
        );
        // An engine that does not have it yet.
        assert_eq!(one(|now| now.base_id = None), "");
        assert_eq!(
            one(|now| drop(now.values.insert("apt.runtime.git".into(), "*".into()))),
            "`apt.runtime.git` is `*`, and was locked as `1:2.*`"
        );
        assert_eq!(
            one(|now| drop(now.values.insert("node.packages.a".into(), "1.0.0".into()))),
            "`node.packages.a` is new: `1.0.0`"
        );
        assert_eq!(
            one(|now| now.values.clear()),
            "`apt.runtime.git` is gone: it was locked as `1:2.*`"
        );
        let newer = |now: &mut Locked| {
            for list in [&mut now.apt_runtime, &mut now.apt_build] {
                list.insert("curl".into(), "8.14.1-3".into());
            }
        };
        assert_eq!(
            told(newer),
            ["the distribution's package `curl` is 8.14.1-3, and was locked as 8.14.1-2"]
        );
        assert_eq!(
            one(|now| drop(now.apt_build.insert("gcc".into(), "4".into()))),
            "the distribution's package `gcc` is new"
        );
        // Nobody asked an engine.
        assert_eq!(one(|now| now.apt_runtime.clear()), "");
        let file = "templates/Dockerfile.j2";
        assert_eq!(
            one(|now| drop(now.files.insert("templates/Dockerfile.j2".into(), "01".into()))),
            format!("{file} has changed")
        );
        assert_eq!(one(|now| now.files.clear()), format!("{file} is gone"));
        assert_eq!(
            one(|now| drop(now.files.insert("patches/x".into(), "01".into()))),
            "patches/x is new"
        );
    }

    #[test]
    fn the_file_is_read_as_it_was_written() {
        let mut file = LockFile::default();
        file.profiles.insert("dev".to_owned(), locked());
        assert_eq!(LockFile::parse(&file.text()).unwrap(), file);
        assert!(file.text().starts_with("# Written by `mad lock`"));
        let other = file.text().replace("mad.lock/1", "mad.lock/9");
        let error = LockFile::parse(&other).unwrap_err().to_string();
        assert_eq!(error, "mad.lock: found schema `mad.lock/9`, expected `mad.lock/1`");
        assert!(LockFile::parse("a: [").is_err());
    }
}
