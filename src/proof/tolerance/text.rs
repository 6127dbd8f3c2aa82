//! Text: line by line, word by word.

use super::fit::{LETTER, SampleMatch};
use super::pem;
use super::words::{Alphabet, common, fits_word, has_common_ends, tokens};

/// Shorter stretches of base64 are not taken for one.
const SHORTEST_BASE64: usize = 16;

/// Whether it is a text that is read by lines.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

/// Whether a text has the samples' lines, each apart from what differs.
pub(super) fn fits_text(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let lines = |text| pem::folded(text).split(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let sampled: Vec<Vec<Vec<u8>>> = samples.iter().map(|text| lines(text)).collect();
    let candidate: Vec<Vec<u8>> = lines(candidate);
    if sampled.iter().any(|lines| lines.len() != candidate.len()) {
        return SampleMatch::No;
    }
    let fit = SampleMatch::all(candidate.iter().enumerate().map(|(at, line)| {
        let samples: Vec<&[u8]> = sampled.iter().map(|lines| lines[at].as_slice()).collect();
        pem::fits(&samples, line).map_or_else(|| fits_line(&samples, line), SampleMatch::of)
    }));
    if fit == SampleMatch::Yes {
        return fit;
    }
    // Every build had the same lines in another order.
    let sorted = |mut lines: Vec<Vec<u8>>| {
        lines.sort();
        lines
    };
    let candidate = sorted(candidate);
    fit.max(SampleMatch::of(sampled.into_iter().all(|lines| sorted(lines) == candidate)))
}

/// The same of one line.
pub(super) fn fits_line(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let sampled: Vec<Vec<&[u8]>> = samples.iter().map(|sample| tokens(sample)).collect();
    let words = tokens(candidate);
    let fits_words = match sampled.iter().all(|tokens| tokens.len() == words.len()) {
        true => SampleMatch::all(words.iter().enumerate().map(|(at, word)| {
            let samples: Vec<&[u8]> = sampled.iter().map(|tokens| tokens[at]).collect();
            fits_word(&samples, word)
        })),
        false => SampleMatch::No,
    };
    fits_words.max(fits_base64(samples, candidate))
}

/// One stretch of base64 of one length; before and behind it the line is the same.
fn fits_base64(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let fit = has_common_ends(samples, candidate, LETTER);
    let (start, end) = common(samples);
    if fit == SampleMatch::No || candidate.len() < start + end {
        return SampleMatch::No;
    }
    let middle = |line: &'_ [u8]| line[start..line.len() - end].to_vec();
    let middles: Vec<Vec<u8>> = samples.iter().map(|sample| middle(sample)).collect();
    let middle = middle(candidate);
    let middles: Vec<&[u8]> = middles.iter().map(Vec::as_slice).collect();
    let odd = |word: &&[u8]| {
        word.iter().any(u8::is_ascii_lowercase) && word.iter().any(u8::is_ascii_uppercase)
    };
    let is_base64 = middle.len() >= SHORTEST_BASE64
        && middles.iter().all(|sample| sample.len() == middle.len())
        && middles.iter().chain([&middle.as_slice()]).all(odd)
        && Alphabet::of(&middles) != Alphabet::Other
        && middle.iter().all(|&byte| Alphabet::Base64.has(byte));
    fit.min(SampleMatch::of(is_base64))
}
