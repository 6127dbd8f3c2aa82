//! What the commands about builds share: the history, the baseline, and the judge.

use crate::cli::error::{CommandError, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::baseline_choice::{BaselineChoice, ChosenBaseline};
use super::environment;
use super::exit::{self, NoReport};
use super::globals::Globals;
use crate::build::{BuildHistory, BuildOptions};
use crate::profile::Loaded;
use crate::project::{Project, Source};
use crate::redact::{Key, Plain, Redactor};
use crate::render::Plan;
use crate::report::build::PromotionFacts;
use crate::timing::Assessor;
use crate::timing::Forecast;
use crate::timing::clean_line;
use crate::timing::history::{
    Attempt, History, HistoryError, JudgedRecord, Promotion, back_from_last,
};
use crate::timing::judge::Judgement;
use crate::timing::record::Record;
use crate::ui::count;

/// The history, for looking only: where there is none, none is begun.
pub fn existing() -> Result<History> {
    Ok(History::open_existing(&environment::history_file()?)?)
}

/// Where builds are judged and kept.
///
/// That the history cannot be read or written is said, and stops no build.
pub struct BuildJudge<'a> {
    globals: &'a Globals,
    loaded: &'a Loaded,
    history: Option<History>,
    baseline: ChosenBaseline,
}

impl<'a> BuildJudge<'a> {
    /// Opens the history, and reads the baseline that `--baseline` names.
    pub fn open(
        globals: &'a Globals,
        project: &Project,
        loaded: &'a Loaded,
        baseline: &BaselineChoice,
    ) -> Result<Self> {
        let baseline = baseline.read(globals, project, &loaded.name)?;
        let history = environment::history_file().map_err(CommandError::from);
        let history = history.and_then(|path| Ok(History::open(&path)?));
        let history = history.map_err(|error| warn(globals, "read", &error)).ok();
        let history = history.map(|history| history.with_plain(plain(project)));
        if let Some(history) = &history {
            adopt(globals, project, history);
        }
        Ok(Self { globals, loaded, history, baseline })
    }

    /// What hides values in records. Where there is no history to keep them in, nobody has the key.
    pub fn redactor(&self, project: &Project) -> Redactor {
        let redactor = self.history.as_ref().map(History::redactor).transpose();
        let redactor = redactor.map_err(|error| warn(self.globals, "compared", &error.into())).ok();
        redactor.flatten().unwrap_or_else(|| Redactor::new(Key::random(), plain(project)))
    }

    /// What earlier builds on this engine say about the steps of a plan; nothing where none is known.
    pub fn forecast(
        &self,
        project: &Project,
        plan: &Plan,
        options: &BuildOptions,
        engine: &str,
    ) -> Forecast {
        /// An estimate gets no better by more of them.
        const BUILDS: usize = 8;
        let target = options.target.as_deref().map(str::to_ascii_lowercase);
        let earlier = |history: &History| -> Result<Vec<Record>, HistoryError> {
            let name = Source::name_of(project);
            let last = history.latest_built(&name, &plan.profile, target.as_deref(), None, None)?;
            match last.filter(|last| last.series.builder.starts_with(engine)) {
                Some(last) => history.comparable(&last.series, None, BUILDS),
                None => Ok(Vec::new()),
            }
        };
        // Without an estimate a build is as good.
        let earlier = self.history.as_ref().and_then(|history| earlier(history).ok());
        let inputs = plan.inputs(options.target.as_deref(), &options.build_args);
        let needs = inputs.into_iter().map(|(id, inputs)| (id, inputs.needs));
        Forecast::new(needs, &earlier.unwrap_or_default())
    }
}

impl BuildHistory for BuildJudge<'_> {
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

/// What the project declares harmless.
pub fn plain(project: &Project) -> Plain {
    Plain::with(project.settings().plain_values())
}

/// A project that came to be named keeps its builds.
fn adopt(globals: &Globals, project: &Project, history: &History) {
    let (from, to) = (Source::name_without_settings(project), Source::name_of(project));
    match history.adopt(&from, &to) {
        Ok(0) => {}
        Ok(builds) => globals.note(&format!(
            "{} of `{from}` are builds of `{to}` now, as the project is named",
            count(builds, "build")
        )),
        Err(error) => warn(globals, "written", &error.into()),
    }
}

/// A build that is begun: where it leaves no record, `mad report` says so.
pub struct StartedBuild {
    history: Option<(History, i64)>,
}

impl StartedBuild {
    /// Notes it. What is wrong with the history is told by whoever opens it next.
    pub fn note(project: &Project, profile: &str) -> Self {
        let note = || -> Result<(History, i64)> {
            let history = History::open(&environment::history_file()?)?;
            let (project, run) = (Source::name_of(project), environment::ci_run());
            let attempt = history.begins(&project, profile, run.as_deref(), Timestamp::now())?;
            Ok((history, attempt))
        };
        Self { history: note().ok() }
    }

    /// It ended with this.
    pub fn ended<T>(&self, result: &Result<T>) {
        if let (Some((history, attempt)), Err(error)) = (&self.history, result) {
            // Its words may quote a value of the profile, and no value is kept as it is.
            let code = error.code();
            let why = exit::ALL.iter().find(|(known, _)| *known == code).map_or("", |(_, why)| why);
            // What cannot be noted now was noted to have begun.
            let _ = history.ended(*attempt, &format!("{why} (exit code {code})"));
        }
    }
}

/// The build that `reference` names; `last` counts within `profile` where one is given. In CI, `last` is the last one of this job, and `last~2` the second
/// before that: another run's would be taken for its own.
pub fn named(
    globals: &Globals,
    project: &Project,
    history: &History,
    reference: &str,
    profile: Option<&str>,
) -> Result<JudgedRecord> {
    let name = Source::name_of(project);
    let Some(back) = back_from_last(reference) else {
        return Ok(history.find(&name, reference)?);
    };
    let run = environment::ci_run();
    let missing = || HistoryError::NoSuchBuild { reference: reference.to_owned() };
    let unrecorded = history.unrecorded(&name, profile, run.as_deref())?;
    let told = unrecorded.as_ref().map(|attempt| {
        let Attempt { profile, started, why } = attempt;
        let why = why.as_deref().unwrap_or("it is still running, or was killed");
        let (profile, why) = (clean_line(profile), clean_line(why));
        let started = started.strftime("%Y-%m-%d %H:%M UTC");
        format!("the build of `{profile}` started {started} left no record: {why}")
    });
    let last = match (told, &run) {
        (Some(told), _) if environment::is_ci() => return Err(NoReport { message: told }.into()),
        (told, None) => {
            if let Some(told) = told {
                globals.note(&format!("note: {told}; `{reference}` counts from the one before it"));
            }
            return match profile {
                None => Ok(history.find(&name, reference)?),
                Some(profile) => {
                    Ok(history.last_of_profile(&name, profile, back)?.ok_or_else(missing)?)
                }
            };
        }
        (_, Some(run)) => history.last_of_run(&name, profile, run)?.ok_or_else(|| {
            let message = format!("the history has no build of this job (`{run}`)");
            NoReport { message }
        })?,
    };
    Ok(history.before(&last.record, back, profile)?.ok_or_else(missing)?)
}

fn warn(globals: &Globals, what: &str, error: &CommandError) {
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
