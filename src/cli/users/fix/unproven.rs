//! The line at the head of a file that no build has proven.

use dockerfile::File;

/// No `=` in it: it is no directive.
const MARK: &str = "# Unproven: rewritten by `mad users fix --unproven`; no build has shown that the image is the same.";

/// The rewritten text with the line behind the directives; once, however often it is rewritten.
pub(super) fn marked(before: &File, text: &str) -> String {
    if text.lines().any(|line| line == MARK) {
        return text.to_owned();
    }
    let eol = before.eol().text();
    let (head, rest) = text.split_at(before.head().len());
    let begins_blank = rest.lines().next().is_none_or(|line| line.trim().is_empty());
    let blank = if begins_blank { "" } else { eol };
    format!("{head}{MARK}{eol}{blank}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_behind_the_directives_once() {
        let file = File::parse(b"# escape=`\r\nFROM a\r\n").unwrap();
        let once = marked(&file, file.text());
        assert_eq!(once, format!("# escape=`\r\n{MARK}\r\n\r\nFROM a\r\n"));
        let again = File::parse(once.as_bytes()).unwrap();
        assert_eq!((again.escape(), marked(&again, &once)), ('`', once));
    }
}
