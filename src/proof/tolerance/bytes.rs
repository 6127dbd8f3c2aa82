//! Any content: opened where it can be, else as text, else byte by byte.

use super::fit::{BYTE, DIGIT, SampleMatch};
use super::opened::Unpacked;
use super::text::{fits_line, fits_text, is_text};

/// How deep archives may lie in archives.
const DEEPEST: usize = 4;
/// How far from a place that differs others may belong to the same number.
const NEAR: usize = 16;

/// Whether a content is like the samples, apart from what differs among them.
pub(in crate::proof) fn fits(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    fits_at(samples, candidate, DEEPEST)
}

fn fits_at(samples: &[&[u8]], candidate: &[u8], depth: usize) -> SampleMatch {
    let Some((first, rest)) = samples.split_first() else { return SampleMatch::No };
    if rest.iter().all(|sample| sample == first) {
        return SampleMatch::of(*first == candidate);
    }
    if samples.contains(&candidate) {
        return SampleMatch::Yes;
    }
    if depth > 0 {
        let opened: Option<Vec<Unpacked>> =
            samples.iter().map(|bytes| Unpacked::read(bytes)).collect();
        if let Some((samples, candidate)) = opened.zip(Unpacked::read(candidate)) {
            return fits_opened(&samples, &candidate, depth - 1);
        }
    }
    if samples.iter().all(|sample| is_text(sample)) && is_text(candidate) {
        return fits_text(samples, candidate);
    }
    fits_places(samples, candidate)
}

/// Nothing is known of its structure: a byte that all samples have has to be there.
fn fits_places(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let Some(first) = samples.first() else { return SampleMatch::No };
    if samples.iter().any(|sample| sample.len() != candidate.len()) {
        return SampleMatch::No;
    }
    let varies = |at: usize| samples.iter().any(|sample| sample[at] != first[at]);
    let missing: Vec<usize> =
        (0..candidate.len()).filter(|&at| candidate[at] != first[at] && !varies(at)).collect();
    // Part of a number or of random bytes, of which the places beside it were other ones.
    let is_inside =
        |at: &usize| (at.saturating_sub(NEAR)..candidate.len().min(at + NEAR + 1)).any(varies);
    if !missing.iter().all(is_inside) {
        return SampleMatch::No;
    }
    let are_digits = missing.iter().all(|&at| {
        candidate[at].is_ascii_digit() && samples.iter().all(|sample| sample[at].is_ascii_digit())
    });
    SampleMatch::despite(missing.len(), if are_digits { DIGIT } else { BYTE }, samples.len())
}

fn fits_opened(samples: &[Unpacked], candidate: &Unpacked, depth: usize) -> SampleMatch {
    let aligned = samples.iter().all(|sample| {
        sample.kind == candidate.kind
            && sample.facts == candidate.facts
            && sample.entries.len() == candidate.entries.len()
    });
    if !aligned || !fits_time(samples.iter().map(|sample| sample.time), candidate.time) {
        return SampleMatch::No;
    }
    SampleMatch::all(candidate.entries.iter().enumerate().map(|(at, entry)| {
        let samples = || samples.iter().map(|sample| &sample.entries[at]);
        let names: Vec<&[u8]> = samples().map(|sample| sample.name.as_slice()).collect();
        let contents: Vec<&[u8]> = samples().map(|sample| sample.content.as_slice()).collect();
        let fits_facts = samples().any(|sample| sample.facts == entry.facts)
            && fits_time(samples().map(|sample| sample.time), entry.time);
        match fits_facts {
            true => fits_line(&names, &entry.name).min(fits_at(&contents, &entry.content, depth)),
            false => SampleMatch::No,
        }
    }))
}

/// A time that was another one in every build may be any.
fn fits_time(mut samples: impl Iterator<Item = u64>, candidate: u64) -> bool {
    let Some(first) = samples.next() else { return false };
    first == candidate || samples.any(|sample| sample != first)
}
