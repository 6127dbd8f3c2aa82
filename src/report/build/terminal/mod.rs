//! A report at a terminal: some lines after a build, or all of it.

mod long;
mod short;

pub use long::long;
pub use short::short;

use super::story::{Story, Tone};
use crate::report::sheet::Sheet;
use crate::ui::{Line, Role};

fn role(tone: Tone) -> Role {
    match tone {
        Tone::Good | Tone::Better => Role::Good,
        Tone::Unsure => Role::Accent,
        Tone::Bad => Role::Bad,
    }
}

/// `✗ regressed: this build took …`.
fn verdict(sheet: &mut Sheet, story: &Story) {
    let sign = match story.tone {
        Tone::Good | Tone::Better => sheet.glyphs.done,
        Tone::Unsure => "?",
        Tone::Bad => sheet.glyphs.failed,
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

/// `hint: to make sure: mad build --confirm 3`.
fn hint(sheet: &mut Sheet, story: &Story) {
    if let Some(hint) = &story.hint {
        let first = Line::new().with(Role::Accent, "hint:").plain(" ");
        sheet.paragraph(first, Role::Plain, &format!("{}: {}", hint.what, hint.command));
    }
}

#[cfg(test)]
mod tests;
