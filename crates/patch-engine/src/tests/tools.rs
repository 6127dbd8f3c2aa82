//! GNU patch and git apply on a tree in a temporary folder: second opinions.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::cases::read_tree;
use crate::{Mode, Tree};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tool {
    GnuPatch,
    GitApply,
}

impl Tool {
    pub(super) const ALL: [Self; 2] = [Self::GnuPatch, Self::GitApply];

    /// The tree after, if the tool says that it applied the patch.
    pub(super) fn apply(self, patch: &[u8], tree: &Tree) -> Option<Tree> {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("change.patch");
        std::fs::write(&file, patch).unwrap();
        let folder = temporary.path().join("tree");
        write_tree(&folder, tree);
        let mut command = match self {
            Self::GnuPatch => {
                let mut command = Command::new("patch");
                command.args(["-p1", "--fuzz=0", "--batch", "--forward", "--binary"]);
                command.args(["--no-backup-if-mismatch", "--reject-file=-", "-i"]);
                command
            }
            Self::GitApply => {
                let mut command = Command::new("git");
                command.args(["apply", "-p1", "--whitespace=nowarn"]);
                command
            }
        };
        let status = command
            .arg(&file)
            .current_dir(&folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("`patch` and `git` are installed: this test is a second opinion");
        status.success().then(|| read_tree(&folder))
    }
}

fn write_tree(folder: &Path, tree: &Tree) {
    std::fs::create_dir_all(folder).unwrap();
    for (path, state) in tree {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &state.bytes).unwrap();
        let bits = if state.mode == Mode::Executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(bits)).unwrap();
    }
}
