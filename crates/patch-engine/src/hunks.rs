//! The hunks of one file against its content: where they go, or why they go nowhere.
//!
//! Exact lines only, line endings included. A set of hunks fits if every hunk stands in exactly one
//! place of the file, in order and without shared lines. Neither the line that a hunk states nor the
//! order of the hunks chooses between places: a twin before or behind the others is a twin. It is
//! reported how far off a hunk is. The stated line only bears witness where the result stands in the
//! file as well, elsewhere: at the stated lines that is a look-alike, else nobody knows.
//!
//! The result is looked for as well, because after a pure insertion the lines before are often
//! still there (`|` marks what is found):
//!
//! ```text
//! hunk:   a      file:  | a  | result "a, X": applied already,
//!        +X             | X    although "a" is found too
//! ```

use super::find::{Chain, chain, find_all};
use super::line::{bare, lines};
use super::nearest::nearest;
use super::{Evidence, Hunk, HunkPlace, Reason, Verdict};

/// What hunks and a content make.
pub(super) enum HunksResult {
    /// They go in, at one set of places.
    Applies { bytes: Vec<u8>, places: Vec<HunkPlace> },
    /// The result is there.
    Applied { places: Vec<HunkPlace> },
    /// Neither, or both.
    Refused { verdict: Verdict, evidence: Vec<Evidence> },
}

/// One side of all hunks, and where it stands in the file.
struct HunkSide<'a> {
    images: Vec<Vec<&'a [u8]>>,
    places: Vec<Vec<usize>>,
}

impl<'a> HunkSide<'a> {
    fn new(
        hunks: &'a [Hunk],
        hay: &[&[u8]],
        image: fn(&Hunk) -> Vec<&str>,
        other: fn(&Hunk) -> Vec<&str>,
    ) -> Self {
        let bytes = |hunk| image(hunk).into_iter().map(str::as_bytes).collect::<Vec<_>>();
        let images: Vec<Vec<&[u8]>> = hunks.iter().map(bytes).collect();
        // A side without a newline at its end ends the file, and so does the other one in its
        // place: anywhere else its last line would be glued to the next.
        let ends_file = |hunk: &Hunk| other(hunk).last().is_some_and(|line| !line.ends_with('\n'));
        let places = images.iter().zip(hunks).map(|(image, hunk)| {
            let mut places = find_all(image, hay);
            if ends_file(hunk) {
                places.retain(|place| place + image.len() == hay.len());
            }
            places
        });
        let places = places.collect();
        Self { images, places }
    }

    /// The one way in which all hunks stand in the file; several where any of them has a choice,
    /// even if their order would leave one.
    fn chain(&self) -> Chain {
        match self.chain_of(&self.places) {
            Chain::One(places) => match self.places.iter().position(|places| places.len() > 1) {
                Some(hunk) => Chain::Many(hunk),
                None => Chain::One(places),
            },
            other => other,
        }
    }

    fn chain_of(&self, places: &[Vec<usize>]) -> Chain {
        let lengths: Vec<_> = self.images.iter().map(Vec::len).collect();
        chain(places, &lengths)
    }

    /// Whether these lines stand only in parts of the `other` side's, at `places`.
    fn is_within(&self, other: &Self, places: &[usize]) -> bool {
        places.iter().enumerate().all(|(hunk, &place)| {
            let outer = other.range(hunk, place);
            self.places[hunk].iter().all(|&at| is_part(self.range(hunk, at), outer))
        })
    }

    /// Where hunk `hunk` stands if it begins at `place`.
    fn range(&self, hunk: usize, place: usize) -> (usize, usize) {
        (place, place + self.images[hunk].len())
    }
}

