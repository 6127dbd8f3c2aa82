//! `--baseline`: what a build is judged by.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Result};

use super::environment;
use super::globals::Globals;
use crate::project::{Project, file_at};
use crate::timing::judge::BaselineFile;

/// Variables in which a CI service names the branch that is merged into: GitHub Actions, GitLab.
const TARGET_BRANCH: [&str; 2] = ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"];

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BaselineChoice {
    /// In CI the file of the branch that is merged into; else the history, else the file.
    #[default]
    Auto,
    /// The history, and of a file only what it accepts.
    History,
    /// A file.
    File(PathBuf),
    /// The project's file at a revision.
    Revision(String),
}

impl FromStr for BaselineChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "history" => Ok(Self::History),
            "" | "git:" => Err("expected `auto`, `history`, a file, or `git:REVISION`".to_owned()),
            _ => Ok(match text.strip_prefix("git:") {
                Some(revision) => Self::Revision(revision.to_owned()),
                None => Self::File(text.into()),
            }),
        }
    }
}

/// What a build is judged by, beside the history.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The file, and what it is called.
    pub file: Option<(BaselineFile, String)>,
    /// Whether it goes before the history.
    pub is_first: bool,
}

impl BaselineChoice {
    /// Reads what was asked for.
    pub fn read(&self, globals: &Globals, project: &Project, profile: &str) -> Result<Chosen> {
        let path = BaselineFile::path(profile);
        match self {
            Self::Auto => match TARGET_BRANCH.into_iter().find_map(environment::set) {
                Some(branch) => {
                    let revision = format!("origin/{}", branch.to_string_lossy());
                    // A shallow checkout does not have it; never the pull request's own copy then,
                    // which could accept what the pull request does.
                    at(project, profile, &revision).or_else(|error| {
                        globals.note(&format!("warning: {error:#}; judged by the history alone"));
                        Ok(Chosen::default())
                    })
                }
                None => Ok(Chosen { file: in_project(project, profile)?, is_first: false }),
            },
            Self::History => Ok(Chosen { file: in_project(project, profile)?, is_first: false }),
            Self::File(file) => {
                let name = file.display().to_string();
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the baseline `{name}`"))?;
                let file = BaselineFile::parse(&name, profile, &text)?;
                Ok(Chosen { file: Some((file, name)), is_first: true })
            }
            Self::Revision(revision) => {
                let chosen = at(project, profile, revision)?;
                if chosen.file.is_none() {
                    globals.note(&format!(
                        "warning: `{revision}` has no {path}; judged by the history alone"
                    ));
                }
                Ok(chosen)
            }
        }
    }
}

/// The project's file as it is at a revision.
fn at(project: &Project, profile: &str, revision: &str) -> Result<Chosen> {
    let path = BaselineFile::path(profile);
    let name = format!("{revision}:{path}");
    let Some(text) = file_at(project, revision, &path)? else { return Ok(Chosen::default()) };
    let file = BaselineFile::parse(&name, profile, &text)?;
    Ok(Chosen { file: Some((file, name)), is_first: true })
}

/// The project's file as it lies there.
fn in_project(project: &Project, profile: &str) -> Result<Option<(BaselineFile, String)>> {
    let path = BaselineFile::path(profile);
    let at = project.root().join(&path);
    if !at.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&at)
        .with_context(|| format!("cannot read the baseline `{path}`"))?;
    Ok(Some((BaselineFile::parse(&path, profile, &text)?, path)))
}
