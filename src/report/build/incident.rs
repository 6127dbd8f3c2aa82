//! An incident report, for an alert with `action: investigate`: what fired, the facts of the build, its logs, and
//! what changed since the baseline. One file, in Markdown.

use std::fmt::Write;

use super::{BuildReport, markdown};
use crate::report::escape::{code, markdown as text};
use crate::timing::clean_line;
use crate::timing::judge::AlertOutcome;

/// The report of one alert.
pub fn incident(report: &BuildReport, alert: &AlertOutcome) -> String {
    let record = &report.record;
    let mut out = format!("# Incident: {}\n\n", text(&clean_line(&alert.name)));
    let _ = writeln!(out, "The alert fired: {}", code(&clean_line(&alert.condition)));
    let _ = writeln!(out);
    for (name, value) in &alert.values {
        let _ = writeln!(out, "- {} is {value}", text(name));
    }
    if let Some(origin) = &alert.origin {
        let _ = writeln!(out, "- written in {}", code(&clean_line(origin)));
    }
    let _ = writeln!(out, "- build {}, {}", code(&record.id), record.started);
    let environment = &record.circumstances;
    for (name, value) in [
        ("commit", &environment.commit),
        ("branch", &environment.branch),
        ("job", &environment.ci_run),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "- {name} {}", code(&clean_line(value)));
        }
    }
    if let Some(image) = &record.image {
        let tags = if image.tags.is_empty() { "no tag".to_owned() } else { image.tags.join(", ") };
        let _ = writeln!(out, "- image {}: {}", code(&image.id), text(&clean_line(&tags)));
    }
    let _ = writeln!(out, "\n## The build, and what changed since the baseline\n");
    out += &markdown(report);
    let checks = record.trial.iter().flat_map(|trial| &trial.checks);
    let findings: Vec<_> = checks.flat_map(|check| &check.findings).collect();
    let lines = findings.iter().flat_map(|finding| &finding.log);
    let log: Vec<String> =
        lines.map(|line| clean_line(&format!("{}: {}", line.source, line.line))).collect();
    if !log.is_empty() {
        let _ = writeln!(out, "\n## Logs\n");
        // Indented code has no end that a line could forge.
        log.iter().for_each(|line| {
            let _ = writeln!(out, "    {line}");
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{GateAction, GateName};
    use crate::report::build::testing::report as read;
    use crate::timing::judge::{Action, AlertState};
    use crate::timing::record::{Check, CheckState, ImageFinding, LogLine, Trial};

    #[test]
    fn an_incident_has_the_alert_the_facts_the_changes_and_the_logs() {
        let mut report = read("regressed");
        let line = LogLine { source: "worker".into(), line: "# Permission denied\u{1b}[0m".into() };
        let finding = ImageFinding { message: "as dev: worker failed".into(), log: vec![line] };
        report.record.trial = Some(Trial {
            service_uptime: Some(0.4),
            checks: vec![Check {
                name: GateName::Services,
                action: GateAction::Warn,
                state: CheckState::Failed,
                summary: "1 program".into(),
                findings: vec![finding],
            }],
            ..Trial::default()
        });
        let alert = AlertOutcome {
            name: "Service Uptime".into(),
            condition: "service_uptime < 99%".into(),
            action: Action::Investigate,
            origin: Some("profiles/app.yaml:9:5".into()),
            state: AlertState::Fired,
            values: [("service_uptime".to_owned(), 0.4)].into(),
        };
        let text = incident(&report, &alert);
        for part in [
            "# Incident: Service Uptime",
            "`service_uptime < 99%`",
            "- service_uptime is 0.4",
            "`profiles/app.yaml:9:5`",
            "## The build, and what changed since the baseline",
            "programs up 40.0 % of the time",
            "as dev: worker failed",
            "\n    worker: # Permission denied\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
