//! What does not hold, and its rules, in the form that all formats write.

use super::table::patches;
use super::words::{clean, span};
use crate::patch::{Difference, DifferenceKind, Verification};
use crate::report::finding::{Finding, Rule, Severity, SourceLine};

/// All rules of a verification.
pub(in crate::report) const RULES: [Rule; 6] = [
    rule(
        "mad/patch-series",
        "Series not finished",
        "The series has no patches, or a text still has a `TODO` of the skeleton: see `mad patch new`.",
    ),
    rule(
        "mad/patch-target",
        "Target missing",
        "A file that the series patches is not in the package: see `mad patch rebase`.",
    ),
    rule(
        "mad/patch-fails",
        "Patch does not hold",
        "The patch does not apply, its result does not parse, or its probe says that it does not do its work: see `mad patch rebase` and `mad patch bisect`.",
    ),
    rule(
        "mad/patch-probe",
        "Probe cannot judge",
        "The probe was not run, could not judge, or said now this and now that of the same files.",
    ),
    rule(
        "mad/patch-build",
        "Patch refused by the build",
        "The patch fits, and the `patch --fuzz=0` of the image build refuses it all the same: see `mad patch refresh`.",
    ),
    rule(
        "mad/patch-record",
        "Not as recorded",
        "matrix.lock says otherwise: if the change is meant, `mad patch verify --update` records it.",
    ),
];

const fn rule(id: &'static str, title: &'static str, help: &'static str) -> Rule {
    Rule { id, title, help, severity: Some(Severity::Error) }
}

fn rule_of(kind: DifferenceKind) -> &'static Rule {
    match kind {
        DifferenceKind::Series => &RULES[0],
        DifferenceKind::Target => &RULES[1],
        DifferenceKind::Patch => &RULES[2],
        DifferenceKind::Probe => &RULES[3],
        DifferenceKind::Build => &RULES[4],
        DifferenceKind::Record | DifferenceKind::Image => &RULES[5],
    }
}

/// The findings, each on the patch file at fault, or on the series.
pub(super) fn findings(verification: &Verification) -> Vec<Finding> {
    let finding = |difference: &Difference| {
        let rule = rule_of(difference.kind);
        let file = file_of(verification, difference);
        let Difference { versions, what, expected, found, .. } = clean(difference);
        let versions = span(&versions);
        Finding {
            rule: rule.id,
            severity: Severity::Error,
            subject: format!("{}\n{what}\n{versions}\n{expected}", rule.id),
            title: rule.title.to_owned(),
            message: format!("{what} in {versions}: expected {expected}, found {found}"),
            at: Some(SourceLine { file, line: None, end_line: None, column: None }),
        }
    };
    verification.differences.iter().map(finding).collect()
}

fn file_of(verification: &Verification, difference: &Difference) -> String {
    let mut patches = verification.groups.iter().flat_map(patches);
    let patch = patches.find(|patch| patch.id == difference.what && patch.file.is_some());
    let file = patch.and_then(|patch| patch.file.as_deref()).unwrap_or("series.yaml");
    format!("patches/{}/{file}", verification.series)
}
