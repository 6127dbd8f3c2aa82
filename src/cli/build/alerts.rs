//! What alerts ask for beside an exit code: incident reports, and telling people.
//!
//! Neither fails a build: what goes wrong is a warning.

use std::path::{Path, PathBuf};

use crate::cli::environment;
use crate::cli::globals::Globals;
use crate::cli::write_file;
use crate::notify::{Attempts, NOTICE_SCHEMA, NotTold, Notice, Target, tell_command, tell_webhook};
use crate::profile::Notify;
use crate::report::build::{BuildReport, incident};
use crate::timing::judge::{Action, AlertOutcome, AlertState};

/// Does it for every alert that fired.
pub(super) fn act(globals: &Globals, root: &Path, notify: Option<&Notify>, report: &BuildReport) {
    let fired = || report.judgement.alerts.iter().filter(|one| one.state == AlertState::Fired);
    let mut files = Vec::new();
    for alert in fired().filter(|alert| alert.action == Action::Investigate) {
        let written = file_of(report, alert).and_then(|path| {
            let text = incident(report, alert);
            write_file(&path, &text).map_err(|error| format!("{error:#}"))?;
            Ok(path)
        });
        match written {
            Ok(path) => {
                globals.note(&format!("alert `{}`: {}", alert.name, path.display()));
                files.push(path.display().to_string());
            }
            Err(error) => globals.note(&format!(
                "warning: the incident report of `{}` cannot be written: {error}",
                alert.name
            )),
        }
    }
    for alert in fired().filter(|alert| alert.action == Action::AlertTeam) {
        let Some(notify) = notify else {
            globals.note(&format!(
                "warning: alert `{}` fired, and `notify` of the profile names nobody to tell",
                alert.name
            ));
            continue;
        };
        for told in tell(root, notify, &notice(report, alert, &files)) {
            globals.note(&match told {
                Ok(to) => format!("alert `{}`: told {to}", alert.name),
                Err(error) => format!("warning: alert `{}`: not told: {error}", alert.name),
            });
        }
    }
}

/// Beside the history: `incidents/BUILD-ALERT.md`.
fn file_of(report: &BuildReport, alert: &AlertOutcome) -> Result<PathBuf, String> {
    let history = environment::history_file().map_err(|error| error.to_string())?;
    let folder = history.parent().unwrap_or(Path::new(".")).join("incidents");
    let id: String = report.record.id.chars().take(12).collect();
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut name: String = alert.name.chars().take(60).map(word).collect();
    // Two names may come to one word.
    if name != alert.name {
        name = format!("{name}-{}", &hash::sha256(&alert.name)[..6]);
    }
    Ok(folder.join(format!("{id}-{name}.md")))
}

fn notice(report: &BuildReport, alert: &AlertOutcome, files: &[String]) -> Notice {
    let record = &report.record;
    let trial = record.trial.as_ref();
    Notice {
        schema: NOTICE_SCHEMA.to_owned(),
        at: jiff::Timestamp::now(),
        alert: alert.name.clone(),
        condition: alert.condition.clone(),
        origin: alert.origin.clone(),
        values: alert.values.clone(),
        project: record.series.project.clone(),
        profile: record.series.profile.clone(),
        build: record.id.clone(),
        commit: record.environment.commit.clone(),
        ci_run: record.environment.ci_run.clone(),
        verdict: report.judgement.verdict.as_str().to_owned(),
        reason: report.judgement.reason.clone(),
        image: record.image.as_ref().map(|image| image.id.clone()),
        tags: record.image.as_ref().map(|image| image.tags.clone()).unwrap_or_default(),
        gates: trial.and_then(|trial| trial.refusal().or_else(|| trial.warning())),
        incident_reports: files.to_vec(),
    }
}

/// Whom it was told, by name, or why not.
fn tell(root: &Path, notify: &Notify, notice: &Notice) -> Vec<Result<String, NotTold>> {
    let attempts = Attempts::default();
    let mut told = Vec::new();
    if let Some(program) = notify.command.first() {
        let done = tell_command(&notify.command, root, notice, attempts);
        told.push(done.map(|()| format!("`{program}`")));
    }
    if let Some(webhook) = &notify.webhook {
        let variable = |name: &Option<String>| {
            name.as_deref().map(|name| (name.to_owned(), environment::text(name)))
        };
        let (url, token) = (variable(&webhook.url_from), variable(&webhook.token_from));
        let unset = [&url, &token].into_iter().flatten().find(|(_, value)| value.is_none());
        told.push(match unset {
            Some((name, _)) => Err(NotTold {
                to: "the webhook".to_owned(),
                why: format!("the variable `{name}` is not set"),
            }),
            None => {
                let url = webhook.url.clone().or_else(|| url.and_then(|(_, value)| value));
                let token = token.and_then(|(_, value)| value);
                let target = Target { url: url.unwrap_or_default(), token };
                let host = target.host();
                tell_webhook(&target, notice, attempts).map(|()| host)
            }
        });
    }
    told
}
