//! Paths inside the project: how they are written, and that they stay inside.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::yaml::shown;

/// Why a path is not one of the project.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// No path at all.
    #[error("found an empty path, expected one relative to the project")]
    Empty,
    /// `/etc/passwd`.
    #[error("found the absolute path `{}`, expected one relative to the project", shown(.path))]
    Absolute {
        /// As written.
        path: String,
    },
    /// `../x`.
    #[error("`{}` leaves the project", shown(.path))]
    Parent {
        /// As written.
        path: String,
    },
    /// Control characters or a backslash.
    #[error("found {character} in the path `{}`, expected `/` between names and no control characters", shown(.path))]
    Character {
        /// As written.
        path: String,
        /// The character, as Rust would write it.
        character: String,
    },
    /// A symbolic link to somewhere else.
    #[error("`{path}` is a symbolic link that leaves the project, to `{}`", to.display())]
    LinkLeaves {
        /// Relative to the project.
        path: String,
        /// Where it leads.
        to: PathBuf,
    },
    /// A symbolic link to nothing, or to itself.
    #[error("`{path}` is a dangling symbolic link")]
    LinkBroken {
        /// Relative to the project.
        path: String,
    },
    /// The system's own error.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// Relative to the project.
        path: String,
        /// What the system says.
        reason: String,
    },
}

/// `path` as names with `/` between, without `.` and doubled slashes; refused where it is
/// absolute, climbs, or holds what no path of a project should. The root itself is `.`.
pub fn relative(path: &str) -> Result<String, PathError> {
    if path.is_empty() {
        return Err(PathError::Empty);
    }
    if path.starts_with('/') {
        return Err(PathError::Absolute { path: path.to_owned() });
    }
    let bad = |c: &char| c.is_control() || matches!(c, '\\' | '\u{2028}' | '\u{2029}');
    if let Some(bad) = path.chars().find(bad) {
        return Err(PathError::Character { path: path.to_owned(), character: format!("{bad:?}") });
    }
    let names: Vec<&str> =
        path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    // `a/../b` stays inside, yet means another folder where `a` is a link: no `..` at all.
    if names.contains(&"..") {
        return Err(PathError::Parent { path: path.to_owned() });
    }
    Ok(if names.is_empty() { ".".to_owned() } else { names.join("/") })
}

/// The real path of `relative` under `root` (which is canonical); `None` where nothing is there.
pub(super) fn resolve(root: &Path, relative: &str) -> Result<Option<PathBuf>, PathError> {
    let at = root.join(relative);
    match at.canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(Some(real)),
        Ok(real) => Err(PathError::LinkLeaves { path: relative.to_owned(), to: real }),
        Err(error) => match (error.kind(), at.symlink_metadata()) {
            (ErrorKind::NotFound | ErrorKind::NotADirectory, Err(_)) => Ok(None),
            (ErrorKind::NotFound, Ok(_)) => {
                Err(PathError::LinkBroken { path: relative.to_owned() })
            }
            _ if error.raw_os_error() == Some(ELOOP) => {
                Err(PathError::LinkBroken { path: relative.to_owned() })
            }
            _ => {
                Err(PathError::Unreadable { path: relative.to_owned(), reason: error.to_string() })
            }
        },
    }
}

/// `ErrorKind::FilesystemLoop` is not stable yet; the number is Linux's.
const ELOOP: i32 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_or_refused() {
        assert_eq!(relative("./a//b/").unwrap(), "a/b");
        assert_eq!(relative("./").unwrap(), ".");
        assert_eq!(relative("a..b/...").unwrap(), "a..b/...");
        for bad in ["", "/a", "..", "a/../b", "a\nb", "a\\b", "a\0b", "a\u{2028}b"] {
            assert!(relative(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn links_may_not_leave() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("f"), "").unwrap();
        for (from, to) in [("in", "f"), ("out", "/etc"), ("gone", "nothing"), ("self", "self")] {
            std::os::unix::fs::symlink(to, root.join(from)).unwrap();
        }
        assert_eq!(resolve(&root, "in"), Ok(Some(root.join("f"))));
        assert_eq!(resolve(&root, "missing"), Ok(None));
        assert_eq!(resolve(&root, "f/x"), Ok(None));
        assert!(matches!(resolve(&root, "out/passwd"), Err(PathError::LinkLeaves { .. })));
        assert!(matches!(resolve(&root, "gone"), Err(PathError::LinkBroken { .. })));
        assert!(matches!(resolve(&root, "self"), Err(PathError::LinkBroken { .. })));
    }
}
