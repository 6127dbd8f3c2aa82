//! A project folder for tests.

use super::Project;

/// An opened project with these files; the folder goes when the first half is dropped.
pub fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let at = folder.path().join(name);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, text).unwrap();
    }
    let project = Project::open(folder.path()).unwrap();
    (folder, project)
}
