//! Small words: times, differences, ids, lines.

use serde::Serialize;

use crate::timing::clean_line;
use crate::timing::record::Origin;
use crate::ui::{human_bytes, human_ms, short_instruction};

/// How a fact is meant, and with that how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::report) enum StepStatus {
    /// As it should be.
    Good,
    /// Better than before.
    Better,
    /// Nothing can be said.
    Unsure,
    /// Something is wrong.
    Bad,
}

/// `12.3s`.
pub(in crate::report) fn time(ms: u64) -> String {
    human_ms(ms)
}

/// `+1.2 MB`, `-812 B`, `0 B`.
pub(in crate::report) fn bytes_difference(bytes: i64) -> String {
    signed(bytes, human_bytes(bytes.unsigned_abs()), "0 B")
}

fn signed(value: i64, text: String, zero: &str) -> String {
    match value {
        _ if text == zero => text,
        ..0 => format!("-{text}"),
        _ => format!("+{text}"),
    }
}

/// `now - before`, whatever their sizes.
pub(in crate::report) fn minus(now: u64, before: u64) -> i64 {
    i64::try_from(i128::from(now) - i128::from(before)).unwrap_or(i64::MAX)
}

/// `34%`; `<1%` for what is there and rounds to nothing.
pub(in crate::report) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0%".to_owned();
    }
    match (part as f64 / whole as f64 * 100.0).round() as u64 {
        0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// What a step does, without the flags that only say how.
pub(in crate::report) fn label(text: &str) -> String {
    short_instruction(&clean_line(text))
}

/// Cut to `chars` characters, the ellipsis included.
pub(in crate::report) fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `sha256:0a1b2c3d…` to its first twelve digits, as Docker shortens ids; others as they are.
pub(in crate::report) fn short_id(id: &str) -> String {
    let hash = id.strip_prefix("sha256:").unwrap_or(id);
    let is_hash = hash.len() >= 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { hash[..12].to_owned() } else { clean_line(id) }
}

/// `templates/stages/base.j2:4`.
pub(in crate::report) fn origin(origin: Option<&Origin>) -> Option<String> {
    origin.map(|origin| clean_line(&origin.to_string()))
}

/// `2026-11-22 13:48 UTC`.
pub(in crate::report) fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_signs_and_zero_has_none() {
        assert_eq!(bytes_difference(-812), "-812 B");
        assert_eq!(minus(0, u64::MAX), i64::MAX);
        assert_eq!(minus(3, 5), -2);
    }

    #[test]
    fn shares_never_hide_what_is_there() {
        assert_eq!(percent(1, 1000), "<1%");
        assert_eq!(percent(0, 0), "0%");
        assert_eq!(percent(34, 100), "34%");
    }

    #[test]
    fn ids_are_short_and_names_stay() {
        assert_eq!(short_id(&format!("sha256:{}", "0a1b2c3d".repeat(8))), "0a1b2c3d0a1b");
        assert_eq!(short_id("debian:trixie"), "debian:trixie");
        assert_eq!(cut("abcdef", 4), "abc…");
    }
}
