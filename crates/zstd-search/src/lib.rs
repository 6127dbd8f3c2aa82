//! Finds what repeats in a frame, for zstd's encoder: the search of C's level 9 (`lazy2` on hash chains), and nothing
//! of the other levels. Those of the encoder itself are half a megabyte of code, and their tables several of memory.
//!
//! A match is not taken at once: the next two places are tried first, and a better one there wins. An offset that was
//! just used costs next to nothing, so that lines of one kind are cheap, of which only numbers differ.
//!
//! Three numbers are not C's, but what made the lines of our services smallest: eight bytes are hashed, so that the
//! few places that are tried are good ones, and a later match must be better by more.

#![warn(unreachable_pub)]

use structured_zstd::encoding::{CompressionLevel, HistoryBuf, Matcher, Sequence};

/// How far back: a frame of the usual size as a whole.
const WINDOW: usize = 1 << 19;
const HASH_BITS: u32 = 16;
/// Chains reach no further. All of the window would be a hundredth smaller, and take 1.5 MB more.
const CHAIN: usize = 1 << 17;
/// Earlier places that are tried for one.
const DEPTH: usize = 16;
const SHORTEST: usize = 4;
/// Bytes that are hashed.
const AHEAD: usize = 8;
/// The encoder's largest block.
const BLOCK: usize = 128 << 10;
/// No place.
const NONE: u32 = u32::MAX;

/// The memory of the search, used again for every frame.
pub struct Matches {
    history: HistoryBuf,
    /// The block that was claimed last.
    begin: usize,
    end: usize,
    /// The last place of each hash, and for each place the one before it with the same hash.
    heads: Vec<u32>,
    chain: Vec<u32>,
    /// Places before it are in the chains.
    known: usize,
    repeats: [usize; 2],
}

#[derive(Clone, Copy, Default)]
struct Match {
    at: usize,
    length: usize,
    offset: usize,
}

impl Match {
    /// What it saves, in quarters of a byte or thereabouts: C's weights.
    fn gain(self, weight: usize) -> isize {
        (self.length * weight) as isize - (self.offset + 1).ilog2() as isize
    }
}

impl Matches {
    /// With the memory for frames of up to half a megabyte, 1.5 MB.
    #[must_use]
    pub fn new() -> Self {
        let mut history = HistoryBuf::new();
        // More is asked for than comes, and would double it.
        history.reserve(WINDOW + BLOCK);
        Self {
            history,
            begin: 0,
            end: 0,
            heads: vec![NONE; 1 << HASH_BITS],
            chain: vec![NONE; CHAIN],
            known: 0,
            repeats: [0; 2],
        }
    }

    fn four(&self, at: usize) -> u32 {
        self.history[at..at + 4].try_into().map_or(0, u32::from_le_bytes)
    }

    fn eight(&self, at: usize) -> u64 {
        self.history[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
    }

    fn hash(&self, at: usize) -> usize {
        // The multiplier of zstd.
        (self.eight(at).wrapping_mul(0xcf1b_bcdc_b7a5_6463) >> (64 - HASH_BITS)) as usize
    }

    /// How long the bytes at `at` are those `offset` before.
    fn length(&self, at: usize, offset: usize) -> usize {
        let mut length = 0;
        while at + length + 8 <= self.end {
            let differ = self.eight(at + length) ^ self.eight(at + length - offset);
            if differ != 0 {
                return length + differ.trailing_zeros() as usize / 8;
            }
            length += 8;
        }
        while at + length < self.end
            && self.history[at + length] == self.history[at + length - offset]
        {
            length += 1;
        }
        length
    }

    fn learn(&mut self, to: usize) {
        for at in self.known..to {
            let hash = self.hash(at);
            self.chain[at % CHAIN] = self.heads[hash];
            self.heads[hash] = at as u32;
        }
        self.known = self.known.max(to);
    }

    fn repeated(&self, at: usize, offset: usize) -> Option<Match> {
        let is = offset > 0 && offset <= at && self.four(at) == self.four(at - offset);
        is.then(|| Match { at, length: self.length(at, offset), offset })
    }

    /// The longest of the nearest; of length 0 for none.
    fn search(&mut self, at: usize) -> Match {
        self.learn(at);
        let mut best = Match { at, ..Match::default() };
        let mut place = self.heads[self.hash(at)];
        for _ in 0..DEPTH {
            let earlier = place as usize;
            if place == NONE || at - earlier >= WINDOW {
                break;
            }
            let offset = at - earlier;
            // A longer one has the byte too that the best one lacks.
            let last = at + best.length;
            if last < self.end && self.history[last] == self.history[last - offset] {
                let length = self.length(at, offset);
                if length > best.length && length >= SHORTEST {
                    best = Match { at, length, offset };
                    if at + length == self.end {
                        break;
                    }
                }
            }
            if at - earlier >= CHAIN {
                break;
            }
            place = self.chain[earlier % CHAIN];
        }
        best
    }

    /// The best that begins here, or one or two places later.
    fn best(&mut self, from: usize, limit: usize) -> Match {
        let mut at = from;
        let mut best = self.search(at);
        if at + 1 < limit
            && let Some(repeated) = self.repeated(at + 1, self.repeats[0])
            && repeated.length >= best.length
        {
            best = repeated;
        }
        if best.length < SHORTEST {
            return best;
        }
        'later: while at + 1 < limit {
            for (threes, repeat_cost, cost) in [(3, 1, 12), (4, 1, 15)] {
                at += 1;
                if at >= limit {
                    break 'later;
                }
                if let Some(repeated) = self.repeated(at, self.repeats[0])
                    && (repeated.length * threes) as isize > best.gain(threes) + repeat_cost
                {
                    best = repeated;
                }
                let found = self.search(at);
                if found.length >= SHORTEST && found.gain(4) > best.gain(4) + cost {
                    best = found;
                    continue 'later;
                }
            }
            break;
        }
        best
    }

