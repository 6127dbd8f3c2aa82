//! Whether a `sed` script only edits text. `w`, `r`, `R`, `W` and `e` reach files and commands.

/// Whether a script has only commands that edit the text: `s`, `d`, `p`, `a`, `i`, `c`, `y`, `=`, `q`
/// and the like, with addresses.
pub(super) fn only_edits(script: &str) -> bool {
    let mut chars = script.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace() || matches!(c, ';' | '{' | '}')).is_some() {}
        if chars.peek().is_none() {
            return true;
        }
        if !command(&mut chars) {
            return false;
        }
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// One command with its addresses.
fn command(chars: &mut Chars<'_>) -> bool {
    if !address(chars) {
        return false;
    }
    skip_spaces(chars);
    if chars.next_if_eq(&',').is_some() {
        skip_spaces(chars);
        chars.next_if(|c| matches!(c, '+' | '~'));
        if !address(chars) {
            return false;
        }
    }
    while chars.next_if(|c| matches!(c, ' ' | '\t' | '!')).is_some() {}
    match chars.next() {
        Some('s') => {
            let Some(delimiter) = chars.next() else { return false };
            delimited(chars, delimiter) && delimited(chars, delimiter) && {
                while chars.next_if(|c| c.is_ascii_digit() || "gpiIM".contains(*c)).is_some() {}
                ends(chars)
            }
        }
        Some('y') => {
            let Some(delimiter) = chars.next() else { return false };
            delimited(chars, delimiter) && delimited(chars, delimiter) && ends(chars)
        }
        // Text up to the end of the line; a backslash continues it.
        Some('a' | 'i' | 'c') => {
            while let Some(c) = chars.next() {
                match c {
                    '\\' => {
                        chars.next();
                    }
                    '\n' => break,
                    _ => {}
                }
            }
            true
        }
        Some('d' | 'D' | 'p' | 'P' | 'g' | 'G' | 'h' | 'H' | 'x' | 'n' | 'N' | '=' | 'q' | '{') => {
            ends(chars)
        }
        _ => false,
    }
}

fn skip_spaces(chars: &mut Chars<'_>) {
    while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
}

/// A line, `$`, or a pattern; or none.
fn address(chars: &mut Chars<'_>) -> bool {
    match chars.peek() {
        Some('$') => {
            chars.next();
            true
        }
        Some('/') => {
            chars.next();
            let closed = delimited(chars, '/');
            while chars.next_if(|c| matches!(c, 'I' | 'M')).is_some() {}
            closed
        }
        Some('\\') => {
            chars.next();
            chars.next().is_some_and(|delimiter| delimited(chars, delimiter))
        }
        _ => {
            while chars.next_if(char::is_ascii_digit).is_some() {}
            true
        }
    }
}

/// Up to a delimiter that is not escaped.
fn delimited(chars: &mut Chars<'_>, delimiter: char) -> bool {
    if matches!(delimiter, '\\' | '\n') {
        return false;
    }
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == delimiter {
            return true;
        } else if c == '[' && delimiter != '[' {
            // GNU sed ends the pattern at a delimiter in brackets too, others do not.
            let mut rest = chars.clone().take_while(|c| *c != ']');
            if rest.any(|c| c == delimiter) {
                return false;
            }
        }
    }
    false
}

/// Whether the command ends here.
fn ends(chars: &mut Chars<'_>) -> bool {
    skip_spaces(chars);
    matches!(chars.peek(), None | Some(';' | '\n' | '}' | '{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_only_edit() {
        for script in [
            "s/a/b/",
            "s|/x|/y|g",
            "/^#/d",
            "$a text w /x",
            "1,3d",
            "s/a\\/b/c/2p",
            "/a/,/b/s/x/y/; $d",
            "s/a/b/;s/c/d/g",
            "/x/!d",
            "1i\\\ntext\\\nmore\ns/a/b/",
            "y/abc/xyz/",
            "",
            "s#[^x]*#&#",
            "2q",
        ] {
            assert!(only_edits(script), "{script}");
        }
        for script in [
            "w /etc/x",
            "s/a/b/w /etc/x",
            "s/a/b/e",
            "e touch /x",
            "r /etc/passwd",
            "s/a/b",
            "R f",
            "W f",
            "/x/w y",
            "s/a/b/gw f",
            "s/[/]/b/w f",
            "b end; :end",
            "F",
            "v",
            "1e ls",
        ] {
            assert!(!only_edits(script), "{script}");
        }
    }
}
