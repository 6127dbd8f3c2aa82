//! Where npm's settings lie. The caller reads them; none of them has to exist.

use std::path::{Path, PathBuf};

/// The files, by npm's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpmrcPlaces {
    /// In the project's folder.
    pub project: PathBuf,
    /// `NPM_CONFIG_USERCONFIG`, else `~/.npmrc`; `None` without a home.
    pub user: Option<PathBuf>,
    /// `NPM_CONFIG_GLOBALCONFIG`, else `etc/npmrc` under the prefix, which is `NPM_CONFIG_PREFIX`,
    /// else `PREFIX`, else the folder above that of `node`.
    pub global: Option<PathBuf>,
}

impl NpmrcPlaces {
    /// For a project; `node` is the program's own place, links followed.
    pub fn find(
        project: &Path,
        node: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let config = |name: &str| {
            let small = format!("npm_config_{name}");
            set(&small).or_else(|| set(&small.to_ascii_uppercase())).map(PathBuf::from)
        };
        let above_node = || node?.parent()?.parent().map(Path::to_owned);
        let prefix =
            || config("prefix").or_else(|| set("PREFIX").map(PathBuf::from)).or_else(above_node);
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".npmrc"));
        Self {
            project: project.join(".npmrc"),
            user: config("userconfig").or_else(home),
            global: config("globalconfig").or_else(|| Some(prefix()?.join("etc/npmrc"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(set: &[(&str, &str)]) -> (Option<PathBuf>, Option<PathBuf>) {
        let environment = |name: &str| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let node = Some(Path::new("/opt/node/bin/node"));
        let places = NpmrcPlaces::find(Path::new("/p"), node, &environment);
        assert_eq!(places.project, Path::new("/p/.npmrc"));
        (places.user, places.global)
    }

    #[test]
    fn where_npm_looks() {
        let pair = |user: Option<&str>, global: &str| {
            (user.map(PathBuf::from), Some(PathBuf::from(global)))
        };
        assert_eq!(find(&[("HOME", "/h")]), pair(Some("/h/.npmrc"), "/opt/node/etc/npmrc"));
        assert_eq!(find(&[("PREFIX", "/x")]), pair(None, "/x/etc/npmrc"));
        let both = [("NPM_CONFIG_USERCONFIG", "/u"), ("npm_config_globalconfig", "/g")];
        assert_eq!(find(&both), pair(Some("/u"), "/g"));
        let prefix = [("npm_config_prefix", "/y"), ("PREFIX", "/x"), ("HOME", "")];
        assert_eq!(find(&prefix), pair(None, "/y/etc/npmrc"));
    }
}
