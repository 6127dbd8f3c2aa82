//! The place in a file that is most like a hunk, for people who look for what changed.

use std::collections::HashMap;

use super::{Evidence, Nearest};

/// A line that stands in more places than this says nothing about any of them (`}`, blank lines).
const COMMON: usize = 512;

/// The window of `hay` that has most lines in common with `needle`, line by line; of several the
/// one nearest to `stated` (from 0). None if no line is in both.
pub(super) fn nearest(needle: &[&[u8]], hay: &[&[u8]], stated: usize) -> Option<Nearest> {
    let mut wanted: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, line) in needle.iter().enumerate().take(Evidence::LINES) {
        wanted.entry(line).or_default().push(index);
    }
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, line) in hay.iter().enumerate() {
        if wanted.contains_key(line) {
            places.entry(line).or_default().push(index);
        }
    }
    // Every rare line that is in both votes for the window that would put it in its place.
    let mut votes: HashMap<i64, usize> = HashMap::new();
    for (line, places) in places.iter().filter(|(_, places)| places.len() <= COMMON) {
        for at in &wanted[line] {
            for place in places {
                *votes.entry(*place as i64 - *at as i64).or_default() += 1;
            }
        }
    }
    if votes.is_empty() && !places.is_empty() {
        votes.insert(stated as i64, 0);
    }
    let last = hay.len().saturating_sub(1) as i64;
    let rank = |(start, count): &(i64, usize)| {
        (*count, std::cmp::Reverse(start.abs_diff(stated as i64)), std::cmp::Reverse(*start))
    };
    let (start, _) = votes.into_iter().max_by_key(rank)?;
    let start = start.clamp(0, last) as usize;
    let window = &hay[start..hay.len().min(start + needle.len())];
    let equal = needle.iter().zip(window).filter(|(want, have)| want == have).count();
    let differs = needle.iter().zip(window).take_while(|(want, have)| want == have).count();
    Some(Nearest { line: start + 1, equal, of: needle.len(), differs: start + differs + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::lines;

    #[test]
    fn the_window_with_most_equal_lines_near_the_stated_line() {
        let hay = lines(b"x\na\nb\nc\n}\nx\na\nB\nc\n}\n");
        let found = nearest(&lines(b"a\nX\nc\n}\n"), &hay, 7).unwrap();
        assert_eq!(found, Nearest { line: 7, equal: 3, of: 4, differs: 8 });
        let found = nearest(&lines(b"a\nX\nc\n}\n"), &hay, 0).unwrap();
        assert_eq!(found.line, 2);
        assert_eq!(nearest(&lines(b"q\n"), &hay, 0), None);
        assert_eq!(nearest(&lines(b"q\n"), &[], 0), None);
    }
}
