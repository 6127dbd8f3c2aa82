//! All rules over one file, and their findings gathered: one a line and kind, and not more than people read.

use std::collections::{BTreeMap, HashMap};

use super::accounts::Accounts;
use super::commands::Commands;
use super::facts::{Audit, Finding, StageAudit};
use super::rule::ALL;
use super::{rules, runs};
use crate::File;
use crate::users::redundant_users;

/// The schema of the facts.
pub const SCHEMA: &str = "mad.users-audit/1";

/// What the rules look at.
pub(super) struct RuleContext<'a> {
    pub(super) file: &'a File,
    pub(super) commands: Commands,
    pub(super) accounts: Accounts,
    pub(super) stages: &'a [StageAudit],
}

/// Audits a file; `path` is how it is named in the report. `limit` is the most `USER` lines allowed.
pub fn audit(file: &File, path: &str, limit: Option<usize>) -> Audit {
    let commands = Commands::of(file);
    let accounts = Accounts::of(file, &commands);
    let redundant = redundant_users(file);
    let stages: Vec<StageAudit> = (0..file.stages().len())
        .map(|stage| runs::stage(file, stage, &accounts, &redundant))
        .collect();
    let context = RuleContext { file, commands, accounts, stages: &stages };
    let mut findings: Vec<Finding> = ALL.iter().flat_map(|rule| rule.check(&context)).collect();
    let user_lines = stages.iter().map(|stage| stage.user_lines).sum();
    findings.extend(rules::limit(&stages, user_lines, limit));
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    let findings = gathered(findings);
    Audit {
        schema: SCHEMA,
        file: path.to_owned(),
        user_lines,
        switches: stages.iter().map(|stage| stage.switches).sum(),
        fewest: user_lines - redundant.len(),
        limit,
        stages,
        findings,
    }
}

/// The most findings of one kind that are listed one by one.
const MOST_OF_A_KIND: usize = 20;

/// Where messages of one line are not joined any more, in bytes.
const LONGEST: usize = 300;

/// One finding a kind and line; and of one kind not more than people read: the rest is summed up in one.
fn gathered(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    // By kind, the first that is one too many, and the last.
    let mut rest: BTreeMap<&str, (Finding, usize)> = BTreeMap::new();
    for finding in findings {
        let same_line = kept.iter_mut().rev().take_while(|other| other.line == finding.line);
        if let Some(other) = same_line.into_iter().find(|other| other.rule == finding.rule) {
            other.severity = other.severity.max(finding.severity);
            if !other.message.contains(&finding.message) && other.message.len() < LONGEST {
                other.message.push_str("; ");
                other.message.push_str(&finding.message);
            }
            continue;
        }
        let count = counts.entry(finding.rule).or_default();
        *count += 1;
        if *count <= MOST_OF_A_KIND {
            kept.push(finding);
        } else {
            let line = finding.line;
            rest.entry(finding.rule).or_insert((finding, line)).1 = line;
        }
    }
    for (rule, (first, last)) in rest {
        let more = counts[rule] - MOST_OF_A_KIND;
        let message = match more {
            1 => first.message.clone(),
            _ => format!("{more} more of this kind, from here to line {last}: {}", first.message),
        };
        kept.push(Finding { message, ..first });
    }
    kept.sort_by_key(|finding| (finding.line, finding.rule));
    kept
}
