//! Words: runs of letters and digits, in lines and in names of files.

use super::fit::{DIGIT, HEXADECIMAL, LETTER, SampleMatch};
use super::moments;

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

/// How many bytes that all samples begin with and end in the candidate does not.
pub(super) fn missing_ends(samples: &[&[u8]], candidate: &[u8]) -> (usize, usize) {
    let Some(first) = samples.first() else { return (0, 0) };
    let (start, end) = common(samples);
    let alike = common(&[first, candidate]);
    let room = candidate.len().saturating_sub(start.min(alike.0));
    let ends_alike = first.iter().rev().zip(candidate.iter().rev()).take_while(|(a, b)| a == b);
    (start - start.min(alike.0), end - end.min(ends_alike.count()).min(room))
}

/// Whether the candidate begins and ends as all samples do; `bits` is what a place tells.
pub(super) fn has_common_ends(samples: &[&[u8]], candidate: &[u8], bits: f64) -> SampleMatch {
    let (start, end) = missing_ends(samples, candidate);
    SampleMatch::despite(start + end, bits, samples.len())
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

/// Words and what stands between them, one byte each, spaces together: a day of one digit has two
/// before it. A clock time, a date and a UUID are one word.
pub(super) fn tokens(line: &[u8]) -> Vec<&[u8]> {
    let (mut tokens, mut rest) = (Vec::new(), line);
    while !rest.is_empty() {
        let before = &line[..line.len() - rest.len()];
        let run = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
        let letters = run(u8::is_ascii_alphanumeric).max(run(|byte| *byte == b' '));
        let length = moments::written_at(before, rest).or_else(|| uuid_at(rest));
        // `T` stands between a date and a time.
        let is_between = matches!(before.last(), Some(b'0'..=b'9')) && rest.starts_with(b"T");
        let length = length.unwrap_or(if is_between { 1 } else { letters.max(1) });
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind;
    }
    tokens
}

/// The length of a UUID (RFC 9562) that a text starts with.
fn uuid_at(text: &[u8]) -> Option<usize> {
    const UUID: &[u8] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let word = text.get(..UUID.len())?;
    let is_uuid = word.iter().zip(UUID).all(|(byte, form)| match form {
        b'-' => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = !text.get(UUID.len()).is_some_and(|byte| byte.is_ascii_alphanumeric());
    (is_uuid && ends).then_some(UUID.len())
}

/// What differs between samples of one word is a time, a number, a random word, or one of few words.
pub(super) fn fits_word(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let are_spaces = candidate.iter().all(|byte| *byte == b' ');
    if samples.contains(&candidate) && (are_spaces || all_equal(samples)) {
        return SampleMatch::Yes;
    }
    let is_written = !samples.iter().all(is_number);
    let moment = moments::fits_moment(samples, candidate);
    if let Some(fit) = moment.filter(|_| is_written) {
        // Nothing else is written like it.
        return fit;
    }
    let moment = moment.unwrap_or(SampleMatch::No);
    if all_equal(samples) {
        return moment.max(fits_equal(samples, candidate));
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
    let fits_parts = match parted.iter().all(|parts| parts.len() == candidate_parts.len()) {
        true => SampleMatch::all(candidate_parts.iter().enumerate().map(|(at, part)| {
            let samples: Vec<&[u8]> = parted.iter().map(|parts| parts[at]).collect();
            match samples.iter().all(is_number) && is_number(part) {
                true => fits_number(&samples, part),
                // `Nov` and `Dec`, `true` and `false`: no other word than was seen.
                false => SampleMatch::of(samples.contains(part)),
            }
        })),
        false => SampleMatch::No,
    };
    moment.max(fits_parts).max(fits_random(samples, candidate))
}

fn is_number(word: &&[u8]) -> bool {
    word.iter().all(u8::is_ascii_digit)
}

/// Days and months as `date` writes them.
pub(super) const CALENDAR: [&[u8]; 19] = [
    b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun", b"Jan", b"Feb", b"Mar", b"Apr", b"May",
    b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// A number of one or two digits, the day of the week, the month: the next sample may have another
/// one.
fn fits_equal(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let all = |is: &dyn Fn(&[u8]) -> bool| samples.iter().chain([&candidate]).all(|word| is(word));
    let may_change = all(&|word| word.len() <= 2 && is_number(&word))
        || all(&|word| word.len() <= 2 && word.iter().all(|byte| *byte == b' '))
        || all(&|word| CALENDAR.contains(&word));
    SampleMatch::despite(2, DIGIT, samples.len()).min(if may_change {
        SampleMatch::Perhaps
    } else {
        SampleMatch::No
    })
}

/// As long as the samples, ends as they end, and begins so or lies between them: a time does.
fn fits_number(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    if all_equal(samples) {
        return SampleMatch::of(samples.first() == Some(&candidate));
    }
    let lengths = samples.iter().map(|sample| sample.len());
    let (shortest, longest) = (lengths.clone().min(), lengths.max());
    let length = Some(candidate.len());
    let value = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u128>().ok();
    let values: Option<Vec<u128>> = samples.iter().map(|sample| value(sample)).collect();
    let between = values.zip(value(candidate)).is_some_and(|(values, value)| {
        values.iter().any(|one| *one <= value) && values.iter().any(|one| *one >= value)
    });
    let (start, end) = missing_ends(samples, candidate);
    if shortest <= length && length <= longest {
        let start = if between { 0 } else { start };
        return SampleMatch::despite(start + end, DIGIT, samples.len());
    }
    // `$RANDOM` has five digits, and one time in ten fewer.
    let off = candidate.len().abs_diff(if length < shortest {
        shortest.unwrap_or_default()
    } else {
        longest.unwrap_or_default()
    });
    SampleMatch::despite(off, DIGIT, samples.len()).min(SampleMatch::Perhaps)
}

/// A word of one length that nobody would choose, of the letters that the samples have.
fn fits_random(samples: &[&[u8]], candidate: &[u8]) -> SampleMatch {
    let is_uuid = |word: &[u8]| uuid_at(word) == Some(word.len());
    if samples.iter().chain([&candidate]).all(|word| is_uuid(word)) {
        let joined = |word: &[u8]| -> Vec<u8> {
            word.iter().copied().filter(u8::is_ascii_alphanumeric).collect()
        };
        let words: Vec<Vec<u8>> = samples.iter().map(|word| joined(word)).collect();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        return fits_random(&words, &joined(candidate));
    }
    let words = || samples.iter().copied().chain([candidate]);
    let letters = Alphabet::of(samples);
    let shortest = match letters {
        Alphabet::Hexadecimal => SHORTEST_HEXADECIMAL,
        _ => SHORTEST_RANDOM,
    };
    let is_random = candidate.len() >= shortest
        && same_length(samples, candidate)
        && words().all(is_odd)
        && candidate.iter().all(|&byte| letters.has(byte));
    if !is_random {
        return SampleMatch::No;
    }
    let bits = match letters {
        Alphabet::Hexadecimal => HEXADECIMAL,
        _ => LETTER,
    };
    // Numbers that are no hexadecimal ones.
    let are_numbers = samples.iter().all(is_number) && !is_number(&candidate);
    let places = if are_numbers { candidate.len().div_ceil(4) } else { 0 };
    has_common_ends(samples, candidate, bits).min(SampleMatch::despite(
        places,
        DIGIT,
        samples.len(),
    ))
}

/// Whether a word has digits among its letters, or capitals inside.
fn is_odd(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
        || (word[1..].iter().any(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase))
}

/// The letters that random words are made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    Hexadecimal,
    Lower,
    Alphanumeric,
    Base64,
    Other,
}

impl Alphabet {
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
        let has = |sample: &&[u8]| name.fits(sample) == SampleMatch::Yes;
        (aligned && name.0.iter().all(has)).then_some(name)
    }

    /// Whether another name is such a one.
    pub fn fits(&self, candidate: &[u8]) -> SampleMatch {
        super::text::fits_line(&self.0, candidate)
    }
}
