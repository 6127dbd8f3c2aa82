//! What an audit finds, as data: `mad.users-audit/1`.

use serde::Serialize;

use crate::users::RedundancyReason;

/// The audit of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// `mad.users-audit/1`.
    pub schema: &'static str,
    /// The file as it was named.
    pub file: String,
    /// `USER` instructions in all stages.
    pub user_lines: usize,
    /// Changes from the user of one step to that of the next, in all stages.
    pub switches: usize,
    /// The `USER` lines that `mad users fix --strategy safe` leaves.
    pub fewest: usize,
    /// The most `USER` lines allowed, where that was asked.
    pub limit: Option<usize>,
    /// The stages, in order.
    pub stages: Vec<StageAudit>,
    /// What is risky or needless, by line.
    pub findings: Vec<Finding>,
}

impl Audit {
    /// Whether there are more `USER` lines than allowed.
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.user_lines > limit)
    }
}

/// The users of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageAudit {
    /// Its name; `stage-N` without one.
    pub name: String,
    /// What stands after `FROM`.
    pub base: String,
    /// With the defaults of the `ARG`s above, where it has variables.
    pub base_expanded: Option<String>,
    /// The user of the image that it starts from, where an engine has that image.
    pub base_user: Option<String>,
    /// Whether that is an image, an earlier stage or nothing.
    pub base_kind: BaseKind,
    /// First and last line.
    pub lines: Lines,
    /// `USER` instructions.
    pub user_lines: usize,
    /// `ONBUILD USER`: they count in the builds that start from this image, not here.
    pub onbuild_user_lines: usize,
    /// Changes from the user of one step to that of the next.
    pub switches: usize,
    /// Instructions in a row under one user.
    #[serde(rename = "runs")]
    pub user_runs: Vec<UserRun>,
    /// The user that the image has.
    pub last_user: User,
    /// `USER` lines that change nothing.
    pub redundant: Vec<RedundantLine>,
    /// What each `USER` line costs.
    pub costs: Vec<Cost>,
}

/// What a stage starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaseKind {
    /// An image.
    Image,
    /// An earlier stage.
    Stage,
    /// `scratch`.
    Scratch,
}

/// First and last line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// The first.
    pub first: usize,
    /// The last.
    pub last: usize,
}

/// A user as the file names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// As written; empty for the base image's.
    pub text: String,
    /// How it is named.
    pub kind: UserKind,
    /// With variables replaced, where the file gives their values.
    pub expanded: Option<String>,
    /// Whether it is the superuser, where the file says.
    pub is_root: Option<bool>,
    /// The line that makes the account, where one does.
    pub made_at: Option<usize>,
}

/// How a user is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserKind {
    /// Not: the base image's.
    Inherited,
    /// By name.
    Named,
    /// By number.
    Numeric,
    /// Through a variable.
    Variable,
    /// Perhaps: an instruction that only a foreign frontend knows stands above.
    Unknown,
}

/// Instructions in a row under one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserRun {
    /// Under whom.
    pub user: User,
    /// The `USER` line; `None` where the user comes from the base.
    pub set_at: Option<usize>,
    /// Its lines, the `USER` line included.
    pub lines: Lines,
    /// The steps that run as the user: `RUN`, and `WORKDIR`, which makes its folder as the user.
    pub steps: Vec<AuditStep>,
    /// Other instructions, which no user changes.
    pub others: usize,
}

/// A step that runs as somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditStep {
    /// `RUN` or `WORKDIR`.
    pub keyword: String,
    /// Its lines.
    pub lines: Lines,
    /// Its arguments on one line.
    pub text: String,
}

/// A `USER` line that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedundantLine {
    /// Its line.
    pub line: usize,
    /// The user.
    pub user: String,
    /// Why it changes nothing.
    pub why: RedundancyReason,
}

/// What a `USER` line costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Its line.
    pub line: usize,
    /// The user.
    pub user: String,
    /// Steps whose cache key holds this user: they run anew when the line changes.
    pub cache_keys: usize,
    /// Steps under it that could join an earlier `RUN` of the same user, were they in a row.
    pub could_merge: usize,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// To know.
    Note,
    /// To change.
    Warning,
    /// Does not work.
    Error,
}

/// Something risky or needless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// For example `users/chown-r`.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// First line.
    pub line: usize,
    /// Last line.
    pub end_line: usize,
    /// What is the matter here.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}
