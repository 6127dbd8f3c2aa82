//! A step of the last build, explained.

use std::fmt::Write;

use crate::cli::builds::{existing, named};
use crate::cli::error::Result;
use crate::cli::globals::Globals;
use crate::project::Project;
use crate::text::{count, human_bytes, human_ms};
use crate::timing::clean_line;
use crate::timing::history::History;
use crate::timing::record::{Origin, Record, StepRecord};

/// Earlier builds whose times are shown.
const BUILDS: usize = 5;
/// Lines of the template that are shown.
const LINES: usize = 8;

/// The steps that `what` means; nothing where it means none, or where nothing was built.
pub(super) fn explain(
    globals: &Globals,
    what: &str,
    profile: Option<&str>,
) -> Result<Option<String>> {
    let Ok(history) = existing() else { return Ok(None) };
    let project = globals.project()?;
    let Ok(last) = named(globals, &project, &history, "last", profile) else { return Ok(None) };
    let record = last.record;
    let found = matching(&record, what);
    Ok(match found.as_slice() {
        [] => None,
        [step] => Some(one(&project, &history, &record, step)?),
        several => Some(list(several)),
    })
}

/// By its id, by stage and number, by stage, by words of the instruction: the first way that finds any.
fn matching<'a>(record: &'a Record, what: &str) -> Vec<&'a StepRecord> {
    let lower = what.to_lowercase();
    let name = |step: &StepRecord| format!("{}.{}", step.stage, step.ordinal);
    let ways: [&dyn Fn(&StepRecord) -> bool; 5] = [
        &|step| step.id == what,
        &|step| name(step) == what || name(step) == what.replace(' ', "."),
        &|step| what.len() > 6 && step.id.starts_with(what),
        &|step| step.stage == what,
        &|step| step.label.to_lowercase().contains(&lower),
    ];
    let find = |is: &&dyn Fn(&StepRecord) -> bool| {
        record.steps.iter().filter(|step| is(step)).collect::<Vec<_>>()
    };
    ways.iter().map(find).find(|found| !found.is_empty()).unwrap_or_default()
}

fn list(steps: &[&StepRecord]) -> String {
    let name = |step: &StepRecord| format!("{}.{}", clean_line(&step.stage), step.ordinal);
    let width = steps.iter().map(|step| name(step).len()).max().unwrap_or(0);
    let line = |step: &&StepRecord| {
        let (name, state, label) = (name(step), step.state.as_str(), short(&step.label));
        format!("  {name:<width$}  {state:<8}  {label}\n")
    };
    let lines: String = steps.iter().map(line).collect();
    format!("{} of the last build; name one:\n{lines}", count(steps.len(), "step"))
}

fn one(project: &Project, history: &History, record: &Record, step: &StepRecord) -> Result<String> {
    let mut text =
        format!("{}.{}: {}\n\n", clean_line(&step.stage), step.ordinal, clean_line(&step.label));
    let mut row = |name: &str, value: String| {
        writeln!(text, "{name:<9} {value}").expect("a string takes all");
    };
    row("id", clean_line(&step.id));
    row("state", state(step));
    if let Some(error) = &step.error {
        row("error", clean_line(error));
    }
    if let Some(bytes) = step.bytes.filter(|&bytes| bytes > 0) {
        row("moved", human_bytes(bytes));
    }
    for line in &step.inputs.state {
        row("sees", clean_line(line));
    }
    for need in &step.inputs.needs {
        let label =
            record.step(need).map_or(String::new(), |step| format!("  {}", short(&step.label)));
        row("needs", format!("{}{label}", clean_line(need)));
    }
    step.inputs.images.iter().for_each(|image| row("image", clean_line(image)));
    if !step.inputs.files.is_empty() {
        let first = clean_line(&step.inputs.files[0].path);
        row(
            "files",
            match step.inputs.files.len() {
                1 => first,
                more => format!("{first} and {} more", more - 1),
            },
        );
    }
    if let Some(values) = step.inputs.values.as_ref().filter(|values| !values.is_empty()) {
        let values: Vec<String> = values.iter().map(|value| clean_line(value)).collect();
        row("values", values.join(", "));
    }
    if let Some(origin) = &step.origin {
        row("from", clean_line(&origin.to_string()));
    }
    text.push_str(&written(project, step.origin.as_ref()));
    text.push_str(&times(history, record, step)?);
    Ok(text)
}

fn state(step: &StepRecord) -> String {
    match step.duration_ms() {
        0 => step.state.as_str().to_owned(),
        ms => format!("{}, {}", step.state.as_str(), human_ms(ms)),
    }
}

/// The lines of the template, or of the profile, that wrote it, as they are today.
fn written(project: &Project, origin: Option<&Origin>) -> String {
    let asset = origin.and_then(|origin| Some((origin.line, project.asset(&origin.file).ok()?)));
    let Some((first, asset)) = asset else { return String::new() };
    let Ok(source) = asset.text() else { return String::new() };
    let lines = source.lines().enumerate().skip(first.saturating_sub(1));
    let mut text = String::from("\n");
    for (index, line) in lines.take(LINES).take_while(|(_, line)| !line.trim().is_empty()) {
        writeln!(text, "  {:>4} | {}", index + 1, clean_line(line)).expect("a string takes all");
    }
    text
}

/// What it took in the builds that this one is compared with.
fn times(history: &History, record: &Record, step: &StepRecord) -> Result<String> {
    let builds = history.comparable(&record.series, Some(&record.id), BUILDS)?;
    let mut text = String::new();
    for build in &builds {
        if let Some(then) = build.step(&step.id) {
            let day = build.started.strftime("%Y-%m-%d %H:%M UTC");
            writeln!(text, "  {day}  {}", state(then)).expect("a string takes all");
        }
    }
    let title = if text.is_empty() { "" } else { "\nEarlier builds:\n" };
    Ok(format!("{title}{text}"))
}

fn short(label: &str) -> String {
    const WIDEST: usize = 80;
    let label = clean_line(label);
    match label.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label,
    }
}
