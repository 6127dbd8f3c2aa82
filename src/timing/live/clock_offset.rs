//! The begin of the build in the engine's time.
//!
//! The client knows when it asked, by its own clock; the engine tells its times by its own. The first
//! vertex that the engine tells of is no zero: work that is shared with another build, a base image
//! above all, has the times of that build.
//!
//! Of two clocks it is only known that the engine works for the build after it was asked, and that
//! what it tells has happened. The clocks are taken for one as far as that allows:
//!
//! ```text
//! begin <= first + shift      unless the first work is another build's
//! latest + shift <= now       always
//! ```

use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Default)]
pub(super) struct ClockOffset {
    /// By the client's clock.
    begin: Option<Timestamp>,
    /// The largest shift that no message contradicts.
    most: Option<SignedDuration>,
}

impl ClockOffset {
    /// The build begins at this time of the client.
    pub(super) fn at(begin: Timestamp) -> Self {
        Self { begin: Some(begin), most: None }
    }

    /// At `now` of the client, the engine has told of `latest`.
    pub(super) fn hear(&mut self, latest: Option<Timestamp>, now: Timestamp) {
        let Some(latest) = latest else { return };
        let late = now.duration_since(latest);
        self.most = Some(self.most.map_or(late, |most| most.min(late)));
    }

    /// The begin by the engine's clock, whose first word was of `first`; that, where nobody said when
    /// the build began.
    pub(super) fn in_engine_time(&self, first: Option<Timestamp>) -> Option<Timestamp> {
        let Some(begin) = self.begin else { return first };
        let early = first.map_or(SignedDuration::ZERO, |first| begin.duration_since(first));
        let shift = SignedDuration::ZERO.max(early);
        let shift = self.most.map_or(SignedDuration::ZERO, |most| shift.min(most));
        begin.saturating_sub(shift).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the build began in the engine's time: it began at 1000 of the client, the engine told of
    /// `first`, and each message came at a time of the client with the latest of the engine.
    fn zero(first: i64, messages: &[(i64, i64)]) -> i64 {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut zero = ClockOffset::at(at(1000));
        for &(now, latest) in messages {
            zero.hear(Some(at(latest)), at(now));
        }
        zero.in_engine_time(Some(at(first))).unwrap().as_second()
    }

    #[test]
    fn the_begin_is_the_clients() {
        for (first, messages, expected, what) in [
            (1001, &[(1002, 1001), (1010, 1009)][..], 1000, "one clock"),
            // A base image that another build asked for 76 s before.
            (924, &[(1001, 925), (1001, 1001), (1002, 1002)], 1000, "shared, one clock"),
            (924, &[(1001, 1001)], 1000, "shared and at once something of this build"),
            (401, &[(1002, 401), (1010, 410)], 401, "the engine's clock is 599 s behind"),
            (1601, &[(1001, 1601), (1010, 1610)], 1600, "the engine's clock is 600 s ahead"),
            (1001, &[], 1000, "nothing was heard"),
        ] {
            assert_eq!(zero(first, messages), expected, "{what}");
        }
        assert_eq!(ClockOffset::default().in_engine_time(None), None);
    }
}
