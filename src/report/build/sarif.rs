//! A build's findings in SARIF, on the template or profile line at fault.

use super::BuildReport;
use super::story::{RULES, Story, findings};
use crate::report::finding::Finding;
use crate::report::sarif::{self, Run};

/// One run of mad with its rules and results.
pub fn sarif(report: &BuildReport) -> String {
    let story = Story::of(report);
    let findings: Vec<Finding> = findings(report, &story)
        .into_iter()
        .map(|it| Finding { message: format!("{}: {}", it.title, it.message), ..it })
        .collect();
    sarif::sarif(&Run {
        version: &story.about.mad,
        category: format!("mad/{}/", story.about.profile),
        rules: &RULES,
        fingerprint: "subject/v1",
        findings: &findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, report};

    #[test]
    fn a_regression_in_sarif() {
        insta::assert_snapshot!(sarif(&report("regressed")));
    }

    #[test]
    fn every_report_holds_to_the_schema() {
        let mut logs = Vec::new();
        every(|name, report| logs.push((name.to_owned(), sarif(report))));
        sarif::testing::check(logs.iter().map(|(name, log)| (name.as_str(), log.clone())));
    }
}
