//! Which image a tag goes back to.
//!
//! Read from the history of its promotions, the newest first:
//!
//! ```text
//! tag -> C (now) · tag -> B, regressed · tag -> A        goes back to A
//! ```
//!
//! An image that somebody rolled back from once is not gone back to.

use std::collections::BTreeSet;

use crate::timing::history::{History, HistoryError, Promotion};
use crate::timing::judge::{BaselineRole, Verdict};
use crate::timing::record::Ending;

/// An image that had the tag before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// `sha256:…`.
    pub image: String,
    /// The build that it came from, where mad built it.
    pub build: Option<String>,
}

/// The images that had the tag before `current` has it, the latest first; `promotions` are those
/// of the tag, the newest first.
pub fn candidates(promotions: &[Promotion], current: &str) -> Vec<Candidate> {
    let mut seen: BTreeSet<&str> = BTreeSet::from([current]);
    // A promotion without a build is a rollback: what it moved away from is not good.
    seen.extend(
        promotions.iter().filter(|one| one.build.is_none()).filter_map(|one| one.before.as_deref()),
    );
    let since = promotions.iter().position(|one| one.image == current).unwrap_or(0);
    let mut found = Vec::new();
    for one in &promotions[since..] {
        let before = one.before.as_deref().map(|image| (image, None));
        for (image, build) in [(one.image.as_str(), one.build.clone())].into_iter().chain(before) {
            if seen.insert(image) {
                let build = build.or_else(|| {
                    promotions.iter().find(|other| other.image == image)?.build.clone()
                });
                found.push(Candidate { image: image.to_owned(), build });
            }
        }
    }
    found
}

/// Why nobody goes back to an image: what its last build counts for by now, not what was first said
/// of it. One that was accepted, or shown to be fast, is good.
///
/// # Errors
///
/// A history that cannot be read.
pub fn objection(
    history: &History,
    project: &str,
    candidate: &Candidate,
) -> Result<Option<&'static str>, HistoryError> {
    let own = candidate.build.as_deref();
    let own = own.and_then(|build| history.find(project, build).ok());
    if own.as_ref().is_some_and(|entry| entry.record.ending != Ending::Built) {
        return Ok(Some("its build failed"));
    }
    let verdict = own.and_then(|entry| entry.judgement).map(|judged| judged.verdict);
    Ok(match (history.standing(&candidate.image)?, verdict) {
        (Some(BaselineRole::Held), _) => Some("its build was held back"),
        (Some(BaselineRole::Regressed), _) | (None, Some(Verdict::Regressed)) => {
            Some("its build regressed")
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(image: &str, before: Option<&str>, build: Option<&str>) -> Promotion {
        Promotion {
            at: jiff::Timestamp::UNIX_EPOCH,
            tag: "t".to_owned(),
            image: image.to_owned(),
            before: before.map(str::to_owned),
            build: build.map(str::to_owned),
            engine_id: None,
            reason: String::new(),
        }
    }

    fn images(promotions: &[Promotion], current: &str) -> Vec<String> {
        candidates(promotions, current).into_iter().map(|candidate| candidate.image).collect()
    }

    #[test]
    fn the_latest_of_those_before_comes_first() {
        let all = [
            moved("c", Some("b"), Some("3")),
            moved("b", Some("a"), Some("2")),
            moved("a", Some("foreign"), Some("1")),
        ];
        assert_eq!(images(&all, "c"), ["b", "a", "foreign"]);
        assert_eq!(images(&all, "b"), ["a", "foreign"]);
        assert_eq!(images(&all, "someone-elses"), ["c", "b", "a", "foreign"]);
        assert_eq!(candidates(&all, "c")[0].build.as_deref(), Some("2"));
        assert_eq!(images(&[], "c"), [""; 0]);
    }

    #[test]
    fn what_was_rolled_back_from_is_not_gone_back_to() {
        let all = [
            moved("b", Some("c"), None),
            moved("c", Some("b"), Some("3")),
            moved("b", Some("a"), Some("2")),
        ];
        assert_eq!(images(&all, "b"), ["a"]);
    }

    #[test]
    fn the_same_image_twice_is_one() {
        let all = [
            moved("b", Some("a"), Some("3")),
            moved("a", Some("a"), Some("2")),
            moved("a", None, Some("1")),
        ];
        assert_eq!(images(&all, "b"), ["a"]);
    }
}
