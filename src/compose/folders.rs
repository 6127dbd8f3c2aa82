//! The folders of a project that are mounted, made where there are none: an engine that makes them itself
//! gives them to root.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Person;
use crate::render::Compose;

/// Makes them below `project`; what is made belongs to `person` where mad runs as root. What is there stays as
/// it is.
pub fn make_work_folders(compose: &Compose, project: &Path, person: Person) -> io::Result<()> {
    for source in compose.sources.iter().filter(|source| source.is_work_folder) {
        let mut at = project.to_path_buf();
        for name in source.path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            at.push(name);
            match std::fs::create_dir(&at) {
                Ok(()) => {
                    // Whatever the umask: a rendering is the same for everybody.
                    std::fs::set_permissions(&at, PermissionsExt::from_mode(0o755))?;
                    if rustix::process::geteuid().is_root() {
                        std::os::unix::fs::lchown(&at, Some(person.uid), Some(person.gid))?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(io::Error::new(
                        error.kind(),
                        format!("`{}`: {error}", at.display()),
                    ));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::HostPath;

    #[test]
    fn what_is_missing_is_made_and_what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "x").unwrap();
        let path = |path: &str, is_work_folder| HostPath { path: path.to_owned(), is_work_folder };
        let compose = Compose {
            text: String::new(),
            image: String::new(),
            user: (1000, 1000),
            sources: vec![
                path("a/b", true),
                path(".", true),
                path("file", true),
                path("key", false),
            ],
        };
        for _ in 0..2 {
            make_work_folders(&compose, dir.path(), Person { uid: 1000, gid: 1000 }).unwrap();
        }
        assert!(dir.path().join("a/b").is_dir());
        assert!(dir.path().join("file").is_file() && !dir.path().join("key").exists());
    }
}
