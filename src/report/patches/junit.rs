//! A verification as JUnit: a case for each patch on each target; differences are its failures.

use super::table::patches;
use super::words::{clean, span};
use crate::patch::{Difference, Verification};
use crate::report::junit::{self, Outcome, Suite, TestCase};

/// A case for each patch on each target; what is about none of them is a case of its own.
pub fn junit(verification: &Verification) -> String {
    let mut cases = Vec::new();
    let mut others: Vec<&Difference> = verification.differences.iter().collect();
    for group in &verification.groups {
        let names: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
        for patch in patches(group) {
            let is_of = |difference: &&Difference| {
                difference.what == patch.id && difference.versions == names
            };
            let failed: Vec<&Difference> = verification.differences.iter().filter(is_of).collect();
            others.retain(|difference| !failed.contains(difference));
            cases.push(case(verification, &patch.id, &names, &failed));
        }
    }
    for difference in others {
        let Difference { what, versions, .. } = clean(difference);
        cases.push(case(verification, &what, &versions, &[difference]));
    }
    junit::junit(&Suite { name: "mad patch verify".to_owned(), ran: None, cases })
}

fn case(
    verification: &Verification,
    what: &str,
    versions: &[String],
    failed: &[&Difference],
) -> TestCase {
    let failure = |difference: &&Difference| {
        let Difference { expected, found, .. } = clean(difference);
        (found, format!("expected {expected}"))
    };
    let outcome = match failed {
        [] => Outcome::Passed,
        failed => Outcome::Failed(failed.iter().map(failure).collect()),
    };
    TestCase {
        class: verification.package.clone(),
        name: format!("{what} in {}", span(versions)),
        ms: None,
        outcome,
    }
}
