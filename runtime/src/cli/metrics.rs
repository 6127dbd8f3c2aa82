//! `mad-runtime status --metrics`: the same in Prometheus' text format, for a collector of text files.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::watch::{History, Phase, Report};

/// `report` is absent when no watch runs: nothing is ready then.
pub fn metrics(report: Option<&Report>, history: &History) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: Vec<(String, f64)>| {
        write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
            .expect("a String takes everything");
        for (labels, value) in samples {
            writeln!(text, "{name}{{{labels}}} {value}").expect("a String takes everything");
        }
    };
    let now = report.map_or(&[][..], |report| &report.services);
    let of = |name: &str| format!("service=\"{name}\"");
    let ready = now.iter().map(|one| (of(&one.name), f64::from(one.phase == Phase::Ready)));
    metric("mad_service_ready", "gauge", "Whether the program is ready.", ready.collect());
    let restarts = now.iter().map(|one| (of(&one.name), one.restarts as f64));
    let help =
        "Starts after failures, within the span of the budget and since the watch was started.";
    metric("mad_service_restarts", "gauge", help, restarts.collect());
    let mut kinds: BTreeMap<String, f64> = BTreeMap::new();
    for one in &history.incidents {
        let labels = format!("{},kind=\"{}\"", of(&one.service), one.kind.name());
        *kinds.entry(labels).or_default() += 1.0;
    }
    let help = "Incidents, by what was wrong.";
    metric("mad_service_incidents_total", "counter", help, kinds.into_iter().collect());
    let numbers = || history.services.iter();
    let open = numbers().map(|(name, one)| (of(name), one.open as f64));
    metric("mad_service_incidents_open", "gauge", "Incidents that are not over.", open.collect());
    let false_ones = numbers().map(|(name, one)| (of(name), one.false_restarts as f64));
    let help = "Kills without enough wrong answers.";
    metric("mad_service_false_restarts_total", "counter", help, false_ones.collect());
    let watched = numbers().map(|(name, one)| (of(name), one.watched_ms as f64 / 1e3));
    let help = "Time in which the program should have been ready.";
    metric("mad_service_watched_seconds_total", "counter", help, watched.collect());
    let down = numbers().map(|(name, one)| (of(name), one.down_ms as f64 / 1e3));
    metric("mad_service_down_seconds_total", "counter", "Of that, not ready.", down.collect());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Numbers, ServiceReport};

    #[test]
    fn every_metric_has_its_help_type_and_samples() {
        let service = ServiceReport {
            name: "a".into(),
            group: None,
            phase: Phase::Ready,
            pid: Some(7),
            up_ms: Some(5),
            restarts: 2,
            wrong_answers: 0,
            problem: String::new(),
            next_start_ms: None,
        };
        let report = Report { version: "1".into(), services: vec![service] };
        let numbers = Numbers { watched_ms: 2_500, down_ms: 500, ..Numbers::default() };
        let services = [("a".to_owned(), numbers.clone())].into();
        let history = History { incidents: Vec::new(), services, all: numbers };
        let text = metrics(Some(&report), &history);
        for line in [
            "# TYPE mad_service_ready gauge",
            "mad_service_ready{service=\"a\"} 1",
            "mad_service_restarts{service=\"a\"} 2",
            "mad_service_watched_seconds_total{service=\"a\"} 2.5",
            "mad_service_down_seconds_total{service=\"a\"} 0.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(!metrics(None, &history).contains("mad_service_ready{"));
    }
}
