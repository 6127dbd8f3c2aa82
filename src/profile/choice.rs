//! Which profiles there are, and which one a command means that names none.

use super::layers::{self, parents};
use crate::project::yaml::{Node, compose, decode};
use crate::project::{Asset, Origin, Project};

/// A profile that can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProfile {
    /// As `-p` takes it.
    pub name: String,
    /// Whether the project has the file; the others are inside mad.
    pub is_own: bool,
    /// The names in its `extends`.
    pub extends: Vec<String>,
}

/// A command that names no profile, where the project does not say which one either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoProfileChosen {
    /// The project's own profiles that no other one of it extends.
    pub own: Vec<String>,
    /// Those inside mad.
    pub built_in: Vec<String>,
}

/// The profiles of the project and of mad, sorted by name.
pub fn list(project: &Project) -> Vec<ListedProfile> {
    layers::named_assets(project)
        .into_iter()
        .map(|(name, asset)| ListedProfile {
            name,
            is_own: asset.origin == Origin::Project,
            extends: extends(&asset),
        })
        .collect()
}

/// `default` of the settings, else the project's only profile. What others of the project extend is
/// their common part and does not count.
pub fn default_name(project: &Project) -> Result<String, NoProfileChosen> {
    if let Some(name) = project.settings().default_profile() {
        return Ok(name.to_owned());
    }
    let (own, built_in): (Vec<ListedProfile>, _) =
        list(project).into_iter().partition(|listed| listed.is_own);
    let is_extended =
        |name: &String| own.iter().any(|other| other.name != *name && other.extends.contains(name));
    let names = own.iter().map(|listed| &listed.name).filter(|name| !is_extended(name));
    let mut names: Vec<String> = names.cloned().collect();
    match names.len() {
        1 => Ok(names.remove(0)),
        _ => Err(NoProfileChosen {
            own: names,
            built_in: built_in.into_iter().map(|listed| listed.name).collect(),
        }),
    }
}

/// What a file says it extends; a file with faults is told by whoever loads it.
fn extends(asset: &Asset) -> Vec<String> {
    let root = decode(&asset.path, &asset.bytes).and_then(|source| compose(&source, 0));
    let Ok(root) = root else { return Vec::new() };
    let names = parents(&root).into_iter().filter_map(Node::as_text);
    // A profile may be named by its path.
    names.map(|name| layers::stem(name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;

    fn default_of(files: &[(&str, &str)]) -> Result<String, Vec<String>> {
        let (_folder, project) = project(files);
        default_name(&project).map_err(|undecided| {
            assert!(undecided.built_in.contains(&"cuda".to_owned()));
            undecided.own
        })
    }

    #[test]
    fn the_only_profile_of_a_project_needs_no_name() {
        let (a, b) =
            (("profiles/a.yaml", "extends: common\n"), ("profiles/b.yaml", "extends: a\n"));
        assert_eq!(default_of(&[]), Err(vec![]));
        assert_eq!(default_of(&[a]), Ok("a".to_owned()));
        assert_eq!(default_of(&[a, b]), Ok("b".to_owned()));
        let by_path = ("profiles/b.yaml", "extends: [profiles/a.yaml]\n");
        assert_eq!(default_of(&[a, by_path]), Ok("b".to_owned()));
        let c = ("profiles/c.yaml", "extends: common\n");
        assert_eq!(default_of(&[a, b, c]), Err(vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(default_of(&[a, b, c, ("mad.yaml", "default: a\n")]), Ok("a".to_owned()));
        // One that lies over mad's own is the project's; tables are no profiles, a broken file is one.
        let over = ("profiles/cpu.yaml", "extends: common\n");
        let table = ("profiles/cuda-versions.yaml", "");
        assert_eq!(default_of(&[over, table]), Ok("cpu".to_owned()));
        assert_eq!(default_of(&[("profiles/x.yaml", "a: [")]), Ok("x".to_owned()));
    }
}
