//! Files of a project as they are in another revision of git.

use std::process::{Command, Stdio};

use thiserror::Error;

use super::Project;

/// Why a revision cannot be looked into.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RevisionError {
    /// There is no git.
    #[error("cannot read revision `{revision}`: found no program `git`")]
    NoGit {
        /// The revision.
        revision: String,
    },
    /// git does not know it.
    #[error("cannot read revision `{revision}`: {why}")]
    Unknown {
        /// The revision.
        revision: String,
        /// git's words.
        why: String,
    },
}

impl RevisionError {
    /// One command that helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoGit { .. } => None,
            Self::Unknown { revision, .. } => {
                let branch = revision.strip_prefix("origin/").unwrap_or(revision);
                Some(format!("fetch it: `git fetch origin {branch}`"))
            }
        }
    }
}

/// The text of `path` (below the project's folder) at `revision`; `None` where that revision does
/// not have the file.
pub fn file_at(
    project: &Project,
    revision: &str,
    path: &str,
) -> Result<Option<String>, RevisionError> {
    let git =
        which::which("git").map_err(|_| RevisionError::NoGit { revision: revision.to_owned() })?;
    let run = |arguments: &[&str]| {
        let command = Command::new(&git)
            .arg("-C")
            .arg(project.root())
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        match command {
            Ok(output) if output.status.success() => Ok(output.stdout),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    };
    // A revision that begins with a dash would be an option.
    let commit = format!("{revision}^{{commit}}");
    let commit =
        run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).map_err(|why| {
            RevisionError::Unknown {
                revision: revision.to_owned(),
                why: if why.is_empty() { "git does not know it".to_owned() } else { why },
            }
        })?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let shown = run(&["show", &format!("{commit}:./{path}")]);
    Ok(shown.ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;

    #[test]
    fn a_file_is_read_as_it_was() {
        let (folder, project) = project(&[("a.yaml", "one\n")]);
        let git = |arguments: &[&str]| {
            let status = Command::new("git").arg("-C").arg(folder.path()).args(arguments).status();
            assert!(status.unwrap().success(), "{arguments:?}");
        };
        git(&["init", "-q", "-b", "main"]);
        git(&["add", "-A"]);
        git(&["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "one"]);
        std::fs::write(folder.path().join("a.yaml"), "two\n").unwrap();
        assert_eq!(file_at(&project, "main", "a.yaml").unwrap().as_deref(), Some("one\n"));
        assert_eq!(file_at(&project, "main", "b.yaml").unwrap(), None);
        for unknown in ["origin/main", "--help", ""] {
            let error = file_at(&project, unknown, "a.yaml").unwrap_err();
            assert!(matches!(error, RevisionError::Unknown { .. }), "{error}");
        }
    }
}
