//! A build's findings as annotations, on the template or profile line at fault.

use super::BuildReport;
use super::story::{Story, findings};
use crate::report::github;

/// A command a line, the most severe first; one notice where there are no findings.
pub fn github(report: &BuildReport) -> String {
    let story = Story::of(report);
    let text = format!("{}: {}", story.word, story.reason);
    github::github(&findings(report, &story), ("build time", &text))
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
        every(|name, report| github::check(name, &github(report)));
    }
}
