//! The whole report at a terminal.

use super::words::{hint, role, verdict};
use crate::report::build::BuildReport;
use crate::report::build::story::{StepStatus, StepStory, Story, percent, time};
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::report::verify::trial_section;
use crate::ui::{Line, Role, count, human_change, human_spread, plural};

/// Steps that are listed; beyond, only those that stand out.
const MAX_STEPS: usize = 40;
const BAR_CELLS: usize = 24;
const MAX_STAGE: usize = 18;
/// Shorter parts explain nothing.
const LEAST_PART_MS: u64 = 50;

/// All that is known, section by section; sections with nothing in them are left out.
pub fn long(report: &BuildReport, look: TerminalStyle) -> String {
    let story = Story::of(report);
    let mut sheet = Sheet::new(look);
    about(&mut sheet, &story);
    verdict(&mut sheet, &story);
    failure(&mut sheet, &story);
    parts(&mut sheet, &story);
    steps(&mut sheet, &story);
    misses(&mut sheet, &story);
    critical(&mut sheet, &story);
    what_if(&mut sheet, &story);
    if !story.surroundings.is_empty() {
        sheet.head("Surroundings");
        for sentence in &story.surroundings {
            sheet.paragraph(Line::new().plain("  "), Role::Plain, sentence);
        }
    }
    alerts(&mut sheet, &story);
    if let Some(trial) = &report.record.trial {
        trial_section(&mut sheet, trial);
    }
    image(&mut sheet, &story);
    if story.hint.is_some() {
        sheet.gap();
    }
    hint(&mut sheet, &story);
    sheet.finish()
}

fn about(sheet: &mut Sheet, story: &Story) {
    let about = &story.about;
    let dot = format!(" {} ", sheet.glyphs.dot);
    let mut line = Line::new().with(Role::Strong, &about.profile);
    if let Some(target) = &about.target {
        line = line.plain(format!(" to {target}"));
    }
    for fact in [&about.started, &time(about.wall_ms), &about.counts] {
        line = line.with(Role::Dim, &dot).plain(fact);
    }
    sheet.line(line);
    let mut line = Line::new().with(Role::Dim, format!("build {}", about.short_id));
    for fact in about.commit.iter().chain([&about.builder, &about.machine]) {
        line = line.with(Role::Dim, format!("{dot}{fact}"));
    }
    sheet.line(line);
    sheet.gap();
}

fn failure(sheet: &mut Sheet, story: &Story) {
    let Some(failure) = &story.failure else { return };
    let line = Line::new().plain("  ").with(Role::Strong, &failure.stage);
    let at = failure.at.as_deref().unwrap_or_default();
    sheet.beside(line.plain(format!("  {}", failure.label)), Line::new().with(Role::Dim, at));
    for line in failure.message.lines() {
        let quoted = Line::new().with(Role::Dim, format!("  {} ", sheet.glyphs.quote));
        let line = quoted.plain(sheet.signs(line));
        sheet.line(line);
    }
}

fn parts(sheet: &mut Sheet, story: &Story) {
    let total: u64 = story.parts.iter().map(|part| part.ms).sum();
    if total == 0 {
        return;
    }
    sheet.head("Where the time went");
    for part in story.parts.iter().filter(|part| part.ms >= LEAST_PART_MS) {
        let bar = sheet.glyphs.bar(part.share, BAR_CELLS);
        let line = Line::new().plain(format!("  {:<12} {:>8}  ", part.name, time(part.ms)));
        let line = line.with(Role::Accent, bar).pad(25 + BAR_CELLS + 1);
        let share = format!("{:>4}  ", percent(part.ms, total));
        sheet.line(line.plain(share).with(Role::Dim, part.what));
    }
}

fn steps(sheet: &mut Sheet, story: &Story) {
    let ran: Vec<&StepStory> =
        story.steps.iter().filter(|step| step.ran || step.state == "failed").collect();
    if ran.is_empty() {
        return;
    }
    sheet.head("Steps that ran");
    let stage = ran.iter().map(|step| console::measure_text_width(&step.stage)).max().unwrap_or(0);
    let stage = stage.clamp(5, MAX_STAGE);
    let columns = |now: &str, usual: &str, difference: Line| {
        let line = Line::new().plain(format!("{now:>8}")).with(Role::Dim, format!("{usual:>17}"));
        line.pad(25 + 11usize.saturating_sub(difference.width())).join(difference)
    };
    let head = Line::new().with(Role::Dim, format!("  {:<stage$}  STEP", "STAGE"));
    let right = columns("NOW", "USUALLY", Line::new().with(Role::Dim, "CHANGE"));
    sheet.beside(head, right);
    let kept = kept(&ran);
    for step in &kept {
        let name = Line::new().with(Role::Strong, &step.stage).fit(stage, sheet.glyphs.ellipsis);
        let left = Line::new().plain("  ").join(name).pad(stage + 4).plain(&step.label);
        let (usual, change) = match step.usual {
            Some(usual) => {
                let spread = human_spread(usual.median_ms, usual.spread_ms);
                (sheet.signs(&spread), human_change(step.now_ms, usual.median_ms))
            }
            None => ("-".to_owned(), "-".to_owned()),
        };
        let tone = match step.tone() {
            StepStatus::Bad => Role::Bad,
            StepStatus::Better => Role::Good,
            _ => Role::Dim,
        };
        let change = Line::new().with(tone, change);
        sheet.beside(left, columns(&time(step.now_ms), &usual, change));
        let notes = notes(step);
        if !notes.is_empty() {
            let indent = Line::new().pad(stage + 4);
            sheet.paragraph(indent, Role::Dim, &notes.join(", "));
        }
    }
    let left_out = ran.len() - kept.len();
    if left_out > 0 {
        let text = format!("  and {left_out} more {} with usual times", plural(left_out, "step"));
        sheet.line(Line::new().with(Role::Dim, text));
    }
}

