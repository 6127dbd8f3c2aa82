//! Whether two texts may be one step's, run at two times.

use super::text::is_text;
use super::words::CALENDAR;

/// Whether two texts have the same lines, in any order, but for numbers and names of days and months.
/// It excuses nothing: it tells where a step that came from the cache is worth running again.
pub(in crate::proof) fn may_be_of_another_time(one: &[u8], other: &[u8]) -> bool {
    is_text(one) && is_text(other) && timeless(one) == timeless(other)
}

/// The lines in order, with `0` for every number and `day` for every day and month.
fn timeless(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(timeless_line).collect();
    lines.sort();
    lines
}

fn timeless_line(line: &[u8]) -> Vec<u8> {
    let words = line.chunk_by(|a, b| kind(*a) == kind(*b));
    let words = words.map(|word| match word[0] {
        byte if byte.is_ascii_digit() => &b"0"[..],
        b' ' => &b" "[..],
        _ if CALENDAR.contains(&word) => &b"day"[..],
        _ => word,
    });
    words.flatten().copied().collect()
}

fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' => b'a',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::may_be_of_another_time;

    #[test]
    fn numbers_and_the_calendar_are_read_past() {
        let is = |one: &str, other: &str| may_be_of_another_time(one.as_bytes(), other.as_bytes());
        assert!(is("dev:!:20785:0:\neve:!:20785:0:\n", "eve:!:20786:0:\ndev:!:20785:0:\n"));
        assert!(is("Mon Nov 30 23:58:01 UTC 2026", "Tue Dec  1 00:01:02 UTC 2026"));
        assert!(is("9", "10"));
        assert!(!is("dev:!:20785:0:", "eve:!:20785:0:"));
        assert!(!is("dev:!:20785:0:", "dev:!::0:"));
        assert!(!is("at Mon", "at Monday"));
        assert!(!may_be_of_another_time(b"1\0", b"2\0"));
    }
}
