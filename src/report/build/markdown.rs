//! A report for a pull request: job summary and sticky comment.

use std::fmt::Write;

use super::BuildReport;
use super::story::{Change, StepStatus, StepStory, Story, cut, percent, time};
use crate::report::escape::{code, html_comment, markdown as text};
use crate::report::verify::markdown_gates;
use crate::ui::{count, human_change, human_spread};

/// Rows of a table; a comment may hold 65,536 characters, and nobody reads more.
const MAX_ROWS: usize = 25;
const MAX_LABEL: usize = 90;
/// Shorter parts explain nothing.
const LEAST_PART_MS: u64 = 50;

/// The verdict and what is at fault in the open, the rest folded.
///
/// The first line is a comment that nobody sees, `<!-- mad-report:PROFILE -->`: by it CI finds the
/// comment of the last push and replaces it.
pub fn markdown(report: &BuildReport) -> String {
    let story = Story::of(report);
    let mut out = format!("<!-- mad-report:{} -->\n", html_comment(&story.about.profile));
    head(&mut out, &story);
    slower(&mut out, &story);
    misses(&mut out, &story);
    if !story.surroundings.is_empty() {
        let _ = writeln!(out, "\n**Surroundings**\n");
        for sentence in &story.surroundings {
            let _ = writeln!(out, "- {}", text(sentence));
        }
    }
    if let Some(trial) = &report.record.trial {
        out += &markdown_gates(trial);
    }
    steps(&mut out, &story);
    parts(&mut out, &story);
    what_if(&mut out, &story);
    alerts(&mut out, &story);
    foot(&mut out, &story);
    out
}

fn head(out: &mut String, story: &Story) {
    let sign = match story.tone {
        StepStatus::Good => "✅",
        StepStatus::Better => "🚀",
        StepStatus::Unsure => "❔",
        StepStatus::Bad => "❌",
    };
    let _ = writeln!(
        out,
        "### {sign} Build of {}: {} in {}\n",
        text(&story.about.profile),
        story.word,
        time(story.about.wall_ms)
    );
    let _ = writeln!(out, "{}", text(&story.reason));
    if let Some(failure) = &story.failure {
        let at = failure.at.as_deref().map(|at| format!(" ({})", code(at))).unwrap_or_default();
        let label = cut(&failure.label, MAX_LABEL);
        let _ = writeln!(out, "\n**{}** {}{at}\n", text(&failure.stage), code(&label));
        for line in failure.message.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    for fact in story.tag.iter().chain(&story.confirmed) {
        let _ = writeln!(out, "\n{}", text(fact));
    }
}

fn slower(out: &mut String, story: &Story) {
    let rows: Vec<&StepStory> = story.slower().take(MAX_ROWS).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n| slower step | now | usually | change | earlier builds | line |");
    let _ = writeln!(out, "|---|--:|--:|--:|--:|---|");
    for step in rows {
        let Some(usual) = step.usual else { continue };
        let _ = writeln!(
            out,
            "| **{}** {} | {} | {} | **{}** | {} | {} |",
            text(&step.stage),
            code(&cut(&step.label, MAX_LABEL)),
            time(step.now_ms),
            human_spread(usual.median_ms, usual.spread_ms),
            human_change(step.now_ms, usual.median_ms),
            usual.n,
            step.at.as_deref().map(code).unwrap_or_default()
        );
    }
}

fn misses(out: &mut String, story: &Story) {
    if story.misses.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**Why steps ran**\n");
    for miss in story.misses.iter().take(MAX_ROWS) {
        let at = miss.at.as_deref().map(|at| format!(" ({})", code(at))).unwrap_or_default();
        let label = code(&cut(&miss.label, MAX_LABEL));
        let _ = writeln!(out, "- **{}** {label}{at}", text(&miss.stage));
        for change in &miss.changes {
            let _ = writeln!(out, "  - {}", changed(change));
        }
        let _ = writeln!(out, "  - {}", text(&miss.cost));
    }
    let more = story.misses.len().saturating_sub(MAX_ROWS);
    if more > 0 {
        let _ = writeln!(out, "- and {more} more");
    }
}

/// `file locks/cpu.txt changed: ~~a1b2~~ → c3d4`, with both in code.
fn changed(change: &Change) -> String {
    let mut out = text(&change.what);
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => out += &format!(": {} → {}", code(old), code(new)),
        (Some(only), None) | (None, Some(only)) => out += &format!(": {}", code(only)),
        (None, None) => {}
    }
    if let Some(at) = &change.at {
        out += &format!(" ({})", code(at));
    }
    out
}

