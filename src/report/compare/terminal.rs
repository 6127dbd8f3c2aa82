//! Two builds side by side at a terminal.

use super::{BuildHead, Compare, LayerPair, StepPair};
use crate::report::build::{MissStory, bytes_difference, label, minus, moment, short_id, time};
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::timing::clean_line;
use crate::ui::{Line, Role, human_bytes, human_change, plural};

/// Differences below this are noise in any build: they get no colour and no row of their own.
const LEAST_MS: u64 = 100;
const LEAST_BYTES: u64 = 100_000;
const MAX_STAGE: usize = 18;
const MAX_ROWS: usize = 40;

/// The heads, the steps that differ, the parts, the causes, the layers that differ.
pub fn terminal(compare: &Compare, look: TerminalStyle) -> String {
    let mut sheet = Sheet::new(look);
    head(&mut sheet, "a", &compare.a);
    head(&mut sheet, "b", &compare.b);
    let total = human_change(compare.b.wall_ms, compare.a.wall_ms);
    let line = Line::new().plain("b took ").with(role(compare.delta_ms), total);
    sheet.line(line.plain(" compared to a"));
    if !compare.is_comparable {
        let why = "their times cannot be compared as they stand: profile, target, engine, machine \
                   or cache use differ";
        sheet.paragraph(Line::new().with(Role::Accent, "note: "), Role::Plain, why);
    }
    steps(&mut sheet, compare);
    parts(&mut sheet, compare);
    causes(&mut sheet, compare);
    layers(&mut sheet, compare);
    sheet.finish()
}

fn role(delta: i64) -> Role {
    match delta {
        _ if delta.unsigned_abs() < LEAST_MS => Role::Plain,
        ..0 => Role::Good,
        _ => Role::Bad,
    }
}

fn head(sheet: &mut Sheet, name: &str, head: &BuildHead) {
    let dot = format!(" {} ", sheet.glyphs.dot);
    let id: String = clean_line(&head.id).chars().take(12).collect();
    let mut line = Line::new().with(Role::Strong, name).plain(format!("  {id}"));
    let commit = head.commit.as_deref().map(|commit| clean_line(commit).chars().take(12).collect());
    let facts = [
        Some(moment(head.started)),
        Some(time(head.wall_ms)),
        Some(head.ending.as_str().to_owned()),
        Some(clean_line(&head.series.profile)),
        commit,
    ];
    for fact in facts.into_iter().flatten() {
        line = line.with(Role::Dim, &dot).plain(fact);
    }
    sheet.line(line);
}

fn columns(a: &str, b: &str, change: Line) -> Line {
    let line = Line::new().plain(format!("{a:>11}{b:>11}"));
    line.pad(22 + 11usize.saturating_sub(change.width())).join(change)
}

fn steps(sheet: &mut Sheet, compare: &Compare) {
    let mut shown: Vec<&StepPair> = compare.steps.iter().filter(|pair| differs(pair)).collect();
    let alike = compare.steps.len() - shown.len();
    if compare.steps.is_empty() {
        return;
    }
    sheet.head("Steps");
    let more = shown.len().saturating_sub(MAX_ROWS);
    shown.truncate(MAX_ROWS);
    let stage = shown.iter().map(|p| console::measure_text_width(&clean_line(&p.stage))).max();
    let stage = stage.unwrap_or(0).clamp(5, MAX_STAGE);
    if !shown.is_empty() {
        let left = Line::new().with(Role::Dim, format!("  {:<stage$}  STEP", "STAGE"));
        let right = columns("A", "B", Line::new().with(Role::Dim, "CHANGE"));
        sheet.beside(left, right);
    }
    for pair in shown {
        let name = Line::new().with(Role::Strong, clean_line(&pair.stage));
        let name = name.fit(stage, sheet.glyphs.ellipsis);
        let left = Line::new().plain("  ").join(name).pad(stage + 4).plain(label(&pair.label));
        sheet.beside(left, columns(&a_text(pair), &b_text(pair), change(pair)));
    }
    for (number, text) in [(more, "with changes"), (alike, "without changes")] {
        if number > 0 {
            let text = format!("  and {number} more {} {text}", plural(number, "step"));
            sheet.line(Line::new().with(Role::Dim, text));
        }
    }
}

/// Whether a row says more than that nothing happened.
pub(super) fn differs(pair: &StepPair) -> bool {
    pair.a_state != pair.b_state
        || pair.was.is_some()
        || pair.delta_ms.is_some_and(|delta| delta.unsigned_abs() >= LEAST_MS)
}

