//! Annotations: findings as workflow commands of GitHub Actions, on the lines at fault.

use std::fmt::Write;

use super::escape;
use super::finding::{Finding, Severity};

/// A command a line, in the order of the findings; where there are none, one notice says `otherwise`, a
/// title and a text.
pub(in crate::report) fn github(findings: &[Finding], otherwise: (&str, &str)) -> String {
    let mut out = String::new();
    for finding in findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(at) = &finding.at {
            properties.push(format!("file={}", escape::github_property(&at.file)));
            let numbers = [("line", at.line), ("endLine", at.end_line), ("col", at.column)];
            for (name, number) in numbers {
                properties.extend(number.map(|number| format!("{name}={number}")));
            }
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
        let (title, text) = otherwise;
        let title = escape::github_property(title);
        let _ = writeln!(out, "::notice title={title}::{}", escape::github(text));
    }
    out
}

/// Panics where a line is no command of ours: a text that got out of its place.
#[cfg(test)]
pub(in crate::report) fn check(name: &str, annotations: &str) {
    for line in annotations.lines() {
        let commands = ["::error ", "::warning ", "::notice "];
        assert!(commands.iter().any(|command| line.starts_with(command)), "{name}: {line}");
    }
}
