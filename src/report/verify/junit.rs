//! A verification as JUnit: a case for each check. A warning is a skipped one: JUnit has no other word.

use super::words::{line, state};
use crate::report::junit::{self, Outcome, Suite, TestCase};
use crate::timing::clean_line;
use crate::verify::{Check, CheckState, ImageFinding, ImageVerification};

/// A case for each check.
pub fn junit(verification: &ImageVerification) -> String {
    let image = clean_line(&verification.image);
    let cases = verification.checks.iter().map(|check| check_case(&image, check)).collect();
    junit::junit(&Suite { name: "mad image verify".to_owned(), ran: None, cases })
}

/// One check as a case of `class`.
pub(in crate::report) fn check_case(class: &str, check: &Check) -> TestCase {
    let failure = |finding: &ImageFinding| {
        let more: Vec<String> = finding.log.iter().map(line).collect();
        (clean_line(&finding.message), more.join("\n"))
    };
    let outcome = match check.state {
        CheckState::Skipped => Outcome::Skipped(clean_line(&check.summary)),
        _ if check.refuses() => Outcome::Failed(check.findings.iter().map(failure).collect()),
        // JUnit knows no warning: it fails nothing, and is no pass.
        CheckState::Failed => {
            let texts: Vec<String> = check.findings.iter().map(|one| failure(one).0).collect();
            Outcome::Skipped(format!("{}: {}", state(check), texts.join("; ")))
        }
        CheckState::Passed => Outcome::Passed,
    };
    TestCase { class: class.to_owned(), name: check.name.as_str().to_owned(), ms: None, outcome }
}
