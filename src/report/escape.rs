//! What the formats do not allow in a text.

/// For XML's text and attributes (XML 1.0, 2.2 and 2.4); characters that XML cannot hold go.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// For a cell of a Markdown table.
pub(super) fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

/// For a GitHub workflow command's message (actions/toolkit, `command.ts`).
pub(super) fn github(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_breaks_out_of_its_format() {
        assert_eq!(super::xml("<a b=\"c\">&\u{1b}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;&#10;");
        assert_eq!(super::markdown("a|b\n<i>"), "a\\|b &lt;i>");
        assert_eq!(super::github("50%\n::error::x"), "50%25%0A::error::x");
    }
}
