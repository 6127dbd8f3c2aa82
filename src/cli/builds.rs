//! What the commands about builds share: the history, the baseline, and the judge.

use anyhow::Result;
use jiff::tz::TimeZone;

use super::baseline_choice::{BaselineChoice, Chosen};
use super::environment;
use super::globals::Globals;
use crate::profile::Loaded;
use crate::project::Project;
use crate::report::build::PromotionFacts;
use crate::timing::Assessor;
use crate::timing::history::{History, HistoryError, Promotion};
use crate::timing::judge::Judgement;
use crate::timing::record::Record;

/// Names that a build gives its image before a tag moves begin so.
pub const CANDIDATES: &str = "mad/candidate:";

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
        let path = environment::history_file()?;
        let history = History::open(&path);
        let history = history.map_err(|error| warn(globals, "read", &error)).ok();
        Ok(Self { globals, loaded, history, baseline })
    }

    /// Judges a build; `None` where the history cannot be read.
    pub fn judge(&self, record: &Record, repeats: &[Record]) -> Option<Judgement> {
        let locate = |key: &str| self.loaded.locate(key).map(|position| position.to_string());
        let assessor = Assessor {
            history: self.history.as_ref(),
            file: self.baseline.file.as_ref().map(|(file, source)| (file, source.as_str())),
            file_first: self.baseline.is_first,
            alerts: &self.loaded.profile.alerts,
            today: record.started.to_zoned(TimeZone::UTC).date(),
            locate: &locate,
        };
        let judged = assessor.assess(record, repeats);
        judged.map_err(|error| warn(self.globals, "read", &error)).ok()
    }

    /// Keeps a build in the history.
    pub fn keep(&self, record: &Record, judgement: Option<&Judgement>) {
        if let Some(history) = &self.history {
            let kept = history.add(record, judgement);
            let _ = kept.map_err(|error| warn(self.globals, "written", &error));
        }
    }

    /// Keeps what tags name now.
    pub fn promoted(&self, promotions: &[Promotion]) {
        for promotion in promotions {
            if let Some(history) = &self.history {
                let kept = history.promoted(promotion);
                let _ = kept.map_err(|error| warn(self.globals, "written", &error));
            }
        }
    }
}

fn warn(globals: &Globals, what: &str, error: &HistoryError) {
    globals.note(&format!("warning: the history cannot be {what}: {error}"));
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
