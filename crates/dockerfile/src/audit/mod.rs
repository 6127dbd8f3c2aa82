//! Who runs as whom in a Dockerfile: the runs of each user, what its switches cost, and what is risky
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
mod redundant;
mod rule;
mod rules;
mod runs;

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
    findings.dedup();
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

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
