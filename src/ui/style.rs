//! The few looks that text may have.

use console::Style;

/// What a piece of text is, and with that how it looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// As it is.
    #[default]
    Plain,
    /// Names: what the eye looks for.
    Strong,
    /// Secondary.
    Dim,
    /// In motion: the one accent colour.
    Accent,
    /// Went well.
    Good,
    /// Failed, and nothing else.
    Bad,
}

/// Puts colour on text, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Whether to.
    pub color: bool,
}

impl Paint {
    /// The text in the look of its role.
    pub fn apply(self, role: Role, text: &str) -> String {
        if !self.color || role == Role::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = Style::new().force_styling(true);
        let style = match role {
            Role::Plain => style,
            Role::Strong => style.bold(),
            Role::Dim => style.dim(),
            Role::Accent => style.cyan(),
            Role::Good => style.green(),
            Role::Bad => style.red().bold(),
        };
        style.apply_to(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_closed_again_and_absent_when_off() {
        let on = Paint { color: true };
        assert_eq!(on.apply(Role::Good, "ok"), "\x1b[32mok\x1b[0m");
        assert_eq!(on.apply(Role::Plain, "ok"), "ok");
        assert_eq!(Paint { color: false }.apply(Role::Bad, "no"), "no");
    }
}
