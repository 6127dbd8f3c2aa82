//! Project folders for small builds.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Engine, Mad, TEST_LABEL};

/// A project folder with a profile `small`; gone when dropped.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A project whose whole template is `dockerfile`, below `ARG BASE`.
    pub fn with_template(engine: &Engine, dockerfile: &str) -> Self {
        let project = Self::empty();
        project.template(dockerfile);
        project.write("profiles/small.yaml", &format!("base: {}\n", engine.base()));
        project
    }

    /// A project without a file.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("mad-test-").tempdir();
        Self { folder: folder.expect("a folder") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Replaces the template; its first line is the second of the file.
    pub fn template(&self, dockerfile: &str) {
        let text = format!("ARG BASE={{{{ base }}}}\n{dockerfile}LABEL {TEST_LABEL}=1\n");
        self.write("templates/Dockerfile.j2", &text);
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let at = self.path().join(name);
        std::fs::create_dir_all(at.parent().expect("below the project")).expect("a folder");
        std::fs::write(&at, text).expect("the project can be written");
        at
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path().join(name), permissions).expect("the mode is set");
    }

    pub fn link(&self, name: &str, target: &str) {
        symlink(target, self.path().join(name)).expect("the link is made");
    }

    /// `mad build` of the profile `small`, under `tag`.
    pub fn build(&self, tag: &str) -> Mad {
        self.command("build", "small").args(["-t", tag])
    }

    /// `mad COMMAND -p PROFILE` in this project.
    pub fn command(&self, command: &str, profile: &str) -> Mad {
        let folder = self.path().to_str().expect("a UTF-8 path");
        Mad::new(["-C", folder, command, "-p", profile])
    }
}
