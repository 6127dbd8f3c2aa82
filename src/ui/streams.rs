//! Whether to use colour: what was asked for, what the environment says, what the stream is.
//!
//! The environment is read by the caller; here are only the rules, those of <https://no-color.org>
//! and <https://bixense.com/clicolors>.

/// `--color`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// As the environment and the stream say.
    #[default]
    Auto,
    /// Always, into files too.
    Always,
    /// Never.
    Never,
}

/// What decides about colour.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColorWishes<'a> {
    /// `--color`.
    pub choice: ColorChoice,
    /// The value of `NO_COLOR`, if it is set.
    pub no_color: Option<&'a str>,
    /// The value of `CLICOLOR_FORCE`, if it is set.
    pub clicolor_force: Option<&'a str>,
    /// The value of `TERM`, if it is set.
    pub term: Option<&'a str>,
    /// Whether the stream is a terminal.
    pub is_tty: bool,
}

impl ColorWishes<'_> {
    /// The decision. What was typed beats the environment; there, "no" beats "force".
    pub fn decide(&self) -> bool {
        match self.choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let no = self.no_color.is_some_and(|value| !value.is_empty());
                let forced = self.clicolor_force.is_some_and(|v| !v.is_empty() && v != "0");
                !no && (forced || (self.is_tty && self.term != Some("dumb")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_beats_the_environment_and_no_beats_force() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, no_color, force, term, is_tty, color) in [
            (Auto, None, None, None, true, true),
            (Auto, None, None, None, false, false),
            (Auto, None, None, Some("dumb"), true, false),
            (Auto, Some("1"), None, None, true, false),
            (Auto, Some(""), None, None, true, true),
            (Auto, None, Some("1"), None, false, true),
            (Auto, None, Some("0"), None, false, false),
            (Auto, None, Some(""), None, false, false),
            (Auto, Some("1"), Some("1"), None, false, false),
            (Always, Some("1"), None, None, false, true),
            (Never, None, Some("1"), None, true, false),
        ] {
            let wishes = ColorWishes { choice, no_color, clicolor_force: force, term, is_tty };
            assert_eq!(wishes.decide(), color, "{wishes:?}");
        }
    }
}
