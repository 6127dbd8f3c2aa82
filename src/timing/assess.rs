//! Judges a build by what is known: the history, and the project's committed baseline.

use jiff::civil::Date;

use super::history::{BaselineBuild, History, HistoryError};
use super::judge::{
    Baseline, BaselineFile, BaselineRole, Context, Gate, Inherited, Judgement, NOTHING_INHERITED,
    judge,
};
use super::record::Record;
use crate::profile::Alert;

/// How many builds of the history a build is judged by, at most.
pub const MOST_BUILDS: usize = 30;

/// All that a build is judged by.
pub struct Assessor<'a> {
    /// The history; without one a committed baseline still counts.
    pub history: Option<&'a History>,
    /// The committed baseline, and what it is called: `main:baselines/cpu.yaml`.
    pub file: Option<(&'a BaselineFile, &'a str)>,
    /// Whether the committed baseline goes before the history; otherwise it only lends its
    /// acceptances.
    pub file_first: bool,
    /// The profile's alerts.
    pub alerts: &'a [Alert],
    /// The day, in UTC.
    pub today: Date,
    /// Where a value of the profile is written.
    pub locate: &'a dyn Fn(&str) -> Option<String>,
}

impl Assessor<'_> {
    /// Judges `record`; `repeats` are further builds of the same plan.
    pub fn assess(&self, record: &Record, repeats: &[Record]) -> Result<Judgement, HistoryError> {
        let reference = self.reference(record)?;
        let context = Context {
            today: self.today,
            locate: self.locate,
            repeats,
            inherited: &self.inherited(record)?,
            gate: Gate::default(),
        };
        Ok(judge(record, &self.baseline(record)?, reference.as_ref(), self.alerts, &context))
    }

    fn baseline(&self, record: &Record) -> Result<Baseline, HistoryError> {
        let place = &record.series;
        let committed = self.file.map(|(file, source)| Baseline::of_file(file, place, source));
        let known = match self.history {
            Some(history) => Baseline::of_records(&measures(history, record)?),
            None => Baseline::of_records(&[]),
        };
        // A file that accepts something, and has no or too few builds of this place, leaves the rest
        // to the history.
        let is_enough = |file: &Baseline| file.len() >= Gate::default().needed;
        let goes_first = |file: &Baseline| match self.file_first {
            true => !file.is_empty() && (is_enough(file) || file.len() >= known.len()),
            false => !file.is_empty() && known.is_empty(),
        };
        let baseline = match committed.filter(goes_first) {
            Some(committed) => committed,
            None => known,
        };
        let baseline = match self.file {
            Some((file, _)) => baseline.accepting(file.accepted(place)),
            None => baseline,
        };
        match self.history.filter(|_| baseline.is_empty()) {
            Some(history) => {
                let places = history.places(&place.project, &place.profile)?;
                let places = places.into_iter().map(|(place, _)| place).collect();
                Ok(baseline.among(places, place))
            }
            None => Ok(baseline),
        }
    }

    /// What came from the cache and is on record as slow.
    fn inherited(&self, record: &Record) -> Result<Inherited, HistoryError> {
        let Some(history) = self.history else { return Ok(Inherited::default()) };
        let not_passed = history.not_passed(record)?;
        let oldest = not_passed.iter().map(|one| one.record.started).min();
        let Some(oldest) = oldest else { return Ok(Inherited::default()) };
        Ok(Inherited::of(record, &not_passed, &history.passed_since(record, oldest)?))
    }

    /// The build that tells why steps ran: the last one on the same engine, whose cache this one
    /// met; else the last one anywhere.
    fn reference(&self, record: &Record) -> Result<Option<Record>, HistoryError> {
        let Some(history) = self.history else { return Ok(None) };
        let place = &record.series;
        let latest = |engine_id: Option<&str>| {
            let target = place.target.as_deref();
            history.latest_built(
                &place.project,
                &place.profile,
                target,
                engine_id,
                Some(&record.id),
            )
        };
        let engine_id = record.environment.engine_id.as_deref();
        match engine_id.map(|id| latest(Some(id))).transpose()?.flatten() {
            Some(same_engine) => Ok(Some(same_engine)),
            None => latest(None),
        }
    }
}

