//! An audit as a job summary.

use std::fmt::Write;

use super::words;
use crate::report::escape;
use crate::timing::clean_line;
use dockerfile::audit::{Audit, StageAudit};

/// Headings, a table for each stage, a table of findings.
pub fn markdown(audit: &Audit) -> String {
    let mut out = format!("## Users of {}\n\n", escape::code(&clean_line(&audit.file)));
    let _ = writeln!(out, "{}.", words::summary(audit));
    for stage in &audit.stages {
        self::stage(&mut out, stage);
    }
    if !audit.findings.is_empty() {
        out.push_str("\n### Findings\n\n| line | | rule | what |\n|---:|---|---|---|\n");
    }
    for finding in &audit.findings {
        let message = clean_line(&finding.message);
        let _ = writeln!(
            out,
            "| {} | {} | `{}` | {} |",
            finding.line,
            words::severity(finding),
            finding.rule,
            prose(&message)
        );
    }
    let mut rules: Vec<_> = audit.findings.iter().map(|f| (f.rule, f.help)).collect();
    rules.sort_unstable();
    rules.dedup();
    if !rules.is_empty() {
        out.push('\n');
    }
    for (rule, help) in rules {
        let _ = writeln!(out, "- `{rule}`: {}", prose(help));
    }
    let _ = writeln!(out, "\n{}", words::conclusion(audit));
    out
}

fn stage(out: &mut String, stage: &StageAudit) {
    let _ = writeln!(
        out,
        "\n### {} ({}, {})\n\n| lines | user | steps | |\n|---|---|---|---|",
        escape::code(&clean_line(&stage.name)),
        escape::markdown(&words::base(stage)),
        words::lines(stage.lines)
    );
    for run in &stage.user_runs {
        let user = escape::markdown(&words::user(&run.user));
        let user = if run.user.is_root == Some(true) { format!("**{user}**") } else { user };
        let _ = writeln!(
            out,
            "| {} | {user} | {} | {} |",
            words::lines(run.lines).trim_start_matches("lines ").trim_start_matches("line "),
            words::work(run),
            words::cost(stage, run)
        );
    }
    let _ =
        writeln!(out, "\nThe image's user: {}.", escape::markdown(&words::user(&stage.last_user)));
    if let Some(costs) = words::costs(stage) {
        let _ = writeln!(out, "\n{costs}.");
    }
}

/// A sentence of ours whose quotations, in backticks, are the file's.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (nth, part) in text.split('`').enumerate() {
        match nth % 2 {
            0 => out.push_str(&escape::markdown(part)),
            _ => out.push_str(&escape::code(part)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::users::audit::testing::{grown, hostile};

    #[test]
    fn a_grown_file_as_a_job_summary() {
        insta::assert_snapshot!(markdown(&grown(Some(3))));
    }

    #[test]
    fn no_text_of_the_file_becomes_markup() {
        insta::assert_snapshot!(markdown(&hostile()));
    }
}
