//! Annotations: workflow commands of GitHub Actions, on the template or profile line at fault.

use std::fmt::Write;

use super::BuildReport;
use super::story::{Gravity, Story, findings};
use crate::report::escape;

/// A command a line, the gravest first; one notice where there is nothing to say.
pub fn github(report: &BuildReport) -> String {
    let story = Story::of(report);
    let mut out = String::new();
    for finding in findings(report, &story) {
        let command = match finding.gravity {
            Gravity::Error => "error",
            Gravity::Warning => "warning",
            Gravity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(at) = &finding.at {
            properties.push(format!("file={}", escape::github_property(&at.file)));
            properties.push(format!("line={}", at.line));
            properties.extend(at.column.map(|column| format!("col={column}")));
        }
        properties.push(format!("title={}", escape::github_property(&finding.title)));
        let _ = writeln!(
            out,
            "::{command} {}::{}",
            properties.join(","),
            escape::github(&finding.message)
        );
    }
    if out.is_empty() {
        let text = format!("{}: {}", story.word, story.reason);
        let _ = writeln!(out, "::notice title=build time::{}", escape::github(&text));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, hostile, report};

    #[test]
    fn every_report_in_annotations() {
        for name in ["regressed", "ok", "thin", "failed", "first"] {
            insta::assert_snapshot!(name, github(&report(name)));
        }
        insta::assert_snapshot!("hostile", github(&hostile()));
    }

    #[test]
    fn no_text_starts_a_command_of_its_own() {
        every(|name, report| {
            for line in github(report).lines() {
                let is_command = ["::error ", "::warning ", "::notice "]
                    .iter()
                    .any(|command| line.starts_with(command));
                assert!(is_command, "{name}: {line}");
            }
        });
    }
}
