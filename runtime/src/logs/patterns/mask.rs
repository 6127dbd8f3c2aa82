//! A message as words, with `<*>` for what a program surely filled in: numbers, identifiers, paths, quoted text.

pub const ANY: &str = "<*>";

/// More of a message says nothing about its kind.
const LONGEST: usize = 400;

/// The line that tells: of a stack trace the exception, else the first.
pub fn telling(message: &str) -> &str {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or("");
    if message.len() == first.len() {
        return first;
    }
    let names_error = |line: &&str| {
        let word = line.split([':', ' ']).next().unwrap_or("");
        word.ends_with("Error") || word.ends_with("Exception")
    };
    if first.contains("panicked at") {
        return lines.next().unwrap_or(first);
    }
    if first.ends_with("Traceback (most recent call last):") {
        return message
            .lines()
            .rev()
            .find(|line| !line.is_empty() && !line.starts_with(' '))
            .unwrap_or(first);
    }
    let place =
        first.starts_with('/') || first.starts_with("node:") || first.starts_with("file://");
    if place { message.lines().find(names_error).unwrap_or(first) } else { first }
}

/// Appends the words with one blank between.
pub fn mask(message: &str, out: &mut String) {
    let line = telling(message).trim();
    let end = line.len().min(LONGEST);
    let end = (end..line.len() + 1).find(|end| line.is_char_boundary(*end)).unwrap_or(line.len());
    let mut rest = line[..end].trim_start();
    let mut first = true;
    while !rest.is_empty() {
        let end = word_end(rest);
        if !first {
            out.push(' ');
        }
        first = false;
        word(&rest[..end], out);
        rest = rest[end..].trim_start();
    }
}

/// A quoted text is one word, whatever blanks it has.
fn word_end(text: &str) -> usize {
    let blank = text.find(char::is_whitespace).unwrap_or(text.len());
    let open = text[..blank].find(['"', '`']).filter(|at| {
        // A quote that opens: at the begin, or behind `=`, `:`, `(`, `[`.
        text[..*at].chars().next_back().is_none_or(|before| "=:([{,".contains(before))
    });
    let open = open.or_else(|| (text.starts_with('\'')).then_some(0));
    if let Some(open) = open {
        let quote = text.as_bytes()[open];
        if let Some(close) = memchr::memchr(quote, &text.as_bytes()[open + 1..]) {
            let behind = open + close + 2;
            return text[behind..].find(char::is_whitespace).map_or(text.len(), |at| behind + at);
        }
    }
    blank
}

fn word(text: &str, out: &mut String) {
    // `key=value`, `key:value`.
    if let Some(at) = text.find('=')
        && at > 0
        && text[..at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    {
        out.push_str(&text[..=at]);
        out.push_str(ANY);
        return;
    }
    let edge = |c: char| "[](){}<>\"'`,;:!?".contains(c) || c == '.';
    let core = text.trim_matches(edge);
    if core.is_empty() || !varies(core, text) {
        out.push_str(text);
        return;
    }
    let begin = text.len() - text.trim_start_matches(edge).len();
    out.push_str(&text[..begin]);
    out.push_str(ANY);
    out.push_str(&text[begin + core.len()..]);
}

fn varies(core: &str, whole: &str) -> bool {
    let bytes = core.as_bytes();
    let quoted =
        whole.contains(['"', '`']) || (whole.starts_with('\'') && whole.len() > core.len());
    let path = core.contains("://")
        || core.starts_with(['/', '~'])
        || core.starts_with("./")
        || core.matches('/').count() > 1;
    let hex =
        bytes.len() >= 8 && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    bytes.iter().any(u8::is_ascii_digit) || quoted || path || hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(message: &str) -> String {
        let mut out = String::new();
        mask(message, &mut out);
        out
    }

    #[test]
    fn what_varies_is_left_out() {
        for (message, expected) in [
            ("job 17 took 3.5ms", "job <*> took <*>"),
            (
                r#"127.0.0.1 - - [29/Nov/2026 11:02:03] "GET /a/1 HTTP/1.1" 200 -"#,
                r#"<*> - - [<*> <*>] "<*>" <*> -"#,
            ),
            ("spawned: 'worker' with pid 17", "spawned: '<*>' with pid <*>"),
            ("cannot read /a/b: no such file", "cannot read <*>: no such file"),
            ("status=500 path=\"/a b\" done", "status=<*> path=<*> done"),
            (
                "Traceback (most recent call last):\n  File \"a\"\nValueError: bad value 7",
                "ValueError: bad value <*>",
            ),
            (
                "/app/a.js:1\n x\n^\n\nTypeError: y is no function\n    at f",
                "TypeError: y is no function",
            ),
            ("tools/call done", "tools/call done"),
        ] {
            assert_eq!(masked(message), expected);
        }
    }
}
