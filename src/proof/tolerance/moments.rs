//! Times and dates as people and programs write them: one moment each, not numbers beside numbers.
//!
//! `17:35:59` and `17:36:00` are a second apart, and so are `1764351999` and `1764352000`. What lies
//! between the samples, or close to them, is the time of a build like them.

use std::ops::Range;

use jiff::civil::Date;

use super::fit::{DIGIT, SampleMatch};
use super::words::missing_ends;

/// A rewritten file is built within this time of the first one's builds, or its time says something
/// else. Time zones differ by a quarter of an hour at least.
const NEAR_SECONDS: i64 = 10 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// From 2001 to 2100, the seconds since 1970 have ten digits and are taken for a time.
const PLAUSIBLE: Range<i64> = 1_000_000_000..4_102_444_800;

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimestampFormat {
    /// `17:35`, `17:35:10`; the next day's first second follows the last one.
    Clock { has_seconds: bool },
    /// `2026-11-28`
    Date { separator: u8 },
    /// `20261128173510`, or seconds since 1970 with so many digits behind them.
    Digits { are_fields: bool, behind: usize },
}

/// A moment, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timestamp {
    form: TimestampFormat,
    seconds: i64,
}

/// The length of the clock time or date that `line` starts with, and that nothing like it follows;
/// `before` is the line up to there.
pub(super) fn written_at(before: &[u8], line: &[u8]) -> Option<usize> {
    let is_bound = |byte: Option<u8>| !byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let lengths = [b"dd:dd:dd".as_slice(), b"dddd-dd-dd", b"dddd/dd/dd", b"dd:dd"];
    let joins = |byte: Option<&u8>, next: Option<&u8>| {
        byte.is_some_and(|byte| b":-/".contains(byte)) && !is_bound(next.copied())
    };
    // `T` and `Z` of RFC 3339 stand next to times.
    let is_start = match before.last() {
        Some(b':') => is_label(&before[..before.len() - 1]),
        last => is_bound(last.copied()) || last == Some(&b'T'),
    };
    lengths.into_iter().map(<[u8]>::len).zip(lengths).find_map(|(length, form)| {
        let behind = &line.get(length..)?;
        let is_form = line.iter().zip(form).all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            _ => byte == form,
        });
        let ends = is_bound(behind.first().copied()) || matches!(behind.first(), Some(b'T' | b'Z'));
        // A zone (`+01:00`) is joined by what is no part of a time.
        (is_start && is_form && ends && !joins(behind.first(), behind.get(1))).then_some(length)
    })
}

/// Whether a colon behind a text ends a label (`built:17:35`), not one part of several (`2b:17:35`).
fn is_label(text: &[u8]) -> bool {
    let length = text.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    match &text[text.len() - length..] {
        [] => text.last().is_some_and(|byte| *byte != b':'),
        word => !word.iter().all(u8::is_ascii_hexdigit),
    }
}

impl Timestamp {
    fn of(word: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(word).ok()?;
        Self::clock(text).or_else(|| Self::date(text)).or_else(|| Self::digits(text))
    }

    fn clock(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut part = |most: i64| {
            let part = parts.next()?;
            let value = (part.len() == 2).then(|| part.parse::<i64>().ok())??;
            (value <= most).then_some(value)
        };
        let (hour, minute) = (part(23)?, part(59)?);
        let (has_seconds, second) = match text.len() {
            5 => (false, 0),
            8 => (true, part(60)?),
            _ => return None,
        };
        let seconds = (hour * 60 + minute) * 60 + second;
        Some(Self { form: TimestampFormat::Clock { has_seconds }, seconds })
    }

    fn date(text: &str) -> Option<Self> {
        let separator = *text.as_bytes().get(4)?;
        let fields = [text.get(..4)?, text.get(5..7)?, text.get(8..10)?];
        let is_date = text.len() == 10 && [text.as_bytes()[7]] == [separator];
        let form = TimestampFormat::Date { separator };
        (is_date && b"-/".contains(&separator))
            .then(|| Some(Self { form, seconds: midnight(fields)? }))?
    }

    fn digits(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (are_fields, behind, seconds) = match text.len() {
            length @ (10 | 13 | 16 | 19) => (false, length - 10, text[..10].parse().ok()?),
            14 => {
                let day = midnight([&text[..4], &text[4..6], &text[6..8]])?;
                let clock = format!("{}:{}:{}", &text[8..10], &text[10..12], &text[12..]);
                (true, 0, day + Self::clock(&clock)?.seconds)
            }
            _ => return None,
        };
        let form = TimestampFormat::Digits { are_fields, behind };
        PLAUSIBLE.contains(&seconds).then_some(Self { form, seconds })
    }

    /// How many seconds later this is.
    fn since(self, other: Self) -> i64 {
        let seconds = self.seconds - other.seconds;
        match self.form {
            // By the shorter way around the clock.
            TimestampFormat::Clock { .. } => {
                (seconds + DAY_SECONDS / 2).rem_euclid(DAY_SECONDS) - DAY_SECONDS / 2
            }
            _ => seconds,
        }
    }
}

fn midnight([year, month, day]: [&str; 3]) -> Option<i64> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    let days = date.since(Date::constant(1970, 1, 1)).ok()?.get_days();
    Some(i64::from(days) * DAY_SECONDS)
}

/// Whether a moment is one of a build like the samples'; `None` where they are no moments.
pub(super) fn fits_moment(samples: &[&[u8]], candidate: &[u8]) -> Option<SampleMatch> {
    let moments: Option<Vec<Timestamp>> = samples.iter().map(|word| Timestamp::of(word)).collect();
    let moments = moments?;
    let first = moments.first()?;
    let Some(moment) = Timestamp::of(candidate) else {
        return (!matches!(first.form, TimestampFormat::Digits { .. })).then_some(SampleMatch::No);
    };
    if moments.iter().any(|other| other.form != moment.form) {
        return None;
    }
    let offsets: Vec<i64> = moments.iter().map(|other| other.since(*first)).collect();
    let (earliest, latest) = (*offsets.iter().min()?, *offsets.iter().max()?);
    let offset = moment.since(*first);
    // What all samples have has to be there, and a day is one of those that were seen.
    let is_exact = earliest == latest || matches!(moment.form, TimestampFormat::Date { .. });
    let near = if is_exact { 0 } else { NEAR_SECONDS };
    if (earliest - near..=latest + near).contains(&offset) {
        return Some(fits_behind(samples, moment.form, candidate));
    }
    // Another sample, built after it, tells.
    let is_later = (latest..=latest + DAY_SECONDS).contains(&offset);
    Some(if is_later { SampleMatch::Perhaps } else { SampleMatch::No })
}

/// Thousandths of a second and what may stand behind them end as all samples do.
fn fits_behind(samples: &[&[u8]], form: TimestampFormat, candidate: &[u8]) -> SampleMatch {
    let TimestampFormat::Digits { behind, .. } = form else { return SampleMatch::Yes };
    let parts: Vec<&[u8]> = samples.iter().map(|word| &word[word.len() - behind..]).collect();
    let (start, end) = missing_ends(&parts, &candidate[candidate.len() - behind..]);
    let are_equal = parts.windows(2).all(|two| two[0] == two[1]);
    SampleMatch::despite(if are_equal { start + end } else { end }, DIGIT, samples.len())
}