/// Lays hunks over a content.
pub(super) fn fit(hunks: &[Hunk], content: &[u8]) -> HunksResult {
    let hay = lines(content);
    let before = HunkSide::new(hunks, &hay, Hunk::pre_image, Hunk::post_image);
    let after = HunkSide::new(hunks, &hay, Hunk::post_image, Hunk::pre_image);
    match before.chain() {
        Chain::One(places) => one_place(hunks, &hay, &before, &after, &places),
        Chain::Many(_) => match after.chain() {
            Chain::One(places) if before.is_within(&after, &places) => applied(hunks, &places),
            _ => HunksResult::Refused {
                verdict: Verdict::Ambiguous,
                evidence: several(hunks, &before, Reason::SeveralPlaces),
            },
        },
        Chain::None(hunk) => match after.chain() {
            Chain::One(places) => applied(hunks, &places),
            Chain::Many(_) => HunksResult::Refused {
                verdict: Verdict::Ambiguous,
                evidence: several(hunks, &after, Reason::ResultInSeveralPlaces),
            },
            Chain::None(_) => HunksResult::Refused {
                verdict: Verdict::Conflict,
                evidence: why_not(hunks, &hay, &before, &after, hunk),
            },
        },
    }
}

/// The lines before are there once; is the result there too?
fn one_place(
    hunks: &[Hunk],
    hay: &[&[u8]],
    before: &HunkSide<'_>,
    after: &HunkSide<'_>,
    places: &[usize],
) -> HunksResult {
    let remnant = |hunk: usize| {
        let inner = before.range(hunk, places[hunk]);
        after.places[hunk].iter().any(|&place| is_part(inner, after.range(hunk, place)))
    };
    let remnants: Vec<usize> = (0..hunks.len()).filter(|&hunk| remnant(hunk)).collect();
    if remnants.len() == hunks.len() && !hunks.is_empty() {
        return match after.chain() {
            Chain::One(places) => applied(hunks, &places),
            _ => HunksResult::Refused {
                verdict: Verdict::Ambiguous,
                evidence: several(hunks, after, Reason::ResultInSeveralPlaces),
            },
        };
    }
    if !remnants.is_empty() {
        let evidence = remnants.iter().map(|&hunk| {
            about(&hunks[hunk], Reason::PartlyApplied)
                .expecting(&after.images[hunk])
                .at(&after.places[hunk])
        });
        return HunksResult::Refused { verdict: Verdict::Conflict, evidence: evidence.collect() };
    }
    // A result within the lines before says nothing: a deletion at the edge of its hunk.
    let elsewhere: Vec<Vec<usize>> = (0..hunks.len())
        .map(|hunk| {
            let (start, end) = before.range(hunk, places[hunk]);
            let outside = |&place: &usize| {
                let (from, to) = after.range(hunk, place);
                from < start || end < to
            };
            after.places[hunk].iter().copied().filter(outside).collect()
        })
        .collect();
    let as_stated = hunks.iter().zip(places).all(|(hunk, &place)| hunk.old.index() == place);
    if !as_stated && !matches!(after.chain_of(&elsewhere), Chain::None(_)) {
        let evidence = (0..hunks.len()).map(|hunk| {
            about(&hunks[hunk], Reason::AlsoApplied)
                .expecting(&before.images[hunk])
                .finding(&after.images[hunk])
                .at(&[vec![places[hunk]], elsewhere[hunk].clone()].concat())
        });
        return HunksResult::Refused { verdict: Verdict::Ambiguous, evidence: evidence.collect() };
    }
    let mut bytes = Vec::new();
    let mut copied = 0;
    for (hunk, &place) in places.iter().enumerate() {
        bytes.extend(hay[copied..place].concat());
        bytes.extend(after.images[hunk].concat());
        copied = before.range(hunk, place).1;
    }
    bytes.extend(hay[copied..].concat());
    let stated = hunks.iter().map(|hunk| hunk.old.index());
    HunksResult::Applies { bytes, places: reported(hunks, places, stated) }
}

/// Whether `inner` lies in `outer` and is shorter.
fn is_part(inner: (usize, usize), outer: (usize, usize)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1 && inner != outer
}

