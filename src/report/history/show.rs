//! One build, with its steps.

use std::time::Duration;

use super::TableStyle;
use super::table::{Align, table};
use super::words::{miss, outcome, role, short};
use crate::timing::history::JudgedRecord;
use crate::timing::judge::Judgement;
use crate::timing::record::{CacheMode, Ending, PhaseKind, Record, TimeSpan};
use crate::timing::{WorkState, clean_line, clean_text, without_command};
use crate::ui::{Line, Role, count, human_bytes, human_duration};

/// Where it ran, what it did, and what was found.
pub fn show(entry: &JudgedRecord, style: &TableStyle) -> String {
    let JudgedRecord { record, judgement } = entry;
    let mut out = String::new();
    let mut line = |line: Line| {
        let line = style.fit(line);
        out.push_str(line.paint(style.paint).trim_end());
        out.push('\n');
    };
    let verdict = judgement.as_ref().map(|judgement| judgement.verdict);
    line(
        Line::new()
            .plain("build ")
            .with(Role::Strong, clean_line(&record.id))
            .plain("  ")
            .join(outcome(record.ending, verdict)),
    );
    for (name, value) in facts(record, style) {
        line(Line::new().with(Role::Dim, format!("  {name:<9}")).plain(clean_line(&value)));
    }
    line(Line::new());
    out.push_str(&steps(record, style));
    if !record.works.is_empty() {
        out.push('\n');
        out.push_str(&works(record, style));
    }
    if let Some(failure) = &record.failure {
        out.push_str(&format!("\n{}\n", clean_text(without_command(&failure.message))));
    }
    let judged = judgement.as_ref().map(|judgement| judged(judgement, record.ending, style));
    if let Some(judged) = judged.filter(|judged| !judged.is_empty()) {
        out.push('\n');
        out.push_str(&judged);
    }
    out
}

/// What is told of the whole build, with its names.
fn facts(record: &Record, style: &TableStyle) -> Vec<(&'static str, String)> {
    let place = &record.series;
    let around = &record.environment;
    let began = record.started.to_zoned(style.zone.clone());
    let profile = match &place.target {
        None => place.profile.clone(),
        Some(target) => format!("{} to {target}", place.profile),
    };
    let cache = match place.cache {
        CacheMode::Use => "used",
        CacheMode::Ignore => "ignored",
    };
    let commit = around.commit.as_deref().map(|commit| match &around.branch {
        Some(branch) => format!("{} on {branch}", short(commit)),
        None => short(commit),
    });
    let image = record.image.as_ref().map(|image| {
        let tags = image.tags.join(", ");
        format!("{}  {}  {tags}", short(&image.id), human_bytes(image.size_bytes))
    });
    let phases: Vec<String> = record
        .phases
        .iter()
        .map(|phase| format!("{} {}", phase_name(phase.kind), length(phase.span)))
        .collect();
    let mut facts = vec![
        ("project", place.project.clone()),
        ("profile", profile),
        ("started", began.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()),
        ("took", human_duration(Duration::from_millis(record.wall_ms))),
        ("phases", phases.join(", ")),
        ("engine", place.builder.clone()),
        ("machine", place.machine.clone()),
        ("cache", cache.to_owned()),
        ("plan", short(&record.plan.hash)),
        ("commit", commit.unwrap_or_default()),
        ("image", image.unwrap_or_default()),
    ];
    if record.permission_errors > 0 {
        facts.push(("denied", count(record.permission_errors as usize, "permission error")));
    }
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn phase_name(kind: PhaseKind) -> &'static str {
    match kind {
        PhaseKind::Pack => "pack",
        PhaseKind::Upload => "upload",
        PhaseKind::Solve => "solve",
        PhaseKind::Promote => "promote",
    }
}

fn steps(record: &Record, style: &TableStyle) -> String {
    let headings = [
        ("STAGE", Align::Left),
        ("STATE", Align::Left),
        ("AFTER", Align::Right),
        ("TIME", Align::Right),
        ("STEP", Align::Left),
    ];
    let rows = record.steps.iter().map(|step| {
        let mut times = times(&step.spans);
        if matches!(step.state, WorkState::Cached | WorkState::Shared) {
            // The moments of looking it up tell nothing; another step tells the time it shares.
            times = [String::new(), String::new()];
        }
        let [after, took] = times;
        vec![
            Line::new().plain(clean_line(&step.stage)),
            state(step.state),
            Line::new().with(Role::Dim, after),
            Line::new().plain(took),
            Line::new().plain(clean_line(&step.label)),
        ]
    });
    table(&headings, rows.collect(), style)
}

fn works(record: &Record, style: &TableStyle) -> String {
    let headings = [
        ("ENGINE", Align::Left),
        ("STATE", Align::Left),
        ("AFTER", Align::Right),
        ("TIME", Align::Right),
        ("BYTES", Align::Right),
        ("WORK", Align::Left),
    ];
    let rows = record.works.iter().map(|work| {
        let [after, took] = times(&work.spans);
        vec![
            Line::new().plain(work.kind.as_str()),
            state(work.state),
            Line::new().with(Role::Dim, after),
            Line::new().plain(took),
            Line::new().plain(work.bytes.map(human_bytes).unwrap_or_default()),
            Line::new().plain(clean_line(&work.label)),
        ]
    });
    table(&headings, rows.collect(), style)
}

/// After which time it began, and how long it ran.
fn times(spans: &[TimeSpan]) -> [String; 2] {
    let Some(first) = spans.first() else { return [String::new(), String::new()] };
    let ran_ms: u64 = spans.iter().map(|span| span.length_ms()).sum();
    [first.start_ms, ran_ms].map(|ms| human_duration(Duration::from_millis(ms)))
}

fn length(span: TimeSpan) -> String {
    human_duration(Duration::from_millis(span.length_ms()))
}

fn state(state: WorkState) -> Line {
    let (role, word) = match state {
        WorkState::Done => (Role::Plain, "ran"),
        WorkState::Failed => (Role::Bad, state.as_str()),
        _ => (Role::Dim, state.as_str()),
    };
    Line::new().with(role, word)
}

fn judged(judgement: &Judgement, ending: Ending, style: &TableStyle) -> String {
    // A build that did not finish has no verdict.
    let mut lines = Vec::new();
    if ending == Ending::Built {
        let verdict = Line::new().with(role(judgement.verdict), judgement.verdict.as_str());
        lines.push(verdict.plain(format!(": {}", clean_line(&judgement.reason))));
    }
    lines.extend(judgement.misses.iter().map(|found| {
        let cost = human_duration(Duration::from_millis(found.cost_ms));
        Line::new().plain(format!("  {}", miss(found))).with(Role::Dim, format!("  cost {cost}"))
    }));
    lines.iter().map(|line| format!("{}\n", line.paint(style.paint))).collect()
}
