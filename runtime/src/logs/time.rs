//! Moments as microseconds since 1970, and as the text `2026-11-29T11:02:03.123456Z`.
//!
//! Every line has that form and width, so that a reader finds what follows it without looking. Days are counted
//! as in Howard Hinnant's `chrono`-Compatible Low-Level Date Algorithms.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
pub type Micros = i64;

/// The width of the text.
pub const WIDTH: usize = 27;

pub fn now() -> Micros {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as Micros)
}

/// Writes the text of a moment between the years 0 and 9999; others become the nearest of these.
pub fn write(out: &mut Vec<u8>, at: Micros) {
    let at = at.clamp(-62_167_219_200_000_000, 253_402_300_799_999_999);
    let (seconds, micros) = (at.div_euclid(1_000_000), at.rem_euclid(1_000_000));
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, date) = civil(day);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let mut put = |at: usize, width: usize, mut value: i64| {
        for place in (at..at + width).rev() {
            text[place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, date);
    put(11, 2, second / 3600);
    put(14, 2, second / 60 % 60);
    put(17, 2, second % 60);
    put(20, 6, micros);
    out.extend_from_slice(&text);
}

pub fn text(at: Micros) -> String {
    let mut out = Vec::with_capacity(WIDTH);
    write(&mut out, at);
    String::from_utf8(out).expect("digits")
}

/// Reads RFC 3339, also with a blank for the `T`, `,` before the fraction, and without a zone, which is then UTC.
pub fn parse(text: &[u8]) -> Option<Micros> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.iter().try_fold(0, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let is = |at: usize, marks: &[u8]| text.get(at).is_some_and(|byte| marks.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T t") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, date) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&date)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut micros = 0;
    if let Some((b'.' | b',', fraction)) = rest.split_first() {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let written = fraction[..digits].iter().map(|digit| i64::from(digit - b'0'));
        for digit in written.chain(std::iter::repeat(0)).take(6) {
            micros = micros * 10 + digit;
        }
        rest = &fraction[digits..];
    }
    let offset = match rest {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let digits: Vec<i64> = zone
                .iter()
                .filter(|byte| **byte != b':')
                .map(|byte| i64::from(*byte) - 48)
                .collect();
            if digits.len() != 4 || digits.iter().any(|digit| !(0..=9).contains(digit)) {
                return None;
            }
            let minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days(year, month, date) * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// A number of seconds, milliseconds, micro- or nanoseconds, whichever gives a year near ours.
pub fn from_number(number: f64) -> Option<Micros> {
    let micros = match number.abs() {
        n if (1e8..1e11).contains(&n) => number * 1e6,
        n if (1e11..1e14).contains(&n) => number * 1e3,
        n if (1e14..1e17).contains(&n) => number,
        n if (1e17..1e20).contains(&n) => number / 1e3,
        _ => return None,
    };
    Some(micros as Micros)
}

fn days(year: i64, month: i64, date: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_comes_back_from_its_text() {
        for (at, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1_795_949_561_123_456, "2026-11-29T10:52:41.123456Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(text(at), expected);
            assert_eq!(parse(expected.as_bytes()), Some(at));
        }
    }

    #[test]
    fn times_of_programs_are_read() {
        let noon = parse(b"2026-11-29T12:00:00Z");
        for text in ["2026-11-29 12:00:00,000", "2026-11-29T14:00:00+02:00", "2026-11-29T12:00:00"]
        {
            assert_eq!(parse(text.as_bytes()), noon, "{text}");
        }
        assert_eq!(parse(b"2026-13-29T12:00:00Z"), None);
        assert_eq!(parse(b"12:00:00"), None);
        assert_eq!(from_number(1_795_949_561.5), Some(1_795_949_561_500_000));
        assert_eq!(from_number(1_795_949_561_500.0), Some(1_795_949_561_500_000));
        assert_eq!(from_number(7.0), None);
    }
}
