//! Audit and reduce the USER instructions of a Dockerfile: the runs of each user, what its switches cost, and what is risky
//! about them.
//!
//! Facts and findings only: nothing is changed here and nothing printed. Commands of a step are read
//! by their words (`commands`), not run: a rule says what a line says, and stays silent where a
//! script or a variable hides it.
//!
//! Two numbers, which are not the same: *`USER` lines* are what people count and what
//! `--max-switches` judges; *switches* are changes from the user of one step to that of the next.

mod accounts;
mod commands;
mod cost;
mod facts;
mod home;
mod modes;
mod redundant;
mod rule;
mod rules;
mod runs;

use std::collections::{BTreeMap, HashMap};

pub use facts::*;
pub use rule::{ALL as RULES, Rule};

use super::File;
use super::users::needless;
use accounts::Accounts;
use commands::Commands;

/// The schema of the facts.
pub const SCHEMA: &str = "mad.users-audit/1";

/// What the rules look at.
struct Subject<'a> {
    file: &'a File,
    commands: Commands,
    accounts: Accounts,
    stages: &'a [StageAudit],
}

/// Audits a file; `path` is how it is named in the report. `limit` is the most `USER` lines allowed.
pub fn audit(file: &File, path: &str, limit: Option<usize>) -> Audit {
    let commands = Commands::of(file);
    let accounts = Accounts::of(file, &commands);
    let needless = needless(file);
    let stages: Vec<StageAudit> = (0..file.stages().len())
        .map(|stage| runs::stage(file, stage, &accounts, &needless))
        .collect();
    let subject = Subject { file, commands, accounts, stages: &stages };
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule.check(&subject)).collect();
    let user_lines = stages.iter().map(|stage| stage.user_lines).sum();
    findings.extend(rules::limit(&stages, user_lines, limit));
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    let findings = gathered(findings);
    Audit {
        schema: SCHEMA,
        file: path.to_owned(),
        user_lines,
        switches: stages.iter().map(|stage| stage.switches).sum(),
        fewest: user_lines - needless.len(),
        limit,
        stages,
        findings,
    }
}

/// The most findings of one kind that are told one by one.
const MOST_OF_A_KIND: usize = 20;

/// Where messages of one line are not joined any more, in bytes.
const LONGEST: usize = 300;

/// One finding a kind and line; and of one kind not more than people read: the rest is told in one.
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

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
