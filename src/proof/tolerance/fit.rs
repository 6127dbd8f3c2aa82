//! How well a content is like others, and when more of them could tell.

/// Agreement of samples that happens once in this many times, or less often, is no chance.
const RARE_BITS: f64 = 13.3; // 1 in 10,000

/// What came of comparing a content with samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::proof) enum SampleMatch {
    No,
    /// It does not, as the samples agree in something that they may agree in by chance; another
    /// sample tells.
    Perhaps,
    Yes,
}

/// What one place in a random text tells, in bits.
pub(super) const DIGIT: f64 = 3.32;
pub(super) const HEXADECIMAL: f64 = 4.0;
pub(super) const LETTER: f64 = 5.95;
pub(super) const BYTE: f64 = 8.0;

impl SampleMatch {
    pub fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }

    /// What everything asks for: as bad as the worst.
    pub fn all(fits: impl IntoIterator<Item = Self>) -> Self {
        let mut worst = Self::Yes;
        for fit in fits {
            worst = worst.min(fit);
            if worst == Self::No {
                break;
            }
        }
        worst
    }

    /// That `places` of `bits` each, in which all samples agree, are otherwise in the candidate.
    pub fn despite(places: usize, bits: f64, samples: usize) -> Self {
        match places {
            0 => Self::Yes,
            _ if is_chance(places, bits, samples) => Self::Perhaps,
            _ => Self::No,
        }
    }
}

/// Whether samples of random text agree in so many places now and then.
#[expect(clippy::cast_precision_loss, reason = "a few places, a few samples")]
fn is_chance(places: usize, bits: f64, samples: usize) -> bool {
    (places * samples.saturating_sub(1)) as f64 * bits <= RARE_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_ends_with_more_samples() {
        assert_eq!(SampleMatch::despite(1, DIGIT, 2), SampleMatch::Perhaps);
        assert_eq!(SampleMatch::despite(1, DIGIT, 5), SampleMatch::Perhaps);
        assert_eq!(SampleMatch::despite(1, DIGIT, 6), SampleMatch::No);
        assert_eq!(SampleMatch::despite(5, DIGIT, 2), SampleMatch::No);
        assert_eq!(SampleMatch::despite(0, DIGIT, 2), SampleMatch::Yes);
        assert_eq!(
            SampleMatch::all([SampleMatch::Yes, SampleMatch::Perhaps]),
            SampleMatch::Perhaps
        );
    }
}
