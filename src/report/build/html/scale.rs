//! From times to places in a chart.

use serde::Serialize;

use crate::report::build::story::time;

/// Steps between ticks that people read well, in milliseconds.
const NICE_MS: [u64; 19] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 900_000, 1_800_000, 3_600_000,
];

/// From 0 to some time, onto a stretch of a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    max_ms: u64,
    from: f64,
    to: f64,
}

/// A time with its place and its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tick {
    pub at: f64,
    pub text: String,
}

impl Scale {
    /// Puts 0 at `from` and `max_ms` at `to`; `to` may be the lesser one.
    pub(super) fn new(max_ms: u64, from: f64, to: f64) -> Self {
        Self { max_ms: max_ms.max(1), from, to }
    }

    /// The place of a time.
    pub(super) fn at(self, ms: u64) -> f64 {
        round(self.from + (self.to - self.from) * (ms as f64 / self.max_ms as f64))
    }

    /// At most `count` ticks and the one at 0.
    pub(super) fn ticks(self, count: u64) -> Vec<Tick> {
        let least = self.max_ms.div_ceil(count.max(1));
        let step = NICE_MS.into_iter().find(|&step| step >= least).unwrap_or_else(|| {
            let hour = 3_600_000;
            least.div_ceil(hour) * hour
        });
        let ticks = (0..=self.max_ms / step).map(|index| index * step);
        ticks.map(|ms| Tick { at: self.at(ms), text: tick_text(ms) }).collect()
    }
}

/// `0`, `500ms`, `30s`, `2m`, `1m 30s`.
fn tick_text(ms: u64) -> String {
    match ms {
        0 => "0".to_owned(),
        _ if ms < 60_000 && ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
        _ => time(ms).trim_end_matches(" 00s").trim_end_matches(" 00m").to_owned(),
    }
}

/// A tenth of a pixel is as fine as it gets.
pub(super) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        for (max_ms, texts) in [
            (0, "0"),
            (90, "0 20ms 40ms 60ms 80ms"),
            (1_200, "0 200ms 400ms 600ms 800ms 1s 1.2s"),
            (39_000, "0 10s 20s 30s"),
            (95_000, "0 30s 1m 1m 30s"),
            (7_000_000, "0 30m 1h 1h 30m"),
            (40_000_000, "0 2h 4h 6h 8h 10h"),
        ] {
            let ticks = Scale::new(max_ms, 0.0, 100.0).ticks(6);
            let found: Vec<&str> = ticks.iter().map(|tick| tick.text.as_str()).collect();
            assert_eq!(found.join(" "), texts, "{max_ms}");
            assert!(ticks.iter().all(|tick| (0.0..=100.0).contains(&tick.at)));
        }
        // Upside down, as SVG has it.
        assert_eq!(Scale::new(100, 200.0, 0.0).at(25), 150.0);
    }
}
