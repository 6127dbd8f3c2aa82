//! Which folder is the project, asked from a folder in it, as git and cargo find theirs.
//!
//! The nearest folder upwards that has files of a project; a repository's top is the last one that is
//! looked at, so that a stray `mad.yaml` in a home folder is nobody's. Where no folder has any, the
//! folder itself is the project: the profiles inside mad need no file.

use std::path::{Path, PathBuf};

/// What only a project has.
const SETTINGS: [&str; 2] = ["mad.yaml", "mad.local.yaml"];

/// The project's folder for somebody who stands in `from`.
pub(super) fn folder_around(from: &Path) -> PathBuf {
    // A folder that cannot be read is named by whoever opens it.
    let Ok(real) = from.canonicalize() else { return from.to_owned() };
    for folder in real.ancestors() {
        if has_project(folder) {
            return folder.to_owned();
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    from.to_owned()
}

/// Whether it has files that a project has.
pub(super) fn has_project(folder: &Path) -> bool {
    SETTINGS.iter().any(|name| folder.join(name).is_file())
        || has_entry(&folder.join("profiles"), |path| {
            path.extension().is_some_and(|extension| extension == "yaml")
        })
        || has_entry(&folder.join("patches"), |path| path.join("series.yaml").is_file())
        || folder.join("templates/Dockerfile.j2").is_file()
}

fn has_entry(folder: &Path, wanted: impl Fn(&Path) -> bool) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| wanted(&entry.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_folder_with_files_of_a_project_is_the_project() {
        for marker in [
            "mad.yaml",
            "mad.local.yaml",
            "profiles/a.yaml",
            "patches/x/series.yaml",
            "templates/Dockerfile.j2",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().canonicalize().unwrap();
            let below = root.join("a/b");
            fs::create_dir_all(&below).unwrap();
            assert_eq!(folder_around(&below), below, "none is the folder itself");
            fs::create_dir_all(root.join(marker).parent().unwrap()).unwrap();
            fs::write(root.join(marker), "").unwrap();
            assert_eq!(folder_around(&below), root, "{marker}");
            assert_eq!(folder_around(&root), root, "{marker}");
            // A project in a project is its own.
            fs::write(root.join("a/mad.yaml"), "").unwrap();
            assert_eq!(folder_around(&below), root.join("a"), "{marker}");
        }
    }

    #[test]
    fn nothing_above_the_repository_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::write(root.join("mad.yaml"), "").unwrap();
        let below = root.join("repository/a");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(folder_around(&below), root);
        // A file in worktrees and submodules.
        fs::write(root.join("repository/.git"), "").unwrap();
        assert_eq!(folder_around(&below), below);
        fs::write(root.join("repository/mad.yaml"), "").unwrap();
        assert_eq!(folder_around(&below), root.join("repository"));
        // Folders of that name that are no project's.
        fs::remove_file(root.join("repository/mad.yaml")).unwrap();
        fs::create_dir_all(root.join("repository/profiles/old")).unwrap();
        fs::write(root.join("repository/profiles/notes.txt"), "").unwrap();
        assert_eq!(folder_around(&below), below);
        assert_eq!(folder_around(&root.join("nowhere")), root.join("nowhere"));
    }
}
