//! What a person sees after a build: ten lines at most, and none where there is nothing to say.

use super::words::{hint, verdict};
use crate::report::build::BuildReport;
use crate::report::build::story::{MissStory, StepStory, Story, time};
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::ui::{Line, Role, count, human_change};

/// Steps that are named; the others are counted.
const MAX_STEPS: usize = 2;
/// Changes of one step that are named.
const MAX_CHANGES: usize = 2;

/// The verdict, the steps at fault, why they ran, the tag, and what to do.
pub fn short(report: &BuildReport, look: TerminalStyle) -> String {
    let story = Story::of(report);
    let mut sheet = Sheet::new(look);
    verdict(&mut sheet, &story);
    for slow in story.slower().take(MAX_STEPS) {
        step(&mut sheet, slow);
        match story.misses.iter().find(|miss| miss.step == slow.id) {
            Some(miss) => why(&mut sheet, miss),
            None => at(&mut sheet, slow),
        }
    }
    let more = story.slower.len().saturating_sub(MAX_STEPS);
    if more > 0 {
        sheet.line(
            Line::new().with(Role::Dim, format!("  and {} more", count(more, "slower step"))),
        );
    }
    // What ran again costs time in a good build too: the dearest is worth a line.
    if story.slower.is_empty()
        && let Some(miss) = story.misses.first()
    {
        let line = Line::new().plain("  ").with(Role::Strong, &miss.stage);
        sheet.line(line.with(Role::Dim, format!("  {}", miss.label)));
        why(&mut sheet, miss);
    }
    if story.word == "inconclusive" || story.word == "regressed" {
        for sentence in story.surroundings.iter().take(MAX_CHANGES) {
            sheet.paragraph(Line::new().with(Role::Dim, "  note "), Role::Plain, sentence);
        }
    }
    if let Some(tag) = report.promotion.as_ref().filter(|it| it.kept).and(story.tag.as_ref()) {
        sheet.paragraph(Line::new().with(Role::Dim, "  tag  "), Role::Plain, tag);
    }
    hint(&mut sheet, &story);
    sheet.finish()
}

/// `  python-deps  RUN uv pip install …    34.1s, usually 14.0s (+20.1s)`.
fn step(sheet: &mut Sheet, step: &StepStory) {
    let left = Line::new()
        .plain("  ")
        .with(Role::Strong, &step.stage)
        .with(Role::Dim, format!("  {}", step.label));
    let mut right = Line::new().plain(time(step.now_ms));
    if let Some(usual) = step.usual {
        right = right
            .with(Role::Dim, format!(", usually {} ", time(usual.median_ms)))
            .with(Role::Bad, human_change(step.now_ms, usual.median_ms));
    }
    sheet.beside(left, right);
}

/// The line that wrote a step which itself did not change.
fn at(sheet: &mut Sheet, step: &StepStory) {
    if let Some(at) = &step.at {
        let line = Line::new().with(Role::Dim, "  at   ");
        sheet.paragraph(line, Role::Plain, &format!("{at}, which did not change"));
    }
}

/// What changed, old above new, and what that cost.
fn why(sheet: &mut Sheet, miss: &MissStory) {
    for (index, change) in miss.changes.iter().take(MAX_CHANGES).enumerate() {
        let word = if index == 0 { "  why  " } else { "       " };
        let mut text = change.sentence();
        if let (None, Some(at)) = (&change.at, &miss.at) {
            text += &format!(" ({at})");
        }
        sheet.paragraph(Line::new().with(Role::Dim, word), Role::Plain, &text);
    }
    sheet.paragraph(Line::new().with(Role::Dim, "  cost "), Role::Plain, &miss.cost);
}