    fn block(&mut self, mut each: impl FnMut(Sequence)) {
        let limit = self.end.saturating_sub(AHEAD);
        let mut anchor = self.begin;
        let mut at = anchor;
        while at < limit {
            let mut found = self.best(at, limit);
            if found.length < SHORTEST {
                at += ((at - anchor) >> 8) + 1;
                continue;
            }
            // It may have begun earlier.
            while found.at > anchor
                && found.at > found.offset
                && self.history[found.at - 1] == self.history[found.at - 1 - found.offset]
            {
                found.at -= 1;
                found.length += 1;
            }
            if found.offset != self.repeats[0] {
                self.repeats = [found.offset, self.repeats[0]];
            }
            each(Sequence::Triple {
                literal_len: found.at - anchor,
                offset: found.offset,
                match_len: found.length,
            });
            at = found.at + found.length;
            anchor = at;
            while at < limit
                && let Some(repeated) = self.repeated(at, self.repeats[1])
            {
                self.repeats.swap(0, 1);
                each(Sequence::Triple {
                    literal_len: 0,
                    offset: repeated.offset,
                    match_len: repeated.length,
                });
                at += repeated.length;
                anchor = at;
            }
        }
        if anchor < self.end {
            each(Sequence::Literals { len: self.end - anchor });
        }
    }
}

/// By reference: an encoder is made for each frame, and borrows the memory.
impl Matcher for &mut Matches {
    fn get_last_space(&mut self) -> &[u8] {
        &self.history[self.begin..self.end]
    }

    fn fill_in_place(
        &mut self,
        capacity: usize,
        fill: &mut dyn FnMut(&mut HistoryBuf) -> (usize, bool),
    ) -> (usize, bool) {
        self.history.reserve(capacity);
        fill(&mut self.history)
    }

    fn uncommitted_input(&self) -> &[u8] {
        &self.history[self.end..]
    }

    fn commit_filled(&mut self, length: usize) {
        self.begin = self.end;
        self.end += length;
    }

    fn skip_matching(&mut self) {
        let to = self.end.saturating_sub(AHEAD);
        self.learn(to);
    }

    fn start_matching(&mut self, each: impl FnMut(Sequence)) {
        self.block(each);
    }

    fn reset(&mut self, _: CompressionLevel) {
        self.history.clear();
        self.heads.fill(NONE);
        (self.begin, self.end, self.known) = (0, 0, 0);
        self.repeats = [1, 4];
    }

    fn window_size(&self) -> u64 {
        WINDOW as u64
    }
}

impl Default for Matches {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use structured_zstd::encoding::FrameCompressor;

    use super::*;

    fn frame(matches: &mut Matches, raw: &[u8]) -> Vec<u8> {
        let level = CompressionLevel::from_level(9);
        let mut out = Vec::new();
        let mut zstd = FrameCompressor::new_with_matcher(matches, level);
        zstd.set_content_checksum(true);
        zstd.set_source(raw);
        zstd.set_drain(&mut out);
        zstd.compress();
        drop(zstd);
        out
    }

    /// One memory for all: what a frame leaves behind must not get into the next.
    #[test]
    fn two_decoders_give_back_what_was_compressed() {
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize
        };
        let mut cases: Vec<Vec<u8>> = (0..40).map(|length| vec![b'a'; length]).collect();
        cases.push((0..300_000).map(|_| random() as u8).collect());
        cases.push((0..700_000).map(|at| b"0123456789abcdef"[at % 16]).collect());
        cases.push((0..2_000_000).map(|_| b'a' + (random() % 3) as u8).collect());
        let lines = (0..20_000).map(|at| {
            let (a, b, c) = (random() % 10, random() % 1000, random());
            format!("{{\"time\":{at},\"client\":{a},\"ms\":{b},\"id\":\"{c:x}\"}}\n").into_bytes()
        });
        cases.push(lines.flatten().collect());
        // What comes again is further away than the window.
        let far: Vec<u8> = (0..600_000).map(|_| random() as u8).collect();
        cases.push([&far[..], &far].concat());
        let mut matches = Matches::new();
        for case in cases {
            let frame = frame(&mut matches, &case);
            let mut decoded = vec![0; case.len() + 1];
            let length = structured_zstd::decoding::FrameDecoder::new()
                .decode_all(&frame, &mut decoded)
                .expect("a frame");
            assert!(decoded[..length] == case, "{} bytes", case.len());
            let length = ruzstd::decoding::FrameDecoder::new()
                .decode_all(&frame, &mut decoded)
                .expect("a frame");
            assert!(decoded[..length] == case, "{} bytes, the other decoder", case.len());
        }
    }

    #[test]
    fn lines_of_one_kind_become_small() {
        let line = |at: usize| format!("{{\"n\":{at},\"message\":\"the same in every line\"}}\n");
        let text: String = (0..10_000).map(line).collect();
        let size = frame(&mut Matches::new(), text.as_bytes()).len();
        assert!(size * 15 < text.len(), "{} to {size}", text.len());
    }
}
