//! What the short and the long report have in common.

use crate::report::build::story::{StepStatus, Story};
use crate::report::sheet::Sheet;
use crate::ui::{Line, Role};

pub fn role(tone: StepStatus) -> Role {
    match tone {
        StepStatus::Good | StepStatus::Better => Role::Good,
        StepStatus::Unsure => Role::Accent,
        StepStatus::Bad => Role::Bad,
    }
}

/// `✗ regressed: this build took …`.
pub fn verdict(sheet: &mut Sheet, story: &Story) {
    let sign = match story.tone {
        StepStatus::Good | StepStatus::Better => sheet.glyphs.done,
        StepStatus::Unsure => "?",
        StepStatus::Bad => sheet.glyphs.failed,
    };
    let role = role(story.tone);
    let first = Line::new()
        .with(role, sign)
        .plain(" ")
        .with(role, story.word)
        .plain(if story.reason.is_empty() { "" } else { ": " });
    // Further lines stand below the word, not below the reason.
    sheet.hanging(first, 2, &story.reason);
}

/// `hint: to confirm: mad build --confirm 3`.
pub fn hint(sheet: &mut Sheet, story: &Story) {
    if let Some(hint) = &story.hint {
        let first = Line::new().with(Role::Accent, "hint:").plain(" ");
        sheet.paragraph(first, Role::Plain, &format!("{}: {}", hint.what, hint.command));
    }
}
