//! `--baseline`: what a build is judged by.

use std::path::PathBuf;
use std::str::FromStr;

use crate::cli::error::{Context, Result};

use super::baseline::BaselineSource;
use super::environment;
use super::exit::UsageError;
use super::globals::Globals;
use crate::project::Project;
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
pub struct ChosenBaseline {
    /// The file, and what it is called.
    pub file: Option<(BaselineFile, String)>,
    /// Whether it goes before the history.
    pub is_first: bool,
}

impl BaselineChoice {
    /// Reads what was asked for.
    pub fn read(
        &self,
        globals: &Globals,
        project: &Project,
        profile: &str,
    ) -> Result<ChosenBaseline> {
        let path = BaselineFile::path(profile);
        let own = || BaselineSource::File { path: path.clone() };
        let at = |revision: String| BaselineSource::Git { revision, path: path.clone() };
        let read = |source: &BaselineSource| -> Result<Option<(BaselineFile, String)>> {
            let file = source.read(project.root(), profile)?;
            Ok(file.map(|file| (file, source.name())))
        };
        let target = TARGET_BRANCH.into_iter().find_map(environment::set);
        match (self, target) {
            (Self::Auto, Some(branch)) => {
                let source = at(format!("origin/{}", branch.to_string_lossy()));
                // A shallow checkout does not have it; never the pull request's own copy then,
                // which could accept what the pull request does.
                let file = read(&source).unwrap_or_else(|error| {
                    globals.note(&format!("warning: {error:#}; comparing with the history only"));
                    None
                });
                Ok(ChosenBaseline { file, is_first: true })
            }
            (Self::Auto | Self::History, _) => {
                Ok(ChosenBaseline { file: read(&own())?, is_first: false })
            }
            (Self::File(file), _) => {
                // As typed: relative to where the person is, not to the project.
                let at = std::path::absolute(file).context("cannot find the current folder")?;
                let source = BaselineSource::File { path: at.display().to_string() };
                let Some((found, _)) = read(&source)? else {
                    let message = format!("found no baseline `{}`", file.display());
                    let hint = Some(format!("write one: `mad baseline set -p {profile}`"));
                    return Err(UsageError { message, hint }.into());
                };
                Ok(ChosenBaseline {
                    file: Some((found, file.display().to_string())),
                    is_first: true,
                })
            }
            (Self::Revision(revision), _) => {
                let file = read(&at(revision.clone()))?;
                if file.is_none() {
                    globals.note(&format!(
                        "warning: `{revision}` has no {path}; judged by the history alone"
                    ));
                }
                Ok(ChosenBaseline { file, is_first: true })
            }
        }
    }
}