/// All of them; of very many, those that stand out and the longest.
fn kept<'a>(ran: &[&'a StepStory]) -> Vec<&'a StepStory> {
    let mut order: Vec<usize> = (0..ran.len()).collect();
    let stands_out = |step: &StepStory| matches!(step.tone(), StepStatus::Bad | StepStatus::Better);
    order.sort_by_key(|&at| std::cmp::Reverse((stands_out(ran[at]), ran[at].now_ms)));
    order.truncate(MAX_STEPS);
    order.sort_unstable();
    order.into_iter().map(|at| ran[at]).collect()
}

fn notes(step: &StepStory) -> Vec<String> {
    let mut notes = Vec::new();
    match (step.tone(), step.usual) {
        (StepStatus::Bad, Some(usual)) => {
            notes.push(format!("slower than in {}", count(usual.n, "earlier build")));
        }
        (StepStatus::Better, Some(usual)) => {
            notes.push(format!("faster than in {}", count(usual.n, "earlier build")));
        }
        _ => {}
    }
    notes.extend(step.notes.iter().cloned());
    if !notes.is_empty() {
        notes.extend(step.at.clone());
    }
    notes
}

fn misses(sheet: &mut Sheet, story: &Story) {
    if story.misses.is_empty() {
        return;
    }
    sheet.head("Why steps ran");
    for miss in &story.misses {
        let left = Line::new().plain("  ").with(Role::Strong, &miss.stage);
        let at = miss.at.as_deref().unwrap_or_default();
        let left = left.plain(format!("  {}", miss.label));
        sheet.beside(left, Line::new().with(Role::Dim, at));
        for change in &miss.changes {
            let indent = || Line::new().plain("    ");
            let at = change.at.as_deref().map(|at| format!(" ({at})")).unwrap_or_default();
            sheet.paragraph(indent(), Role::Plain, &format!("{}{at}", change.what));
            for (word, text) in [("old", &change.old), ("new", &change.new)] {
                if let Some(text) = text {
                    sheet.paragraph(
                        indent().with(Role::Dim, format!("  {word} ")),
                        Role::Plain,
                        text,
                    );
                }
            }
        }
        sheet.paragraph(Line::new().plain("    "), Role::Dim, &miss.cost);
    }
}

fn critical(sheet: &mut Sheet, story: &Story) {
    if story.critical.is_empty() {
        return;
    }
    sheet.head("Critical path");
    for work in &story.critical {
        let at = format!("  {:>8}  ", time(work.start_ms));
        let left = Line::new().with(Role::Dim, at).with(Role::Strong, &work.stage);
        let length = time(work.took_ms);
        sheet.beside(left.plain(format!("  {}", work.label)), Line::new().plain(length));
    }
}

fn what_if(sheet: &mut Sheet, story: &Story) {
    if story.what_if.is_empty() {
        return;
    }
    sheet.head("If a stage were cached");
    for what_if in &story.what_if {
        let then = match &what_if.then {
            Some(then) => format!("; then {then} is the bottleneck"),
            None => String::new(),
        };
        let text = format!("{} less{then}", time(what_if.saved_ms));
        let name = Line::new().plain("  ").with(Role::Strong, &what_if.stage).plain("  ");
        sheet.paragraph(name, Role::Plain, &text);
    }
    let text = format!("  by a model with an error of {} on this build", story.model_error);
    sheet.line(Line::new().with(Role::Dim, text));
}

fn alerts(sheet: &mut Sheet, story: &Story) {
    if story.alerts.is_empty() {
        return;
    }
    sheet.head("Alerts of the profile");
    for alert in &story.alerts {
        let left = Line::new().plain("  ").with(Role::Strong, &alert.name);
        let left = left.plain(format!("  {}", alert.condition));
        let tone = if alert.tone == StepStatus::Good { Role::Dim } else { role(alert.tone) };
        sheet.beside(left, Line::new().with(tone, &alert.state));
        let facts: Vec<&str> =
            [Some(alert.values.as_str()), alert.at.as_deref()].into_iter().flatten().collect();
        let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        if !facts.is_empty() {
            sheet.paragraph(Line::new().plain("    "), Role::Dim, &facts.join(", "));
        }
    }
}

fn image(sheet: &mut Sheet, story: &Story) {
    sheet.gap();
    let facts = [
        ("compared with", Some(&story.baseline)),
        ("confirmed", story.confirmed.as_ref()),
        ("image", story.image.as_ref()),
        ("tag", story.tag.as_ref()),
    ];
    for (word, fact) in facts {
        if let Some(fact) = fact {
            let first = Line::new().with(Role::Dim, format!("{word:<14}"));
            sheet.paragraph(first, Role::Plain, fact);
        }
    }
}
