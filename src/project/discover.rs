//! Which folder is the project, asked from a folder in it, as git and cargo find theirs.
//!
//! The nearest folder upwards that has files of a project; a repository's top is the last one that is
//! looked at, so that a stray `mad.yaml` in a home folder is nobody's. Where no folder has any, the
//! folder itself is the project: the profiles inside mad need no file.
//!
//! A project's settings name commands that mad runs. So files above count only where the user, root or the owner of
//! the folder that one stands in wrote them: in /tmp anybody may leave a `mad.yaml` (git's rule of safe directories).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What only a project has.
const SETTINGS: [&str; 2] = ["mad.yaml", "mad.local.yaml"];

/// The project's folder for somebody who stands in `from`.
pub(super) fn folder_around(from: &Path) -> PathBuf {
    folder_around_as(from, rustix::process::geteuid().as_raw(), owner)
}

/// The same for a user id, with the user id that owns a path.
fn folder_around_as(from: &Path, user: u32, owner: impl Fn(&Path) -> Option<u32>) -> PathBuf {
    // A folder that cannot be read is named by whoever opens it.
    let Ok(real) = from.canonicalize() else { return from.to_owned() };
    let here = owner(&real);
    let is_trusted = |file: &PathBuf| {
        owner(file).is_some_and(|owner| owner == user || owner == 0 || Some(owner) == here)
    };
    for folder in real.ancestors() {
        let files = project_files(folder);
        if !files.is_empty() && (folder == real || files.iter().all(is_trusted)) {
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
    !project_files(folder).is_empty()
}

/// The files of a folder that only a project has.
fn project_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = SETTINGS.iter().map(|name| folder.join(name)).collect();
    let profiles = entries(&folder.join("profiles"));
    files.extend(profiles.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")));
    files.extend(entries(&folder.join("patches")).map(|path| path.join("series.yaml")));
    files.push(folder.join("templates/Dockerfile.j2"));
    files.retain(|file| file.is_file());
    files
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// The user id that a path itself belongs to, a link's too; `None` where it cannot be read.
fn owner(path: &Path) -> Option<u32> {
    std::fs::symlink_metadata(path).ok().map(|facts| facts.uid())
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
            // Whatever lies in the folder of temporary files is above a repository.
            fs::write(dir.path().join(".git"), "").unwrap();
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

    #[test]
    fn what_strangers_left_above_is_no_project() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (below, marker) = (root.join("mine/a"), root.join("mad.yaml"));
        fs::create_dir_all(&below).unwrap();
        fs::write(root.join(".git"), "").unwrap();
        fs::write(&marker, "").unwrap();
        for (owner_of_file, owner_of_folder, is_found) in [
            (1000, 1000, true),
            (0, 1000, true),
            // Root in somebody's checkout.
            (500, 500, true),
            (4242, 1000, false),
            (4242, 0, false),
        ] {
            let owner =
                |path: &Path| Some(if path == marker { owner_of_file } else { owner_of_folder });
            let found = folder_around_as(&below, 1000, owner);
            let want = if is_found { &root } else { &below };
            assert_eq!(&found, want, "file of {owner_of_file}, folder of {owner_of_folder}");
            // Who stands in a folder, or names it with -C, means it.
            assert_eq!(folder_around_as(&root, 1000, owner), root);
        }
        assert_eq!(folder_around_as(&below, 1000, |_| None), below);
    }
}
