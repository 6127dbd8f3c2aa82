//! Any content: opened where it can be, else as text, else byte by byte.

use super::opened::Opened;
use super::text::{fits_line, fits_text, is_text};

/// How deep archives may lie in archives.
const DEEPEST: usize = 4;

/// Whether a content is like the samples, apart from what differs among them.
pub(in crate::proof) fn fits(samples: &[&[u8]], candidate: &[u8]) -> bool {
    fits_at(samples, candidate, DEEPEST)
}

fn fits_at(samples: &[&[u8]], candidate: &[u8], depth: usize) -> bool {
    let Some((first, rest)) = samples.split_first() else { return false };
    if rest.iter().all(|sample| sample == first) {
        return *first == candidate;
    }
    if samples.contains(&candidate) {
        return true;
    }
    if depth > 0 {
        let opened: Option<Vec<Opened>> = samples.iter().map(|bytes| Opened::read(bytes)).collect();
        if let Some((samples, candidate)) = opened.zip(Opened::read(candidate)) {
            return fits_opened(&samples, &candidate, depth - 1);
        }
    }
    if samples.iter().all(|sample| is_text(sample)) && is_text(candidate) {
        return fits_text(samples, candidate);
    }
    // Nothing is known of its structure: a byte that all samples have has to be there.
    samples.iter().all(|sample| sample.len() == candidate.len())
        && candidate.iter().enumerate().all(|(at, byte)| {
            samples.iter().any(|sample| sample[at] != first[at]) || *byte == first[at]
        })
}

fn fits_opened(samples: &[Opened], candidate: &Opened, depth: usize) -> bool {
    let aligned = samples.iter().all(|sample| {
        sample.kind == candidate.kind
            && sample.facts == candidate.facts
            && sample.entries.len() == candidate.entries.len()
    });
    aligned
        && fits_time(samples.iter().map(|sample| sample.time), candidate.time)
        && candidate.entries.iter().enumerate().all(|(at, entry)| {
            let samples = || samples.iter().map(|sample| &sample.entries[at]);
            let names: Vec<&[u8]> = samples().map(|sample| sample.name.as_slice()).collect();
            let contents: Vec<&[u8]> = samples().map(|sample| sample.content.as_slice()).collect();
            fits_line(&names, &entry.name)
                && samples().any(|sample| sample.facts == entry.facts)
                && fits_time(samples().map(|sample| sample.time), entry.time)
                && fits_at(&contents, &entry.content, depth)
        })
}

/// A time that was another one in every build may be any.
fn fits_time(mut samples: impl Iterator<Item = u64>, candidate: u64) -> bool {
    let Some(first) = samples.next() else { return false };
    first == candidate || samples.any(|sample| sample != first)
}