/// The builds that `record` is measured by, the newest first.
///
/// Builds that were never judged, say imported ones, are judged here by those before them: what was
/// slower is no measure, whoever built it.
pub fn measures(history: &History, record: &Record) -> Result<Vec<Record>, HistoryError> {
    screened(history.measures(record, Some(&record.id), MOST_BUILDS)?)
}

/// The builds that others at the place of `newest` are measured by, that one included.
pub fn measures_at(history: &History, newest: &Record) -> Result<Vec<Record>, HistoryError> {
    screened(history.measures(newest, None, MOST_BUILDS)?)
}

fn screened(measures: Vec<BaselineBuild>) -> Result<Vec<Record>, HistoryError> {
    if measures.iter().all(|measure| measure.is_judged) {
        return Ok(measures.into_iter().map(|measure| measure.record).collect());
    }
    let mut passed: Vec<Record> = Vec::new();
    for BaselineBuild { record, is_judged } in measures.into_iter().rev() {
        if is_judged || passes(&record, &passed) {
            passed.insert(0, record);
        }
    }
    Ok(passed)
}

/// Whether a build measures others, by mad's own alert.
fn passes(record: &Record, earlier: &[Record]) -> bool {
    let newest = &earlier[..earlier.len().min(MOST_BUILDS)];
    let context = Context {
        today: Date::MAX,
        locate: &|_| None,
        repeats: &[],
        inherited: &NOTHING_INHERITED,
        gate: Gate::default(),
    };
    let judgement = judge(record, &Baseline::of_records(newest), None, &[], &context);
    judgement.standing.is_some_and(BaselineRole::measures_others)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::history::testing::{empty, place, record};
    use super::super::judge::{Accepted, Verdict};
    use super::*;
    use crate::timing::record::TimeSpan;

    /// The build number `n`, whose second step took `ms`.
    fn took(n: u64, ms: u64) -> Record {
        let mut record = record(n);
        record.steps[1].spans = vec![TimeSpan { start_ms: 100, end_ms: 100 + ms }];
        record.wall_ms = ms + 1000;
        record
    }

    fn assess(
        history: &History,
        file: Option<&BaselineFile>,
        first: bool,
        now: &Record,
    ) -> Judgement {
        let assessor = Assessor {
            history: Some(history),
            file: file.map(|file| (file, "main:baselines/cpu.yaml")),
            file_first: first,
            alerts: &[],
            today: date(2026, 5, 1),
            locate: &|_| None,
        };
        assessor.assess(now, &[]).unwrap()
    }

    #[test]
    fn a_file_that_only_accepts_leaves_the_rest_to_the_history() {
        let (_folder, history) = empty();
        for n in 0..7 {
            history.add(&took(n, 20_000 + n), None).unwrap();
        }
        let slow = took(9, 41_000);
        let mut file = BaselineFile::new("cpu");
        let accepted = |step: &str| Accepted {
            step: step.to_owned(),
            label: "RUN x".to_owned(),
            reason: "known".to_owned(),
            until: date(2026, 8, 1),
            limit_ms: 41_000,
            build: "b".to_owned(),
        };
        file.place_mut(&place()).accepted.push(accepted("another"));
        for first in [true, false] {
            let found = assess(&history, Some(&file), first, &slow);
            assert_eq!((found.verdict, found.baseline.builds), (Verdict::Regressed, 7), "{first}");
        }
        file.place_mut(&place()).accepted.push(accepted(&slow.steps[1].id));
        assert_eq!(assess(&history, Some(&file), true, &slow).verdict, Verdict::Ok);
        // One with too few builds does not go before a history that has enough.
        assert_eq!(file.set(&place(), &[took(3, 60_000)]), 1);
        let found = assess(&history, Some(&file), true, &took(9, 20_000));
        assert_eq!((found.verdict, found.baseline.source.as_str()), (Verdict::Ok, "history"));
    }

    #[test]
    fn builds_that_nobody_judged_are_judged_in_their_order() {
        let (_folder, history) = empty();
        for n in 0..10 {
            history.add(&took(n, 10_000 + 10 * n), None).unwrap();
        }
        for n in 10..18 {
            let now = took(n, 30_000 + n);
            let found = assess(&history, None, false, &now);
            assert_eq!((found.verdict, found.build.n), (Verdict::Regressed, 10), "{n}");
            history.add(&now, None).unwrap();
        }
        let mut good = BaselineFile::new("cpu");
        assert_eq!(good.set(&place(), &measures_at(&history, &took(17, 1)).unwrap()), 10);
    }
}
