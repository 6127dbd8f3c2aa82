//! What all formats say in the same words.

use crate::patch::{Difference, ProbeResult, Verification};
use crate::timing::clean_line;
use patch_engine::Verdict;

pub(super) fn versions(count: usize) -> String {
    crate::ui::count(count, "version")
}

pub(super) fn span(versions: &[String]) -> String {
    match versions {
        [] => "no version".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last} ({})", versions.len()),
    }
}

pub(super) fn missing_list(verification: &Verification) -> String {
    let texts: Vec<String> = verification.missing.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => String::new(),
        few if few.len() <= 6 => few.join(", "),
        [first, second, .., last] => format!("{first}, {second}, … {last} ({})", texts.len()),
        _ => texts.join(", "),
    }
}

/// The patches that were not tried in some version, because it has no such file and no variant is for
/// it: that nothing is needed there is the word of `series.yaml`, and no probe's.
fn untried(verification: &Verification) -> String {
    let mut told = Vec::new();
    for group in &verification.groups {
        let patches = group.targets.iter().flat_map(|target| &target.patches);
        let untried = patches.filter(|p| p.verdict == Verdict::TargetMissing && p.is_good());
        let versions: Vec<String> = group.versions.iter().map(ToString::to_string).collect();
        told.extend(untried.map(|patch| format!("{} in {}", patch.id, span(&versions))));
    }
    match told.as_slice() {
        [] => String::new(),
        some => format!("; not tried, for want of a file and a variant: {}", some.join(", ")),
    }
}

pub(super) fn summary(verification: &Verification) -> String {
    let unknown = verification.groups.iter().flat_map(|group| group.probes.values());
    let unknown =
        unknown.filter(|p| [p.before, p.after].contains(&Some(ProbeResult::Unknown))).count();
    let pairs = verification.groups.iter().flat_map(|group| group.probes.values());
    let failing = pairs.filter(|pair| pair.after == Some(ProbeResult::Fails)).count();
    let probes = match (verification.probed, unknown, failing) {
        (false, ..) => "probes were not run".to_owned(),
        (true, 0, 0) if verification.groups.is_empty() => "there was nothing to probe".to_owned(),
        (true, 0, 0) if verification.is_good() => {
            "every probe fails without its patch and passes with it, or shows that none is needed"
                .to_owned()
        }
        (true, 0, 0) => "no probe fails after".to_owned(),
        (true, 0, 1) => "1 probe fails after".to_owned(),
        (true, 0, more) => format!("{more} probes fail after"),
        (true, ..) => "probes marked ? could not judge".to_owned(),
    };
    match verification.differences.len() {
        // The word is for what was tried.
        0 if verification.groups.is_empty() => {
            "nothing to verify: no version has a target, as matrix.lock expects".to_owned()
        }
        0 if verification.probed && unknown > 0 => {
            format!("verified in part; {probes}{}", untried(verification))
        }
        0 => format!("verified; {probes}{}", untried(verification)),
        1 => format!("not verified: 1 difference; {probes}"),
        more => format!("not verified: {more} differences; {probes}"),
    }
}

/// On one line each, with nothing that a terminal obeys: probes and files say what they like.
pub(super) fn clean(difference: &Difference) -> Difference {
    Difference {
        kind: difference.kind,
        versions: difference.versions.iter().map(|version| clean_line(version)).collect(),
        what: clean_line(&difference.what),
        expected: clean_line(&difference.expected),
        found: clean_line(&difference.found),
    }
}
