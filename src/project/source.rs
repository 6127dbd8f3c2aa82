//! Where a project is from: its name among others, and what git says of it.

use std::process::{Command, Stdio};

use super::Project;

/// Where a project is from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The `source` of its settings, else the path of its folder.
    pub project: String,
    /// The commit that is checked out, where it is in git.
    pub commit: Option<String>,
    /// Its branch; `None` also where a commit is checked out and no branch.
    pub branch: Option<String>,
}

impl Source {
    /// Asks the settings and git, which takes a few milliseconds. Where git does not answer, it
    /// says nothing.
    pub fn of(project: &Project) -> Self {
        let (commit, branch) = revision(project).unzip();
        Self { project: Self::name_of(project), commit, branch: branch.flatten() }
    }

    /// The name of a project among others.
    pub fn name_of(project: &Project) -> String {
        let name = project.settings().source().map(str::to_owned);
        name.unwrap_or_else(|| project.root().display().to_string())
    }
}

fn revision(project: &Project) -> Option<(String, Option<String>)> {
    let git = which::which("git").ok()?;
    let output = Command::new(git)
        .arg("-C")
        .arg(project.root())
        .args(["rev-parse", "HEAD", "--abbrev-ref", "HEAD"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    parse(&String::from_utf8(output.stdout).ok()?)
}

/// Two lines: the commit, and the branch or `HEAD`.
fn parse(answer: &str) -> Option<(String, Option<String>)> {
    let mut lines = answer.lines();
    let commit = lines.next().filter(|line| !line.is_empty())?;
    let branch = lines.next().filter(|branch| *branch != "HEAD");
    Some((commit.to_owned(), branch.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::testing::project;

    #[test]
    fn the_settings_name_the_project_and_the_folder_otherwise() {
        let (folder, plain) = project(&[]);
        let source = Source::of(&plain);
        assert_eq!(source.project, folder.path().canonicalize().unwrap().display().to_string());
        let (_folder, named) = project(&[("mad.yaml", "source: https://example.org/x\n")]);
        assert_eq!(Source::of(&named).project, "https://example.org/x");
    }

    #[test]
    fn git_tells_commit_and_branch() {
        let owned = |commit: &str, branch: Option<&str>| {
            Some((commit.to_owned(), branch.map(str::to_owned)))
        };
        assert_eq!(parse("abc\nmain\n"), owned("abc", Some("main")));
        assert_eq!(parse("abc\nHEAD\n"), owned("abc", None));
        assert_eq!(parse(""), None);
    }
}
