//! An audit's findings in SARIF, each on its lines.

use super::findings::{findings, rules};
use crate::report::finding::Finding;
use crate::report::sarif::{self, Run};
use dockerfile::audit::Audit;

/// One run of mad with its rules and results.
pub fn sarif(audit: &Audit) -> String {
    // The same words on another line are the same alert.
    let findings: Vec<Finding> = findings(audit)
        .into_iter()
        .map(|it| Finding { subject: format!("{}\n{}", it.rule, it.subject), ..it })
        .collect();
    sarif::sarif(&Run {
        version: env!("CARGO_PKG_VERSION"),
        category: format!("mad-users/{}/", audit.file),
        rules: &rules(),
        fingerprint: "finding/v1",
        findings: &findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::users::audit::testing::{audits, grown, hostile};

    #[test]
    fn a_grown_file_in_sarif() {
        insta::assert_snapshot!(sarif(&grown(Some(3))));
    }

    #[test]
    fn every_audit_holds_to_the_schema() {
        let audits = audits();
        let all = audits.iter().map(|audit| (audit.file.as_str(), sarif(audit)));
        let odd = [("grown", sarif(&grown(Some(1)))), ("hostile", sarif(&hostile()))];
        sarif::testing::check(all.chain(odd));
    }
}
