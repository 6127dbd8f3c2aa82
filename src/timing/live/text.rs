//! Text of others (step output, names, errors) made safe to show.
//!
//! A build step may print anything. What passes here moves no cursor, sets no title, rings no bell
//! and does not reorder what is read.

/// One line: escape sequences and control characters gone, line breaks and tabs as spaces.
pub fn clean_line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in console::strip_ansi_codes(text).chars() {
        match c {
            // Tab stops mean nothing behind our own indent; a fixed width keeps columns apart.
            '\t' => clean.push_str("    "),
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => clean.push(' '),
            c if c.is_control() || is_invisible_order(c) => {}
            c => clean.push(c),
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Several lines, each cleaned; empty lines at the end are dropped.
pub fn clean_text(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean_line).collect();
    lines.join("\n").trim_end().to_owned()
}

/// What a terminal shows of a line that carriage returns overwrite: its last segment.
///
/// Progress bars of npm, pip and apt redraw one line hundreds of times; only the end counts.
pub(super) fn last_overwrite(line: &str) -> &str {
    line.rsplit('\r').find(|segment| !segment.trim().is_empty()).unwrap_or("")
}

/// Marks that change the order or direction of the text around them.
fn is_invisible_order(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_survives() {
        for (raw, clean) in [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m", "red"),
            ("\x1b[2K\x1b[1Aup", "up"),
            ("\x1b]0;title\x07text", "text"),
            ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("bell\x07 back\x08 null\0 del\x7f", "bell back null del"),
            ("c1 \u{9b}31m\u{85}", "c1"),
            ("a\tb", "a    b"),
            ("a\nb\r\n", "a b"),
            ("\u{202e}txt.exe", "txt.exe"),
            ("grüße 日本 🎉  ", "grüße 日本 🎉"),
        ] {
            assert_eq!(clean_line(raw), clean, "{raw:?}");
        }
        // An escape without its sequence, whatever is left of it, holds no control character.
        for raw in ["\x1b", "x\x1b[", "x\x1b[3", "\x1b]0;never closed"] {
            assert!(!clean_line(raw).chars().any(char::is_control), "{raw:?}");
        }
    }

    #[test]
    fn overwritten_lines_keep_what_is_seen_last() {
        for (raw, seen) in [
            ("10%\r20%\r100%", "100%"),
            ("10%\r20%\r", "20%"),
            ("done\r", "done"),
            ("\r\r", ""),
            ("20%\r   ", "20%"),
        ] {
            assert_eq!(last_overwrite(raw), seen, "{raw:?}");
        }
    }

    #[test]
    fn several_lines_stay_several() {
        assert_eq!(clean_text("a\x1b[1m\nb\r\n\n"), "a\nb");
    }
}
