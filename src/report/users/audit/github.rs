//! An audit's findings as annotations, on the lines at fault.

use super::findings::findings;
use super::words;
use crate::report::finding::Finding;
use crate::report::github;
use dockerfile::audit::Audit;

/// A command a line; one notice where there are no findings.
pub fn github(audit: &Audit) -> String {
    let with_help = |(it, of): (Finding, &dockerfile::audit::Finding)| Finding {
        message: format!("{} ({}) {}", it.message, it.rule, of.help),
        ..it
    };
    let findings: Vec<Finding> =
        findings(audit).into_iter().zip(&audit.findings).map(with_help).collect();
    github::github(&findings, ("users", &words::summary(audit)))
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
            github::check(&audit.file, &github(audit));
        }
    }
}
