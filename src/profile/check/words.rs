//! The small grammars: names, ids, modes, one line.

use crate::profile::MAX_COMMAND_BYTES;
use crate::project::yaml::Kind;

/// No control characters, and none of the two that Unicode counts as line ends.
pub(super) fn one_line(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// Something to do, on one line or several, that fits a line of any frontend.
pub(super) fn command(text: &str) -> bool {
    let controls = |c: char| c.is_control() && c != '\n' && c != '\t';
    !text.trim().is_empty()
        && text.len() <= MAX_COMMAND_BYTES
        && !text.chars().any(|c| controls(c) || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// useradd(8) on Debian: `[a-z_][a-z0-9_-]{0,31}`.
pub(super) fn user_name(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// An id that a person can have: 65534 is `nobody`, 65535 is -1 to the 16-bit calls, and programs that
/// keep ids as signed numbers know none above 2147483647.
pub(super) fn user_id(text: &str) -> bool {
    match Kind::of_plain(text) {
        Kind::Integer(id) => (1..=2_147_483_647).contains(&id) && !matches!(id, 65534 | 65535),
        _ => false,
    }
}

/// POSIX.1-2017, 8.1, with lower case, which shells take too.
pub(super) fn env_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Docker's guidelines for label keys, with `_`, `/` and capitals, which are in use.
pub(super) fn label_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends)
        && text.ends_with(ends)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/".contains(&b))
}

/// `755` or `0755`.
pub(super) fn mode(text: &str) -> bool {
    let digits = if text.len() == 4 { text.strip_prefix('0') } else { Some(text) };
    digits.is_some_and(|digits| {
        digits.len() == 3 && digits.bytes().all(|b| (b'0'..=b'7').contains(&b))
    })
}

/// `12.8`, or `auto`.
pub(super) fn cuda_version(text: &str) -> bool {
    let number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    text == "auto"
        || text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

/// `2`, `1.5`: at least a hundredth, which is the least that the engine takes.
pub(super) fn processors(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_number = match text.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && part.len() <= 3,
        None => digits(text),
    };
    is_number && text.parse::<f64>().is_ok_and(|number| (0.01..10_000.0).contains(&number))
}

/// A limit that a shell, a supervisor and a few programs fit in, up to the kernel's own.
pub(super) fn process_count(text: &str) -> bool {
    matches!(Kind::of_plain(text), Kind::Integer(count) if (16..=4_194_304).contains(&count))
}

/// One folder name that needs no quotes anywhere.
pub(super) fn series(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}
