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
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}

/// For JSON's text: what RFC 8259 lets stand in a string and a terminal may still obey.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Line feeds stand between values only; within a string they are escaped already.
        if c != '\n' && (c.is_control() || is_order(c)) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

fn is_order(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// For a cell of a Markdown table: no cell, markup, link or element of its own.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '`' | '*' | '[' | ']' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

/// A span of code, also in a table: as many backticks around as it needs (CommonMark 6.1).
pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A backtick at an edge would join the fence.
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // Tables are split into cells before anything else is read, code too (GFM 4.10).
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// For a comment of HTML, which ends at the first `-->`, and for a line of its own.
pub(super) fn html_comment(text: &str) -> String {
    let plain = |c: char| if c == '>' || c == '<' || c.is_control() { '_' } else { c };
    text.chars().map(plain).collect()
}

/// For a GitHub workflow command's message (actions/toolkit, `command.ts`).
pub(super) fn github(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// For a property of a workflow command.
pub(super) fn github_property(text: &str) -> String {
    github(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a relative URI (RFC 3986, 3.3): what is not unreserved goes by its bytes.
pub(super) fn uri_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_breaks_out_of_its_format() {
        assert_eq!(super::xml("<a b=\"c\">&\u{1b}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;&#10;");
        assert_eq!(super::markdown("a|b\n<i>"), "a\\|b &lt;i>");
        assert_eq!(super::markdown("![a](b) &amp;"), "!\\[a\\](b) &amp;amp;");
        assert_eq!(super::json("\"\u{9b}31m\u{202e}\""), "\"\\u009b31m\\u202e\"");
        assert_eq!(super::github_property("a,b:c"), "a%2Cb%3Ac");
        assert_eq!(super::code("a|b"), "`a\\|b`");
        assert_eq!(super::code("`a` ``b"), "``` `a` ``b ```");
        assert_eq!(super::html_comment("cpu -->\n<b>"), "cpu --___b_");
        assert_eq!(super::uri_path("a b/ü:1.j2"), "a%20b/%C3%BC%3A1.j2");
        assert_eq!(super::github("50%\n::error::x"), "50%25%0A::error::x");
    }
}