fn applied(hunks: &[Hunk], places: &[usize]) -> HunksResult {
    let stated = hunks.iter().map(|hunk| hunk.new.index());
    HunksResult::Applied { places: reported(hunks, places, stated) }
}

fn reported(
    hunks: &[Hunk],
    places: &[usize],
    stated: impl Iterator<Item = usize>,
) -> Vec<HunkPlace> {
    let of = |((hunk, &place), stated): ((&Hunk, &usize), usize)| {
        let by = place as i64 - stated as i64;
        HunkPlace { hunk: hunk.number, line: place + 1, by }
    };
    hunks.iter().zip(places).zip(stated).map(of).collect()
}

fn about(hunk: &Hunk, reason: Reason) -> Evidence {
    Evidence::new(reason, Some(hunk.number), hunk.line)
}

/// The hunks that have a choice; all, if each has one place but not together.
fn several(hunks: &[Hunk], side: &HunkSide<'_>, reason: Reason) -> Vec<Evidence> {
    let with_choice = (0..hunks.len()).filter(|&hunk| side.places[hunk].len() > 1);
    let evidence = |hunk: usize| {
        about(&hunks[hunk], reason).expecting(&side.images[hunk]).at(&side.places[hunk])
    };
    with_choice.map(evidence).collect()
}

/// For each hunk that is not there, why; if all are, the one that breaks the order.
fn why_not(
    hunks: &[Hunk],
    hay: &[&[u8]],
    before: &HunkSide<'_>,
    after: &HunkSide<'_>,
    breaks: usize,
) -> Vec<Evidence> {
    let missing: Vec<usize> =
        (0..hunks.len()).filter(|&hunk| before.places[hunk].is_empty()).collect();
    if missing.is_empty() {
        let image = &before.images[breaks];
        let evidence = about(&hunks[breaks], Reason::OutOfOrder).expecting(image);
        return vec![evidence.at(&before.places[breaks])];
    }
    missing
        .into_iter()
        .map(|hunk| why_missing(&hunks[hunk], hay, &before.images[hunk], &after.places[hunk]))
        .collect()
}

fn why_missing(hunk: &Hunk, hay: &[&[u8]], image: &[&[u8]], result_at: &[usize]) -> Evidence {
    let evidence = |reason| about(hunk, reason).expecting(image);
    if image.is_empty() {
        return evidence(Reason::NotEmpty).finding(hay);
    }
    if !result_at.is_empty() {
        return evidence(Reason::PartlyApplied).at(result_at);
    }
    for (reason, other) in [
        (Reason::LineEndings, with_endings(image, b"\r\n")),
        (Reason::LineEndings, with_endings(image, b"\n")),
        (Reason::FinalNewline, with_other_end(image)),
    ] {
        let other: Vec<&[u8]> = other.iter().map(Vec::as_slice).collect();
        let places = find_all(&other, hay);
        if let Some(&first) = places.first() {
            let window = &hay[first..first + image.len()];
            return evidence(reason).finding(window).at(&places);
        }
    }
    let mut evidence = evidence(Reason::NotFound);
    evidence.nearest = nearest(image, hay, hunk.old.index());
    if let Some(nearest) = evidence.nearest {
        let start = nearest.line - 1;
        let end = hay.len().min(start + image.len());
        evidence = evidence.finding(&hay[start..end]);
    }
    evidence
}

fn with_endings(image: &[&[u8]], ending: &[u8]) -> Vec<Vec<u8>> {
    let other = |line: &&[u8]| match line.ends_with(b"\n") {
        true => [bare(line), ending].concat(),
        false => line.to_vec(),
    };
    image.iter().map(other).collect()
}

fn with_other_end(image: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut image: Vec<Vec<u8>> = image.iter().map(|line| line.to_vec()).collect();
    if let Some(last) = image.last_mut() {
        match last.strip_suffix(b"\n") {
            Some(without) => *last = without.to_vec(),
            None => last.push(b'\n'),
        }
    }
    image
}
