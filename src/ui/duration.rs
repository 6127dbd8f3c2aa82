//! Durations for people.

use std::time::Duration;

/// `0.4s`, `12.3s`, `1m 05s`, `2h 07m`.
pub fn human_duration(duration: Duration) -> String {
    // Round first, then choose the unit: 59.96 s is a minute, not `60.0s`.
    let tenths = (duration.as_millis() + 50) / 100;
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    let seconds = (duration.as_millis() + 500) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_fits_the_length() {
        for (ms, text) in [
            (0, "0.0s"),
            (49, "0.0s"),
            (50, "0.1s"),
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
    }
}
