//! A verification at a terminal.

use super::words::{last, line, run, state, trial_facts, verdict};
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::timing::clean_line;
use crate::ui::{Line, Role};
use crate::ui::{human_bytes, human_ms};
use crate::verify::{Check, CheckState, ImageVerification, Trial};

/// The containers, the checks, what does not hold, and the verdict.
pub fn terminal(verification: &ImageVerification, look: TerminalStyle) -> String {
    let mut sheet = Sheet::new(look);
    let dot = format!(" {} ", sheet.glyphs.dot);
    let id: String =
        clean_line(&verification.id).trim_start_matches("sha256:").chars().take(12).collect();
    let mut head = Line::new().with(Role::Strong, clean_line(&verification.image));
    for fact in [Some(id), Some(human_bytes(verification.size_bytes)), profile(verification)] {
        head = head.with(Role::Dim, if fact.is_some() { &dot } else { "" });
        head = head.plain(fact.unwrap_or_default());
    }
    sheet.line(head);
    if !verification.runs.is_empty() {
        sheet.head("Containers, without network");
        let users = verification.runs.iter().map(|run| run.user.chars().count()).max();
        for one in &verification.runs {
            let user = Line::new().plain(format!("  as {}", clean_line(&one.user)));
            let user = user.pad(users.unwrap_or_default() + 7);
            sheet.paragraph(user, Role::Plain, &run(one));
        }
    }
    sheet.head("Checks");
    verification.checks.iter().for_each(|one| check(&mut sheet, one));
    sheet.gap();
    let word = if verification.is_good() { "verified" } else { "not verified" };
    let tone = if verification.is_good() { Role::Good } else { Role::Bad };
    let took = human_ms(verification.took_ms);
    let text = format!("; {} (in {took})", verdict(verification));
    sheet.hanging(Line::new().with(tone, word), 2, &text);
    sheet.finish()
}

/// The gates of a build that do not hold, with the lines that show it; empty where all do.
pub fn failed_gates(trial: &Trial, look: TerminalStyle) -> String {
    let mut sheet = Sheet::new(look);
    for one in trial.checks.iter().filter(|check| check.state == CheckState::Failed) {
        check(&mut sheet, one);
    }
    sheet.finish()
}

/// The trial of a build, as a section of its report.
pub(in crate::report) fn trial_section(sheet: &mut Sheet, trial: &Trial) {
    sheet.head("Trial of the image, before its tag moved");
    for (name, value) in trial_facts(trial) {
        sheet.line(Line::new().plain(format!("  {name}")).pad(17).plain(value));
    }
    trial.checks.iter().for_each(|one| check(sheet, one));
}

/// A check with its findings.
fn check(sheet: &mut Sheet, check: &Check) {
    let first = Line::new().plain("  ").with(role(check), sign(check, sheet)).plain(" ");
    let first = first.plain(check.name.as_str()).pad(17);
    let summary = clean_line(&check.summary);
    sheet.paragraph(first, Role::Plain, &format!("{}{summary}", said(check)));
    for finding in &check.findings {
        let first = Line::new().plain("    ").with(role(check), "- ");
        sheet.paragraph(first, Role::Plain, &clean_line(&finding.message));
        let (hidden, lines) = last(&finding.log);
        if hidden > 0 {
            sheet.line(Line::new().with(Role::Dim, format!("      {hidden} lines before")));
        }
        for one in lines {
            sheet.line(Line::new().with(Role::Dim, format!("      {}", line(one))));
        }
    }
}

fn profile(verification: &ImageVerification) -> Option<String> {
    verification.profile.as_ref().map(|name| format!("by the profile {}", clean_line(name)))
}

fn role(check: &Check) -> Role {
    match state(check) {
        "passed" => Role::Good,
        "failed" => Role::Bad,
        "warning" => Role::Accent,
        _ => Role::Dim,
    }
}

fn sign(check: &Check, sheet: &Sheet) -> &'static str {
    match state(check) {
        "passed" => sheet.glyphs.done,
        "failed" => sheet.glyphs.failed,
        "warning" => "!",
        _ => "-",
    }
}

fn said(check: &Check) -> &'static str {
    match state(check) {
        "skipped" => "not judged: ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{broken, good};
    use super::super::{html, json, junit, markdown};
    use super::*;
    use crate::verify::ImageVerification as Facts;

    fn look() -> TerminalStyle {
        TerminalStyle { width: 100, color: false, unicode: false }
    }

    #[test]
    fn a_good_image() {
        insta::assert_snapshot!(terminal(&good(), look()));
    }

    #[test]
    fn an_image_with_everything_wrong() {
        insta::assert_snapshot!(terminal(&broken(), look()));
    }

    #[test]
    fn the_same_for_a_pull_request_and_for_ci() {
        insta::assert_snapshot!(format!("{}\n{}", markdown(&broken()), junit(&broken())));
    }

    #[test]
    fn what_is_written_is_read_back_and_what_an_image_says_is_no_markup() {
        for facts in [good(), broken()] {
            let read: Facts = serde_json::from_str(&json(&facts)).unwrap();
            assert_eq!(read, facts);
        }
        let page = html(&broken());
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script"), "{page}");
        let schema = crate::verify::json_schema();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let value = serde_json::to_value(broken()).unwrap();
        assert!(validator.is_valid(&value), "{value}");
    }
}
