//! An audit's findings and rules in the form that all formats write.

use crate::report::finding::{Finding, Rule, Severity, SourceLine};
use crate::timing::clean_line;
use dockerfile::audit::{self, Audit, RULES};

/// All rules of the audit.
pub(in crate::report) fn rules() -> Vec<Rule> {
    let rule = |rule: &'static audit::Rule| Rule {
        id: rule.id,
        title: rule.title,
        help: rule.help,
        severity: Some(severity(rule.severity)),
    };
    RULES.iter().copied().map(rule).collect()
}

/// The findings, in the order of their lines.
pub(super) fn findings(audit: &Audit) -> Vec<Finding> {
    let title =
        |id: &'static str| RULES.iter().find(|rule| rule.id == id).map_or(id, |it| it.title);
    let finding = |finding: &audit::Finding| Finding {
        rule: finding.rule,
        severity: severity(finding.severity),
        subject: finding.message.clone(),
        title: title(finding.rule).to_owned(),
        message: clean_line(&finding.message),
        at: Some(SourceLine {
            file: audit.file.clone(),
            line: Some(finding.line as u64),
            end_line: Some(finding.end_line as u64),
            column: None,
        }),
    };
    audit.findings.iter().map(finding).collect()
}

fn severity(severity: audit::Severity) -> Severity {
    match severity {
        audit::Severity::Error => Severity::Error,
        audit::Severity::Warning => Severity::Warning,
        audit::Severity::Note => Severity::Note,
    }
}
