//! What the commands about builds share: the history, the baseline, and the judge.

use anyhow::Result;
use jiff::tz::TimeZone;

use super::baseline_choice::{BaselineChoice, Chosen};
use super::environment;
use super::globals::Globals;
use crate::build::Ledger;
use crate::profile::Loaded;
use crate::project::Project;
use crate::report::build::PromotionFacts;
use crate::timing::Assessor;
use crate::timing::history::{History, Promotion};
use crate::timing::judge::Judgement;
use crate::timing::record::Record;

/// The history, for looking only: where there is none, none is begun.
pub fn existing() -> Result<History> {
    Ok(History::open_existing(&environment::history_file()?)?)
}

/// Where builds are judged and kept.
///
/// That the history cannot be read or written is said, and stops no build.
pub struct Desk<'a> {
    globals: &'a Globals,
    loaded: &'a Loaded,
    history: Option<History>,
    baseline: Chosen,
}

impl<'a> Desk<'a> {
    /// Opens the history, and reads the baseline that `--baseline` names.
    pub fn open(
        globals: &'a Globals,
        project: &Project,
        loaded: &'a Loaded,
        baseline: &BaselineChoice,
    ) -> Result<Self> {
        let baseline = baseline.read(globals, project, &loaded.name)?;
        let history = environment::history_file().map_err(anyhow::Error::from);
        let history = history.and_then(|path| Ok(History::open(&path)?));
        let history = history.map_err(|error| warn(globals, "read", &error)).ok();
        Ok(Self { globals, loaded, history, baseline })
    }
}

impl Ledger for Desk<'_> {
    fn judge(&self, record: &Record, repeats: &[Record]) -> Option<Judgement> {
        let locate = |key: &str| self.loaded.locate(key).map(|position| position.to_string());
        let assessor = Assessor {
            history: self.history.as_ref(),
            file: self.baseline.file.as_ref().map(|(file, source)| (file, source.as_str())),
            file_first: self.baseline.is_first,
            alerts: &self.loaded.profile.alerts,
            today: record.started.to_zoned(TimeZone::UTC).date(),
            locate: &locate,
        };
        // Without the history nobody knows what was held back.
        self.history.as_ref()?;
        let judged = assessor.assess(record, repeats);
        judged.map_err(|error| warn(self.globals, "read", &error.into())).ok()
    }

    fn keep(&self, record: &Record, judgement: Option<&Judgement>) {
        if let Some(history) = &self.history {
            let kept = history.add(record, judgement);
            let _ = kept.map_err(|error| warn(self.globals, "written", &error.into()));
        }
    }

    fn promoted(&self, promotions: &[Promotion]) {
        for promotion in promotions {
            if let Some(history) = &self.history {
                let kept = history.promoted(promotion);
                let _ = kept.map_err(|error| warn(self.globals, "written", &error.into()));
            }
        }
    }
}

fn warn(globals: &Globals, what: &str, error: &anyhow::Error) {
    globals.note(&format!("warning: the history cannot be {what}: {error:#}"));
}

/// What became of the first tag of a build.
pub fn promotion(record: &Record) -> Option<PromotionFacts> {
    let image = record.image.as_ref()?;
    let tag = image.tags.first().or_else(|| image.replaced.keys().next())?;
    let previous = image.replaced.get(tag).cloned();
    let kept = image.tags.is_empty();
    let named = previous.clone().filter(|_| kept).unwrap_or_else(|| image.id.clone());
    Some(PromotionFacts { tag: tag.clone(), image: named, kept, previous })
}
