//! A verification as a job summary.

use std::fmt::Write;

use super::words::{last, line, run, state, trial_facts, verdict};
use crate::report::escape::{code, markdown as text};
use crate::timing::clean_line;
use crate::ui::human_bytes;
use crate::verify::{Check, ImageVerification, Trial};

/// A job summary.
pub fn markdown(verification: &ImageVerification) -> String {
    let mut out = String::new();
    let image = clean_line(&verification.image);
    let _ = writeln!(out, "### Image {}\n", code(&image));
    let _ = writeln!(
        out,
        "{}, {}\n",
        text(&verdict(verification)),
        human_bytes(verification.size_bytes)
    );
    table(&mut out, &verification.checks);
    if !verification.runs.is_empty() {
        let _ = writeln!(out, "\n| started as | |\n|---|---|");
    }
    for one in &verification.runs {
        let _ = writeln!(out, "| {} | {} |", text(&clean_line(&one.user)), text(&run(one)));
    }
    findings(&mut out, &verification.checks);
    out
}

/// The gates of a build.
pub(in crate::report) fn gates(trial: &Trial) -> String {
    let mut out = String::from("\n**Trial of the image**, before its tag moved");
    for (name, value) in trial_facts(trial) {
        let _ = write!(out, "; {name} {value}");
    }
    out += "\n\n";
    if !trial.checks.is_empty() {
        table(&mut out, &trial.checks);
        findings(&mut out, &trial.checks);
    }
    out
}

fn table(out: &mut String, checks: &[Check]) {
    let _ = writeln!(out, "| check | | what |\n|---|---|---|");
    for check in checks {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            check.name.as_str(),
            state(check),
            text(&clean_line(&check.summary))
        );
    }
}

fn findings(out: &mut String, checks: &[Check]) {
    for check in checks.iter().filter(|check| !check.findings.is_empty()) {
        let _ = writeln!(out, "\n**{}** ({})\n", check.name.as_str(), state(check));
        for finding in &check.findings {
            let _ = writeln!(out, "- {}", text(&clean_line(&finding.message)));
            let (hidden, lines) = last(&finding.log);
            if hidden > 0 {
                let _ = writeln!(out, "  - {hidden} lines before");
            }
            for one in lines {
                let _ = writeln!(out, "  - {}", code(&line(one)));
            }
        }
    }
}
