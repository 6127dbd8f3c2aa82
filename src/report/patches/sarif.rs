//! A verification in SARIF, each finding on the patch file at fault.

use super::findings::{RULES, findings};
use crate::patch::Verification;
use crate::report::sarif::{self, Run};

/// One run of mad with its rules and results.
pub fn sarif(verification: &Verification) -> String {
    sarif::sarif(&Run {
        version: env!("CARGO_PKG_VERSION"),
        category: format!("mad-patches/{}/", verification.series),
        rules: &RULES,
        fingerprint: "difference/v1",
        findings: &findings(verification),
    })
}
