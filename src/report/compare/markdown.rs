//! Two builds side by side for a pull request.

use std::fmt::Write;

use super::terminal::{a_text, b_text, change_text, differs, layer_differs};
use super::{BuildHead, Compare};
use crate::report::build::{MissStory, bytes_difference, cut, label, minus, moment, time};
use crate::report::escape::{code, markdown as text};
use crate::timing::clean_line;
use crate::ui::{count, human_bytes, human_change};

const MAX_ROWS: usize = 25;
const MAX_LABEL: usize = 90;

/// The heads, the steps that differ, the causes, the layers that differ.
pub fn markdown(compare: &Compare) -> String {
    let mut out = String::new();
    let total = human_change(compare.b.wall_ms, compare.a.wall_ms);
    let _ = writeln!(out, "### b took {total} compared to a\n");
    let _ =
        writeln!(out, "| | build | started | profile | took | image |\n|---|---|---|---|--:|--:|");
    head(&mut out, "a", &compare.a);
    head(&mut out, "b", &compare.b);
    if !compare.is_comparable {
        let _ = writeln!(
            out,
            "\nTheir times are not comparable: profile, target, engine, machine or cache use differ."
        );
    }
    steps(&mut out, compare);
    causes(&mut out, compare);
    layers(&mut out, compare);
    out
}

fn head(out: &mut String, name: &str, head: &BuildHead) {
    let id: String = clean_line(&head.id).chars().take(12).collect();
    let _ = writeln!(
        out,
        "| **{name}** | {} | {} | {} | {} | {} |",
        code(&id),
        moment(head.started),
        text(&clean_line(&head.series.profile)),
        time(head.wall_ms),
        head.image_bytes.map(human_bytes).unwrap_or_default()
    );
}

fn steps(out: &mut String, compare: &Compare) {
    let shown: Vec<_> = compare.steps.iter().filter(|pair| differs(pair)).collect();
    if !shown.is_empty() {
        let _ = writeln!(out, "\n| stage | step | a | b | change |\n|---|---|--:|--:|--:|");
    }
    for pair in shown.iter().take(MAX_ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            text(&clean_line(&pair.stage)),
            code(&cut(&label(&pair.label), MAX_LABEL)),
            a_text(pair),
            b_text(pair),
            change_text(pair)
        );
    }
    let rest = compare.steps.len() - shown.len().min(MAX_ROWS);
    if rest > 0 {
        let _ = writeln!(out, "\n{} not shown.", count(rest, "further step"));
    }
}

fn causes(out: &mut String, compare: &Compare) {
    if compare.causes.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**Why steps of b ran**\n");
    for miss in compare.causes.iter().take(MAX_ROWS).map(MissStory::of) {
        let label = code(&cut(&miss.label, MAX_LABEL));
        let _ = writeln!(out, "- **{}** {label}", text(&miss.stage));
        for change in &miss.changes {
            let _ = writeln!(out, "  - {}", text(&change.sentence()));
        }
        let _ = writeln!(out, "  - {}", text(&miss.cost));
    }
}

fn layers(out: &mut String, compare: &Compare) {
    let mut layers = compare.layers.iter().filter(|layer| layer_differs(layer)).peekable();
    if layers.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n| layer | a | b | change |\n|---|--:|--:|--:|");
    for layer in layers.take(MAX_ROWS) {
        let bytes = |bytes: Option<u64>| bytes.map(human_bytes).unwrap_or_default();
        let delta = minus(layer.b_bytes.unwrap_or(0), layer.a_bytes.unwrap_or(0));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            code(&cut(&label(&layer.made_by), MAX_LABEL)),
            bytes(layer.a_bytes),
            bytes(layer.b_bytes),
            bytes_difference(delta)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::compare::testing::{compare, hostile};

    #[test]
    fn side_by_side() {
        insta::assert_snapshot!("compare", markdown(&compare()));
        insta::assert_snapshot!("hostile", markdown(&hostile()));
    }
}
