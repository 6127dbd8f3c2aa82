//! Annotations: workflow commands of GitHub Actions, on the lines at fault.

use std::fmt::Write;

use super::words;
use crate::report::escape;
use crate::timing::clean_line;
use dockerfile::audit::{Audit, RULES, Severity};

/// A command a line; one notice where there is nothing to say.
pub fn github(audit: &Audit) -> String {
    let mut out = String::new();
    for finding in &audit.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let rule = RULES.iter().find(|rule| rule.id == finding.rule);
        let _ = writeln!(
            out,
            "::{command} file={},line={},endLine={},title={}::{}",
            escape::github_property(&audit.file),
            finding.line,
            finding.end_line,
            escape::github_property(rule.map_or(finding.rule, |rule| rule.title)),
            escape::github(&format!(
                "{} ({}) {}",
                clean_line(&finding.message),
                finding.rule,
                finding.help
            ))
        );
    }
    if out.is_empty() {
        let _ = writeln!(out, "::notice title=users::{}", escape::github(&words::summary(audit)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::users::audit::testing::{audits, grown, hostile};

    #[test]
    fn a_grown_file_in_annotations() {
        insta::assert_snapshot!(github(&grown(Some(3))));
    }

    #[test]
    fn no_text_starts_a_command_of_its_own() {
        for audit in audits().iter().chain([&hostile()]) {
            for line in github(audit).lines() {
                let commands = ["::error ", "::warning ", "::notice "];
                assert!(commands.iter().any(|command| line.starts_with(command)), "{line}");
            }
        }
    }
}
