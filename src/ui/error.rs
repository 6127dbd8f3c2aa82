//! An error as people read it: what happened, why, and what to do.

use super::{Paint, Role};
use crate::timing::clean_text;

/// `error: …`, a line `  caused by: …` for each cause, and `hint: …`; ends with a line break.
///
/// The hint is separate from the error because it is for people at a terminal: a command to run.
pub fn render_error(error: &anyhow::Error, hint: Option<&str>, paint: Paint) -> String {
    let mut text = block(&paint.apply(Role::Bad, "error:"), &error.to_string(), "");
    let mut above = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // Many libraries repeat their source in their own message.
        if above.contains(&cause) {
            continue;
        }
        text.push_str(&block(&paint.apply(Role::Dim, "  caused by:"), &cause, "    "));
        above = cause;
    }
    if let Some(hint) = hint {
        text.push_str(&block(&paint.apply(Role::Accent, "hint:"), hint, "      "));
    }
    text
}

/// A word, a message, and the message's further lines below it with an indent.
fn block(word: &str, message: &str, indent: &str) -> String {
    // Messages quote files and engines: nothing in them may drive the terminal.
    let message = clean_text(message).replace('\n', &format!("\n{indent}"));
    format!("{word} {message}\n")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    const OFF: Paint = Paint { color: false };

    #[test]
    fn chain_and_hint_are_one_thing_a_line() {
        let error = anyhow!("connection refused")
            .context("cannot reach `unix:///var/run/docker.sock`")
            .context("the engine does not answer");
        insta::assert_snapshot!(render_error(&error, Some("run `mad doctor`"), OFF), @r"
        error: the engine does not answer
          caused by: cannot reach `unix:///var/run/docker.sock`
          caused by: connection refused
        hint: run `mad doctor`
        ");
    }

    #[test]
    fn repeated_causes_are_left_out_and_lines_stay_aligned() {
        let io = std::io::Error::other("no such file\nor folder\x1b[2J");
        let error =
            Err::<(), _>(io).context("cannot read: no such file\nor folder\x1b[2J").unwrap_err();
        assert_eq!(
            render_error(&error, None, OFF),
            "error: cannot read: no such file\nor folder\n"
        );
        let error = anyhow!("one\ntwo").context("top");
        assert_eq!(render_error(&error, None, OFF), "error: top\n  caused by: one\n    two\n");
    }

    #[test]
    fn colour_is_on_the_words_only() {
        let text = render_error(&anyhow!("x"), Some("y"), Paint { color: true });
        assert_eq!(text, "\x1b[31m\x1b[1merror:\x1b[0m x\n\x1b[36mhint:\x1b[0m y\n");
    }
}
