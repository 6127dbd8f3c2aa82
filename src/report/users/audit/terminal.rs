//! An audit at a terminal: who runs what, then what is the matter.

use std::collections::BTreeMap;

use super::words;
use crate::report::sheet::{Sheet, TerminalStyle};
use crate::timing::clean_line;
use crate::ui::{Line, Role};
use dockerfile::audit::{Audit, Severity, StageAudit};

/// All of an audit, in the terminal's width.
pub fn terminal(audit: &Audit, look: TerminalStyle) -> String {
    let mut sheet = Sheet::new(look);
    let first = Line::new().with(Role::Strong, clean_line(&audit.file)).plain(": ");
    sheet.hanging(first, 2, &words::summary(audit));
    for stage in &audit.stages {
        self::stage(&mut sheet, stage);
    }
    if !audit.findings.is_empty() {
        sheet.head("Findings");
        findings(&mut sheet, audit);
    }
    sheet.gap();
    sheet.line(Line::new().plain(words::conclusion(audit)));
    sheet.finish()
}

fn stage(sheet: &mut Sheet, stage: &StageAudit) {
    sheet.gap();
    sheet.beside(
        Line::new()
            .with(Role::Strong, clean_line(&stage.name))
            .with(Role::Dim, format!("  {}", words::base(stage))),
        Line::new().with(Role::Dim, words::lines(stage.lines)),
    );
    let numbers =
        stage.user_runs.iter().map(|run| words::lines(run.lines).len()).max().unwrap_or(0);
    let users = stage.user_runs.iter().map(|run| words::user(&run.user));
    let widest = users.map(|user| console::measure_text_width(&user)).max().unwrap_or(0).min(28);
    for run in &stage.user_runs {
        let user_role = match run.user.is_root {
            Some(true) => Role::Accent,
            _ => Role::Plain,
        };
        let name = Line::new().with(user_role, words::user(&run.user));
        let line = Line::new()
            .with(Role::Dim, format!("  {:<numbers$}  ", words::lines(run.lines)))
            .join(name.fit(widest, sheet.glyphs.ellipsis).pad(widest))
            .plain(format!("  {}", words::work(run)));
        sheet.beside(line, Line::new().with(Role::Dim, words::cost(stage, run)));
    }
    let last = Line::new().plain("  the image's user: ").plain(words::user(&stage.last_user));
    sheet.line(match stage.last_user.made_at {
        Some(line) => last.with(Role::Dim, format!(", made at line {line}")),
        None => last,
    });
    if stage.onbuild_user_lines > 0 {
        let text =
            format!("  ONBUILD USER lines, for the builds on top: {}", stage.onbuild_user_lines);
        sheet.line(Line::new().with(Role::Dim, text));
    }
    if let Some(costs) = words::costs(stage) {
        sheet.paragraph(Line::new().plain("  "), Role::Plain, &costs);
    }
}

/// Each rule's help once, under its last finding.
fn findings(sheet: &mut Sheet, audit: &Audit) {
    let width = audit.findings.iter().map(|f| f.line.to_string().len()).max().unwrap_or(0);
    let places = audit.findings.iter().enumerate();
    let last: BTreeMap<&str, usize> = places.map(|(at, finding)| (finding.rule, at)).collect();
    for (at, finding) in audit.findings.iter().enumerate() {
        let role = match finding.severity {
            Severity::Error => Role::Bad,
            Severity::Warning => Role::Accent,
            Severity::Note => Role::Dim,
        };
        let first = Line::new()
            .plain(format!("  {:>width$}  ", finding.line))
            .with(role, format!("{:<7}", words::severity(finding)))
            .plain("  ");
        let indent = first.width();
        sheet.paragraph(first, Role::Plain, &clean_line(&finding.message));
        let indented = Line::new().pad(indent);
        if last.get(finding.rule) == Some(&at) {
            sheet.paragraph(indented, Role::Dim, &format!("{}: {}", finding.rule, finding.help));
        } else {
            sheet.line(indented.with(Role::Dim, finding.rule));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::users::audit::testing::{audits, grown, hostile};

    const WIDE: TerminalStyle = TerminalStyle { width: 100, color: false, unicode: true };

    #[test]
    fn a_grown_file_is_explained() {
        insta::assert_snapshot!(terminal(&grown(Some(3)), WIDE));
    }

    #[test]
    fn narrow_and_without_unicode() {
        let look = TerminalStyle { width: 48, color: false, unicode: false };
        let text = terminal(&grown(None), look);
        assert!(text.is_ascii(), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_drives_it() {
        for audit in audits().iter().chain([&hostile()]) {
            for width in [40, 60, 80, 110, 200] {
                let text = terminal(audit, TerminalStyle { width, color: false, unicode: true });
                for line in text.lines() {
                    assert!(console::measure_text_width(line) <= width, "{width}: {line}");
                    assert!(!line.chars().any(char::is_control), "{line:?}");
                }
            }
        }
    }
}
