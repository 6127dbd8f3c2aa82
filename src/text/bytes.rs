//! Sizes for people: decimal units, as Docker prints them.

/// `812 B`, `3.4 MB`, `1.2 GB`.
pub fn human_bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64;
    for unit in ["kB", "MB", "GB", "TB"] {
        amount /= 1000.0;
        // 999.96 would be printed as 1000.0.
        if amount < 999.95 || unit == "TB" {
            return format!("{amount:.1} {unit}");
        }
    }
    unreachable!("the last unit takes everything")
}

/// `1.2 MB / 3.4 MB`; without a total, `1.2 MB`.
pub fn human_bytes_of(done: u64, total: u64) -> String {
    if total == 0 {
        return human_bytes(done);
    }
    format!("{} / {}", human_bytes(done), human_bytes(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_change_before_four_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (3_400_000, "3.4 MB"),
            (1_234_567_890, "1.2 GB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(human_bytes(bytes), text);
        }
        assert_eq!(human_bytes_of(1_200_000, 3_400_000), "1.2 MB / 3.4 MB");
        assert_eq!(human_bytes_of(5, 0), "5 B");
    }
}
