//! `users/max-switches`: more `USER` lines than `--max-switches` allows.

use super::super::facts::{Finding, Severity, StageAudit};
use super::super::rule::{Rule, RuleMatch};

pub(in super::super) const RULE: Rule = Rule {
    id: "users/max-switches",
    title: "More USER lines than allowed",
    severity: Severity::Error,
    help: "Put the steps of one user in a row: `mad users fix` does it where that is safe.",
    // It needs the limit, which no file says.
    check: |_| Vec::new(),
};

/// The finding, on the first line that is one too many.
pub(in super::super) fn limit(
    stages: &[StageAudit],
    user_lines: usize,
    limit: Option<usize>,
) -> Option<Finding> {
    let limit = limit.filter(|limit| user_lines > *limit)?;
    let mut lines = stages.iter().flat_map(|stage| &stage.costs).map(|cost| cost.line);
    let line = lines.nth(limit)?;
    let s = if user_lines == 1 { "" } else { "s" };
    let message =
        format!("{user_lines} `USER` line{s}, {limit} allowed; this is the first too many");
    Some(RULE.finding(RuleMatch::at(line, message)))
}