/// The time where it ran, else what became of it.
pub(super) fn a_text(pair: &StepPair) -> String {
    side(pair.a_ms, pair.a_state)
}

/// Likewise.
pub(super) fn b_text(pair: &StepPair) -> String {
    side(pair.b_ms, pair.b_state)
}

fn side(ms: Option<u64>, state: Option<crate::timing::WorkState>) -> String {
    match (ms, state) {
        (Some(ms), _) => time(ms),
        (None, Some(state)) => state.as_str().to_owned(),
        (None, None) => "-".to_owned(),
    }
}

/// `+20.1s`, `new`, `gone`, `ran again`.
pub(super) fn change_text(pair: &StepPair) -> String {
    match (pair.a_ms.zip(pair.b_ms), pair.a_state, pair.b_state) {
        (Some((a, b)), ..) => human_change(b, a),
        (None, None, _) => "new".to_owned(),
        (None, _, None) => "gone".to_owned(),
        _ if pair.b_ms.is_some() => "ran again".to_owned(),
        _ => String::new(),
    }
}

fn change(pair: &StepPair) -> Line {
    let role = pair.delta_ms.map_or(Role::Dim, role);
    Line::new().with(role, change_text(pair))
}

fn parts(sheet: &mut Sheet, compare: &Compare) {
    let rows: Vec<_> = compare.a_parts.named().into_iter().zip(compare.b_parts.named()).collect();
    if rows.iter().all(|((_, a), (_, b))| a + b == 0) {
        return;
    }
    sheet.head("Where the time went");
    for ((name, a), (_, b)) in rows {
        let delta = minus(b, a);
        let change = Line::new().with(role(delta), human_change(b, a));
        let left = Line::new().plain(format!("  {name}"));
        sheet.beside(left, columns(&time(a), &time(b), change));
    }
}

fn causes(sheet: &mut Sheet, compare: &Compare) {
    if compare.causes.is_empty() {
        return;
    }
    sheet.head("Why steps of b ran");
    for miss in compare.causes.iter().map(MissStory::of) {
        let left = Line::new().plain("  ").with(Role::Strong, &miss.stage);
        let at = miss.at.as_deref().unwrap_or_default();
        sheet.beside(left.plain(format!("  {}", miss.label)), Line::new().with(Role::Dim, at));
        for change in &miss.changes {
            sheet.paragraph(Line::new().plain("    "), Role::Plain, &change.sentence());
        }
        sheet.paragraph(Line::new().plain("    "), Role::Dim, &miss.cost);
    }
}

fn layers(sheet: &mut Sheet, compare: &Compare) {
    let (Some(a), Some(b)) = (compare.a.image_bytes, compare.b.image_bytes) else { return };
    sheet.head("Image");
    let right =
        columns(&human_bytes(a), &human_bytes(b), Line::new().plain(bytes_difference(minus(b, a))));
    sheet.beside(Line::new().plain("  total"), right);
    for layer in compare.layers.iter().filter(|layer| layer_differs(layer)) {
        let (a, b) = (layer.a_bytes, layer.b_bytes);
        let text = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), human_bytes);
        let delta = minus(b.unwrap_or(0), a.unwrap_or(0));
        let right = columns(&text(a), &text(b), Line::new().plain(bytes_difference(delta)));
        let name = label(&short_id(&layer.made_by));
        sheet.beside(Line::new().plain(format!("  {name}")), right);
    }
}

/// Whether a layer is worth a row.
pub(super) fn layer_differs(layer: &LayerPair) -> bool {
    let (a, b) = (layer.a_bytes.unwrap_or(0), layer.b_bytes.unwrap_or(0));
    a.abs_diff(b) >= LEAST_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::testing::{compare, hostile};

    #[test]
    fn side_by_side() {
        let look = TerminalStyle { width: 100, color: false, unicode: true };
        insta::assert_snapshot!(terminal(&compare(), look));
    }

    #[test]
    fn no_width_breaks_it_and_hostile_texts_stay_texts() {
        for width in [0, 48, 80, 200] {
            for compare in [compare(), hostile()] {
                let text =
                    terminal(&compare, TerminalStyle { width, color: false, unicode: false });
                assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
                for line in text.lines() {
                    assert!(console::measure_text_width(line) <= width.clamp(40, 110), "{line}");
                }
            }
        }
    }
}
