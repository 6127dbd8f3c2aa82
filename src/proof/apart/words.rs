//! Words: runs of letters and digits, in lines and in names of files.

/// Shorter words say something; what is made at random to be unique is longer.
const SHORTEST_RANDOM: usize = 6;
/// As long as the parts of a UUID.
const SHORTEST_HEXADECIMAL: usize = 4;

/// Where all samples begin and end alike, in bytes; the two never overlap in any of them.
pub(super) fn common(samples: &[&[u8]]) -> (usize, usize) {
    let Some((first, rest)) = samples.split_first() else { return (0, 0) };
    let shortest = samples.iter().map(|sample| sample.len()).min().unwrap_or(0);
    let alike = |at: &dyn Fn(&[u8], usize) -> u8, most: usize| {
        (0..most).take_while(|&i| rest.iter().all(|sample| at(sample, i) == at(first, i))).count()
    };
    let start = alike(&|sample, i| sample[i], shortest);
    let end = alike(&|sample, i| sample[sample.len() - 1 - i], shortest - start);
    (start, end)
}

/// Whether the candidate begins and ends as all samples do.
pub(super) fn has_common_ends(samples: &[&[u8]], candidate: &[u8]) -> bool {
    let Some(first) = samples.first() else { return false };
    let (start, end) = common(samples);
    candidate.len() >= start + end
        && candidate.starts_with(&first[..start])
        && candidate.ends_with(&first[first.len() - end..])
}

fn all_equal(samples: &[&[u8]]) -> bool {
    samples.windows(2).all(|two| two[0] == two[1])
}

fn same_length(samples: &[&[u8]], candidate: &[u8]) -> bool {
    samples.iter().all(|sample| sample.len() == candidate.len())
}

/// Runs of bytes that `kind` puts together; a byte of kind `None` is one of its own.
fn runs<K: PartialEq>(bytes: &[u8], kind: impl Fn(u8) -> Option<K>) -> Vec<&[u8]> {
    bytes.chunk_by(|&a, &b| kind(a).is_some() && kind(a) == kind(b)).collect()
}

/// Words and what stands between them, one byte each.
pub(super) fn tokens(line: &[u8]) -> Vec<&[u8]> {
    runs(line, |byte| byte.is_ascii_alphanumeric().then_some(()))
}

/// What differs between samples of one word is a number, a random word, or one of few words.
pub(super) fn fits_word(samples: &[&[u8]], candidate: &[u8]) -> bool {
    if all_equal(samples) {
        return samples.first() == Some(&candidate);
    }
    let parts = |word| {
        runs(word, |byte: u8| match byte {
            b'0'..=b'9' => Some('0'),
            b'a'..=b'z' | b'A'..=b'Z' => Some('a'),
            _ => None,
        })
    };
    let parted: Vec<Vec<&[u8]>> = samples.iter().map(|sample| parts(sample)).collect();
    let candidate_parts = parts(candidate);
    let aligned = parted.iter().all(|parts| parts.len() == candidate_parts.len());
    let fits_parts = aligned
        && candidate_parts.iter().enumerate().all(|(at, part)| {
            let samples: Vec<&[u8]> = parted.iter().map(|parts| parts[at]).collect();
            let digits = |word: &&[u8]| word.iter().all(u8::is_ascii_digit);
            match samples.iter().all(digits) && digits(part) {
                true => fits_number(&samples, part),
                // `Nov` and `Dec`, `true` and `false`: no other word than was seen.
                false => samples.contains(part),
            }
        });
    fits_parts || fits_random(samples, candidate)
}

/// As long as the samples, ends as they end, and begins so or lies between them: a time does.
fn fits_number(samples: &[&[u8]], candidate: &[u8]) -> bool {
    if all_equal(samples) {
        return samples.first() == Some(&candidate);
    }
    let lengths = samples.iter().map(|sample| sample.len());
    let (shortest, longest) = (lengths.clone().min(), lengths.max());
    let length = Some(candidate.len());
    let (start, end) = common(samples);
    let value = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u128>().ok();
    let values: Option<Vec<u128>> = samples.iter().map(|sample| value(sample)).collect();
    let between = values.zip(value(candidate)).is_some_and(|(values, value)| {
        values.iter().any(|one| *one <= value) && values.iter().any(|one| *one >= value)
    });
    shortest <= length
        && length <= longest
        && candidate.ends_with(&samples[0][samples[0].len() - end..])
        && (between || candidate.starts_with(&samples[0][..start]))
}

/// A word of one length that nobody would choose, of the letters that the samples have.
fn fits_random(samples: &[&[u8]], candidate: &[u8]) -> bool {
    let words = || samples.iter().copied().chain([candidate]);
    let letters = Letters::of(samples);
    let shortest = match letters {
        Letters::Hexadecimal => SHORTEST_HEXADECIMAL,
        _ => SHORTEST_RANDOM,
    };
    candidate.len() >= shortest
        && same_length(samples, candidate)
        && words().all(is_odd)
        && candidate.iter().all(|&byte| letters.has(byte))
        && has_common_ends(samples, candidate)
}

/// Whether a word has digits among its letters, or capitals inside.
fn is_odd(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
        || (word[1..].iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase))
}

/// The letters that random words are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Hexadecimal,
    Lower,
    Alphanumeric,
    Base64,
    Other,
}

impl Letters {
    /// The narrowest that has all letters of all samples.
    pub fn of(samples: &[&[u8]]) -> Self {
        let all = [Self::Hexadecimal, Self::Lower, Self::Alphanumeric, Self::Base64];
        let has_all = |letters: &Self| samples.iter().all(|s| s.iter().all(|&b| letters.has(b)));
        all.into_iter().find(has_all).unwrap_or(Self::Other)
    }

    pub fn has(self, byte: u8) -> bool {
        match self {
            Self::Hexadecimal => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Lower => byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_',
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte),
            Self::Other => false,
        }
    }
}

/// A name that was another one in every build.
pub(in crate::proof) struct Name<'a>(Vec<&'a [u8]>);

impl<'a> Name<'a> {
    /// The name that the samples have in common; `None` where they do not look like made at random
    /// or after a clock: `conf` and `data` are two names, not one.
    pub fn of(samples: Vec<&'a [u8]>) -> Option<Self> {
        let (first, rest) = samples.split_first()?;
        let differs = |(a, b): (&&[u8], &&[u8])| a != b;
        let is_made = |word: &[u8]| is_odd(word);
        let first = tokens(first);
        let aligned = !rest.is_empty()
            && rest.iter().all(|other| {
                let other = tokens(other);
                other.len() == first.len()
                    && first.iter().zip(&other).any(differs)
                    && first.iter().zip(&other).all(|(a, b)| a == b || (is_made(a) && is_made(b)))
            });
        let name = Self(samples);
        // The samples have to fit themselves: lengths, letters.
        (aligned && name.0.iter().all(|sample| name.has(sample))).then_some(name)
    }

    /// Whether another name is such a one.
    pub fn has(&self, candidate: &[u8]) -> bool {
        super::text::fits_line(&self.0, candidate)
    }
}
