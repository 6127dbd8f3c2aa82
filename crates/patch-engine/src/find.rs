//! All places where a run of lines stands in a file.
//!
//! Knuth, Morris, Pratt, "Fast pattern matching in strings", 1977, over lines: linear in the file,
//! overlapping places included, however often the first lines of a hunk repeat.

/// Indices (from 0, ascending) where `needle` stands in `hay`. Without lines it stands only in an
/// empty file: an insertion that names no line fits nowhere else with certainty.
pub(super) fn find_all(needle: &[&[u8]], hay: &[&[u8]]) -> Vec<usize> {
    if needle.is_empty() {
        return if hay.is_empty() { vec![0] } else { Vec::new() };
    }
    if needle.len() > hay.len() {
        return Vec::new();
    }
    let border = borders(needle);
    let mut found = Vec::new();
    let mut matched = 0;
    for (index, line) in hay.iter().enumerate() {
        while matched > 0 && (matched == needle.len() || needle[matched] != *line) {
            matched = border[matched - 1];
        }
        if needle[matched] == *line {
            matched += 1;
        }
        if matched == needle.len() {
            found.push(index + 1 - matched);
        }
    }
    found
}

/// For every prefix the length of its longest proper prefix that is also its suffix.
fn borders(needle: &[&[u8]]) -> Vec<usize> {
    let mut border = vec![0; needle.len()];
    let mut length = 0;
    for index in 1..needle.len() {
        while length > 0 && needle[index] != needle[length] {
            length = border[length - 1];
        }
        if needle[index] == needle[length] {
            length += 1;
        }
        border[index] = length;
    }
    border
}

/// The ways in which hunks can stand in a file, in order and without sharing lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// None; the first hunk (from 0) that finds no place behind the others.
    None(usize),
    /// Exactly one.
    One(Vec<usize>),
    /// Several; the first hunk (from 0) that has a choice.
    Many(usize),
}

/// Whether the hunks, `lengths` lines long and found at `places`, can stand in order in one way.
///
/// The chain of the earliest and the chain of the latest places bound every other chain; where
/// they are the same there is one only.
pub(super) fn chain(places: &[Vec<usize>], lengths: &[usize]) -> Chain {
    let mut earliest = Vec::with_capacity(places.len());
    let mut free = 0;
    for (hunk, (places, length)) in places.iter().zip(lengths).enumerate() {
        let Some(&place) = places.get(places.partition_point(|&place| place < free)) else {
            return Chain::None(hunk);
        };
        earliest.push(place);
        free = place + length;
    }
    let mut limit = usize::MAX;
    let mut latest = Vec::with_capacity(places.len());
    for (places, length) in places.iter().zip(lengths).rev() {
        let count = places.partition_point(|&place| place.saturating_add(*length) <= limit);
        // The earliest chain shows that there is one.
        let Some(&place) = count.checked_sub(1).and_then(|last| places.get(last)) else {
            return Chain::None(0);
        };
        latest.push(place);
        limit = place;
    }
    latest.reverse();
    match earliest.iter().zip(&latest).position(|(early, late)| early != late) {
        Some(hunk) => Chain::Many(hunk),
        None => Chain::One(earliest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(needle: &str, hay: &str) -> Vec<usize> {
        let split = |text: &'static str| text.as_bytes().chunks(1).collect::<Vec<_>>();
        find_all(&split(needle.to_owned().leak()), &split(hay.to_owned().leak()))
    }

    #[test]
    fn every_place_is_found_overlapping_ones_too() {
        assert_eq!(find("aba", "ababa"), [0, 2]);
        assert_eq!(find("aa", "aaaa"), [0, 1, 2]);
        assert_eq!(find("aab", "aaab"), [1]);
        assert_eq!(find("abc", "ab"), [0usize; 0]);
        assert_eq!(find("", "a"), [0usize; 0]);
        assert_eq!(find("", ""), [0]);
    }

    #[test]
    fn a_chain_is_in_order_and_shares_no_line() {
        let chain = |places: &[&[usize]], lengths: &[usize]| {
            chain(&places.iter().map(|p| p.to_vec()).collect::<Vec<_>>(), lengths)
        };
        assert_eq!(chain(&[&[3], &[9]], &[3, 1]), Chain::One(vec![3, 9]));
        assert_eq!(chain(&[&[3], &[1, 9]], &[3, 1]), Chain::One(vec![3, 9]));
        assert_eq!(chain(&[&[3], &[1]], &[3, 1]), Chain::None(1));
        assert_eq!(chain(&[&[3], &[5]], &[3, 1]), Chain::None(1));
        assert_eq!(chain(&[&[3, 4], &[9]], &[3, 1]), Chain::Many(0));
        assert_eq!(chain(&[&[3], &[9, 10]], &[3, 1]), Chain::Many(1));
        assert_eq!(chain(&[], &[]), Chain::One(vec![]));
    }
}