fn steps(out: &mut String, story: &Story) {
    let ran: Vec<&StepStory> = story.steps.iter().filter(|step| step.ran).collect();
    if ran.is_empty() {
        return;
    }
    open(out, &format!("{} ({})", count(story.steps.len(), "step"), story.about.counts));
    let _ = writeln!(out, "| stage | step | now | usually | change | |");
    let _ = writeln!(out, "|---|---|--:|--:|--:|---|");
    let mut longest = ran.clone();
    longest.sort_by_key(|step| std::cmp::Reverse(step.now_ms));
    let least = longest.get(MAX_ROWS - 1).map_or(0, |step| step.now_ms);
    let shown: Vec<&&StepStory> =
        ran.iter().filter(|step| step.now_ms >= least).take(MAX_ROWS).collect();
    for step in &shown {
        let usual = step.usual;
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            text(&step.stage),
            code(&cut(&step.label, MAX_LABEL)),
            time(step.now_ms),
            usual.map(|usual| time(usual.median_ms)).unwrap_or_default(),
            usual.map(|usual| human_change(step.now_ms, usual.median_ms)).unwrap_or_default(),
            text(&step.notes.join(", "))
        );
    }
    if shown.len() < ran.len() {
        let _ = writeln!(out, "\nand {} shorter", count(ran.len() - shown.len(), "step"));
    }
    close(out);
}

fn parts(out: &mut String, story: &Story) {
    let total: u64 = story.parts.iter().map(|part| part.ms).sum();
    if total == 0 {
        return;
    }
    open(out, "Where the time went");
    let _ = writeln!(out, "| part | time | share | |");
    let _ = writeln!(out, "|---|--:|--:|---|");
    for part in story.parts.iter().filter(|part| part.ms >= LEAST_PART_MS) {
        let share = percent(part.ms, total).replace('<', "&lt;");
        let _ = writeln!(out, "| {} | {} | {share} | {} |", part.name, time(part.ms), part.what);
    }
    if !story.critical.is_empty() {
        let _ = writeln!(out, "\nCritical path:\n");
        for work in story.critical.iter().take(MAX_ROWS) {
            let _ = writeln!(
                out,
                "1. {} **{}** {}",
                time(work.took_ms),
                text(&work.stage),
                code(&cut(&work.label, MAX_LABEL))
            );
        }
    }
    close(out);
}

fn what_if(out: &mut String, story: &Story) {
    if story.what_if.is_empty() {
        return;
    }
    open(out, "If a stage were cached");
    for what_if in story.what_if.iter().take(MAX_ROWS) {
        let then = what_if.then.as_deref();
        let then = then.map(|then| format!("; then {then} is the bottleneck")).unwrap_or_default();
        let _ = writeln!(
            out,
            "- **{}**: {} less{}",
            text(&what_if.stage),
            time(what_if.saved_ms),
            text(&then)
        );
    }
    let _ = writeln!(out, "\nBy a model that is {} off on this build.", story.model_error);
    close(out);
}

fn alerts(out: &mut String, story: &Story) {
    if story.alerts.is_empty() {
        return;
    }
    open(out, "Alerts of the profile");
    let _ = writeln!(out, "| alert | condition | state | values |");
    let _ = writeln!(out, "|---|---|---|---|");
    for alert in story.alerts.iter().take(MAX_ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            text(&alert.name),
            code(&alert.condition),
            alert.state,
            text(&alert.values)
        );
    }
    close(out);
}

fn foot(out: &mut String, story: &Story) {
    if let Some(hint) = &story.hint {
        let _ = writeln!(out, "\n{}: {}", hint.what, code(&hint.command));
    }
    let about = &story.about;
    let mut facts = vec![format!("compared with {}", text(&story.baseline))];
    facts.extend(story.image.as_deref().map(|image| format!("image {}", text(image))));
    facts.push(text(&about.machine));
    facts.push(text(&about.builder));
    facts.push(format!("build {}", text(&about.short_id)));
    let _ = writeln!(out, "\n<sub>{}</sub>", facts.join(" · "));
}

/// Blank lines around what is folded make it Markdown again (CommonMark 4.6).
fn open(out: &mut String, summary: &str) {
    let _ = writeln!(out, "\n<details><summary>{}</summary>\n", text(summary));
}

fn close(out: &mut String) {
    let _ = writeln!(out, "\n</details>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::build::testing::{every, hostile, report};

    #[test]
    fn every_report_in_markdown() {
        for name in ["regressed", "ok", "thin", "failed", "first"] {
            insta::assert_snapshot!(name, markdown(&report(name)));
        }
        insta::assert_snapshot!("hostile", markdown(&hostile()));
    }

    #[test]
    fn ci_finds_its_comment_and_may_post_it() {
        every(|name, report| {
            let text = markdown(report);
            assert!(text.starts_with("<!-- mad-report:"), "{name}");
            assert_eq!(text.lines().next().unwrap().matches("-->").count(), 1, "{name}");
            assert!(text.len() < 65_536, "{name}: {} bytes", text.len());
            assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        });
        assert!(markdown(&report("ok")).starts_with("<!-- mad-report:cpu -->\n"));
    }
}
