//! What all formats say in the same words.

use crate::patch::{Difference, ProbeResult, Verification};
use crate::timing::clean_line;

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
        0 => format!("verified; {probes}"),
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
