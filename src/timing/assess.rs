//! Judges a build by what is known: the history, and the project's committed baseline.

use jiff::civil::Date;

use super::history::{History, HistoryError};
use super::judge::{Baseline, BaselineFile, Context, Gate, Judgement, judge};
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
        let context =
            Context { today: self.today, locate: self.locate, repeats, gate: Gate::default() };
        Ok(judge(record, &self.baseline(record)?, reference.as_ref(), self.alerts, &context))
    }

    fn baseline(&self, record: &Record) -> Result<Baseline, HistoryError> {
        let place = &record.place;
        let file = self.file.filter(|(file, _)| file.place(place).is_some());
        let committed = || file.map(|(file, source)| Baseline::of_file(file, place, source));
        let known = match self.history {
            Some(history) => history.comparable(place, Some(&record.id), MOST_BUILDS)?,
            None => Vec::new(),
        };
        let baseline = match committed().filter(|_| self.file_first || known.is_empty()) {
            Some(committed) => committed,
            None => Baseline::of_records(&known),
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

    /// The build that tells why steps ran: the last one on the same engine, whose cache this one
    /// met; else the last one anywhere.
    fn reference(&self, record: &Record) -> Result<Option<Record>, HistoryError> {
        let Some(history) = self.history else { return Ok(None) };
        let place = &record.place;
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
        let engine_id = record.circumstances.engine_id.as_deref();
        match engine_id.map(|id| latest(Some(id))).transpose()?.flatten() {
            Some(same_engine) => Ok(Some(same_engine)),
            None => latest(None),
        }
    }
}
