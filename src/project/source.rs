//! Where a project is from: its name among others, and what git says of it.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Project;

/// Where a project is from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// See [`Self::name_of`].
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

    /// The name of a project among others: `project` of its settings; else their `source` with the
    /// path of its folder in the repository, for one repository may hold several projects; else the
    /// path of its folder. Where no repository is found, the whole path tells the folders of one
    /// `source` apart.
    pub fn name_of(project: &Project) -> String {
        let (settings, root) = (project.settings(), project.root());
        match (settings.project(), settings.source()) {
            (Some(name), _) => name.to_owned(),
            (None, None) => root.display().to_string(),
            (None, Some(source)) => match below_repository(root) {
                Some(below) if below.as_os_str().is_empty() => source.to_owned(),
                Some(below) => format!("{source}#{}", below.display()),
                None => format!("{source}#{}", root.display()),
            },
        }
    }

    /// What a project was called before its settings said anything of it.
    pub fn name_without_settings(project: &Project) -> String {
        project.root().display().to_string()
    }
}

/// The path of a folder in its repository. `.git` is a file in worktrees and submodules.
fn below_repository(root: &Path) -> Option<&Path> {
    let top = root.ancestors().find(|folder| folder.join(".git").exists())?;
    root.strip_prefix(top).ok()
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
        let yaml = "source: https://example.org/x\n";
        let (folder, named) = project(&[("mad.yaml", yaml)]);
        let at = folder.path().canonicalize().unwrap();
        assert_eq!(Source::name_of(&named), format!("https://example.org/x#{}", at.display()));
        std::fs::create_dir(at.join(".git")).unwrap();
        assert_eq!(Source::name_of(&named), "https://example.org/x");
        // Two projects of one repository are two.
        std::fs::create_dir_all(at.join("images/a")).unwrap();
        std::fs::write(at.join("images/a/mad.yaml"), yaml).unwrap();
        let below = Project::open(&at.join("images/a")).unwrap();
        assert_eq!(Source::name_of(&below), "https://example.org/x#images/a");
        let (_folder, own) = project(&[("mad.yaml", &format!("{yaml}project: agents\n"))]);
        assert_eq!(Source::name_of(&own), "agents");
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
