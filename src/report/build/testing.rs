//! Reports for the tests: those of `tests/inputs/reports`, and worse ones made from them.

use std::path::Path;

use super::BuildReport;
use crate::timing::graph::{Breakdown, CriticalWork};
use crate::timing::judge::Cause;

/// Texts that want out of their format.
const HOSTILE: &str = "RUN \u{1b}[2J\u{1b}]0;x\u{7}</title></svg><script>alert(1)</script> ]]> \"' %0A::error::x | `a` \u{202e}b\u{0}";

/// The report of that name.
pub(in crate::report) fn report(name: &str) -> BuildReport {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/reports");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs `test` with every report of the folder, and with the worse ones.
pub(in crate::report) fn every(mut test: impl FnMut(&str, &BuildReport)) {
    for name in ["regressed", "ok", "thin", "failed", "first"] {
        test(name, &report(name));
    }
    test("hostile", &hostile());
    test("many", &many(100));
    test("one", &many(1));
    test("none", &many(0));
}

/// Every text of it is hostile.
pub(in crate::report) fn hostile() -> BuildReport {
    let mut report = report("regressed");
    let text = || HOSTILE.to_owned();
    report.record.series.profile = text();
    report.record.series.builder = text();
    report.record.environment.branch = Some(text());
    report.record.environment.commit = Some(text());
    for step in &mut report.record.steps {
        step.stage = text();
        step.label = HOSTILE.repeat(20);
        step.origin.as_mut().unwrap().file = text();
    }
    for step in &mut report.judgement.steps {
        step.stage = text();
        step.label = text();
    }
    for miss in &mut report.judgement.misses {
        miss.stage = text();
        miss.label = text();
        miss.origin.as_mut().unwrap().file = text();
        miss.causes = vec![
            Cause::Instruction { old: text(), new: HOSTILE.repeat(50) },
            Cause::File { path: text(), old: Some(text()), new: None },
        ];
    }
    for work in &mut report.breakdown.critical {
        work.stage = text();
        work.label = text();
    }
    for what_if in &mut report.breakdown.what_if {
        what_if.stage = text();
        what_if.then_bounds = Some(text());
    }
    for alert in &mut report.judgement.alerts {
        alert.name = text();
        alert.condition = text();
        alert.origin = Some(format!("{HOSTILE}:3:1"));
    }
    report.judgement.reason = text();
    report.promotion.as_mut().unwrap().tag = text();
    for point in &mut report.history {
        point.commit = Some(text());
    }
    report
}

/// A report of `count` steps, each in a stage of its own.
pub(in crate::report) fn many(count: usize) -> BuildReport {
    let mut report = report("ok");
    let template = report.record.steps[6].clone();
    let comparison = report.judgement.steps[6].clone();
    report.record.steps.clear();
    report.judgement.steps.clear();
    report.judgement.misses.clear();
    report.breakdown = Breakdown { parts: report.breakdown.parts, ..Breakdown::default() };
    report.record.works.retain(|_| count > 0);
    for number in 0..count {
        let mut step = template.clone();
        step.id = format!("step-{number}");
        step.stage = format!("stage-{:02}", number / 4);
        let start = 600 + number as u64 * 300;
        step.spans[0].start_ms = start;
        step.spans[0].end_ms = start + 100 + (number as u64 * 37) % 900;
        if number % 5 == 0 {
            report.breakdown.critical.push(CriticalWork {
                step: Some(step.id.clone()),
                stage: step.stage.clone(),
                label: step.label.clone(),
                origin: step.origin.clone(),
                span: step.spans[0],
            });
        }
        let mut compared = comparison.clone();
        compared.step = step.id.clone();
        compared.stage = step.stage.clone();
        compared.comparison.actual_ms = step.duration_ms();
        report.record.steps.push(step);
        report.judgement.steps.push(compared);
    }
    report
}
