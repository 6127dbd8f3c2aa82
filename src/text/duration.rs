//! Durations for people.
//!
//! Every time that is shown goes through [`human_duration`], and every time that is kept is cut to
//! whole milliseconds first; so the same time reads the same in all places.

use std::time::Duration;

/// `0ms`, `850ms`, `12.3s`, `1m 05s`, `2h 07m`.
pub fn human_duration(duration: Duration) -> String {
    human_ms(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// [`human_duration`] of whole milliseconds.
pub fn human_ms(ms: u64) -> String {
    if ms < 1000 {
        return format!("{ms}ms");
    }
    // Round first, then choose the unit: 59.96 s is a minute, not `60.0s`.
    let tenths = ms.saturating_add(50) / 100;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = ms.saturating_add(500) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// `14.0s ±0.3s`, `420ms ±20ms`: a time and what it varies by, in the same unit.
pub fn human_spread(ms: u64, spread_ms: u64) -> String {
    let spread = match (ms, spread_ms) {
        (1_000.., ..1_000) => format!("0.{}s", ((spread_ms + 50) / 100).min(9)),
        _ => human_ms(spread_ms),
    };
    format!("{} ±{spread}", human_ms(ms))
}

/// `+20.1s`, `-3.0s`, `+12ms`, `0s`: what changed from `before_ms` to `now_ms`.
///
/// Both are rounded as they are shown, so that a row adds up: 15.5s, before 6.8s, +8.7s.
pub fn human_change(now_ms: u64, before_ms: u64) -> String {
    let unit = match now_ms.max(before_ms) {
        0..1_000 => 1,
        1_000..59_950 => 100,
        59_950..3_599_500 => 1_000,
        _ => 60_000,
    };
    let rounded = |ms: u64| ms.saturating_add(unit / 2) / unit;
    let (now, before) = (rounded(now_ms), rounded(before_ms));
    let apart = now.abs_diff(before).saturating_mul(unit);
    let text = match (apart, unit) {
        (0, _) => return "0s".to_owned(),
        // Beside times in seconds it is one, too.
        (100..1_000, 100) => format!("0.{}s", apart / 100),
        _ => human_ms(apart),
    };
    format!("{}{text}", if now < before { '-' } else { '+' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_fits_the_length() {
        for (ms, text) in [
            (0, "0ms"),
            (49, "49ms"),
            (999, "999ms"),
            (1_000, "1.0s"),
            (12_349, "12.3s"),
            (59_949, "59.9s"),
            (59_950, "1m 00s"),
            (65_000, "1m 05s"),
            (3_599_400, "59m 59s"),
            (3_599_500, "1h 00m"),
            (7_620_000, "2h 07m"),
        ] {
            assert_eq!(human_duration(Duration::from_millis(ms)), text, "{ms} ms");
        }
        // What is kept is cut to milliseconds; what is shown before must not differ from it.
        assert_eq!(human_duration(Duration::from_micros(6_249_999)), human_ms(6_249));
        assert_eq!(human_ms(u64::MAX), "5124095576030h 25m");
    }

    #[test]
    fn a_spread_has_the_unit_of_its_time() {
        for (ms, spread, text) in [
            (14_000, 310, "14.0s ±0.3s"),
            (14_000, 20, "14.0s ±0.0s"),
            (14_000, 999, "14.0s ±0.9s"),
            (14_000, 1_200, "14.0s ±1.2s"),
            (420, 20, "420ms ±20ms"),
            (420, 1_500, "420ms ±1.5s"),
        ] {
            assert_eq!(human_spread(ms, spread), text);
        }
    }

    #[test]
    fn a_change_is_the_difference_of_what_is_shown() {
        for (now, before, text) in [
            (15_520, 6_780, "+8.7s"),
            (3_549, 3_650, "-0.2s"), // 3.5s and 3.7s
            (8_510, 8_490, "0s"),    // 8.5s both
            (53, 48, "+5ms"),
            (48, 53, "-5ms"),
            (1_200, 950, "+0.2s"),
            (65_000, 5_000, "+1m 00s"),
            (3_700_000, 100_000, "+1h 00m"),
            (7, 7, "0s"),
        ] {
            assert_eq!(human_change(now, before), text, "{now} {before}");
        }
        assert!(human_change(u64::MAX, 0).starts_with('+'));
        assert!(human_change(0, u64::MAX).starts_with('-'));
    }
}
