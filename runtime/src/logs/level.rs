//! How bad a line is.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

pub const LEVELS: [Level; 6] =
    [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];

impl Level {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// Its bit in a set of levels.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// By any of the names that programs have for it.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        const NAMES: [(&str, Level); 20] = [
            ("trace", Level::Trace),
            ("silly", Level::Trace),
            ("verbose", Level::Debug),
            ("debug", Level::Debug),
            ("info", Level::Info),
            ("information", Level::Info),
            ("notice", Level::Info),
            ("log", Level::Info),
            ("warn", Level::Warn),
            ("warning", Level::Warn),
            ("error", Level::Error),
            ("err", Level::Error),
            ("severe", Level::Error),
            ("crit", Level::Fatal),
            ("critical", Level::Fatal),
            ("fatal", Level::Fatal),
            ("panic", Level::Fatal),
            ("emerg", Level::Fatal),
            ("emergency", Level::Fatal),
            ("alert", Level::Fatal),
        ];
        NAMES.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name)).map(|(_, l)| *l)
    }

    /// pino's and bunyan's numbers, from 10 on; syslog's, which grow the other way, below.
    pub fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            60.. => Self::Fatal,
            50..60 => Self::Error,
            40..50 => Self::Warn,
            30..40 => Self::Info,
            20..30 => Self::Debug,
            10..20 => Self::Trace,
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warn,
            5 | 6 => Self::Info,
            7 => Self::Debug,
            _ => return None,
        })
    }

    /// What a line of text says of itself near its begin.
    pub fn of_text(line: &[u8]) -> Option<Self> {
        // npm's way, whose levels look like words of a sentence.
        for (begin, level) in [(&b"npm error"[..], Self::Error), (b"npm warn", Self::Warn)] {
            if line.starts_with(begin) {
                return Some(level);
            }
        }
        let head = &line[..line.len().min(160)];
        let mut first = true;
        let mut at = 0;
        while at < head.len() {
            if !head[at].is_ascii_alphabetic() {
                at += 1;
                continue;
            }
            let start = at;
            while at < head.len() && (head[at].is_ascii_alphanumeric() || head[at] == b'_') {
                at += 1;
            }
            let word = &head[start..at];
            let before = if start == 0 { b' ' } else { head[start - 1] };
            let after = head.get(at).copied().unwrap_or(b' ');
            if let Some(level) = word_level(word, before, after, first) {
                return Some(level);
            }
            first = false;
        }
        fails(head).then_some(Self::Error)
    }
}

/// What the C library and the kernel say of a failure, in lines that name no level.
fn fails(head: &[u8]) -> bool {
    const FAILURES: [&[u8]; 7] = [
        b"ut of memory",
        b"annot allocate memory",
        b"o space left on device",
        b"egmentation fault",
        b"oo many open files",
        b"ead-only file system",
        b"nput/output error",
    ];
    // The kernel's lines begin with their time, `[   12.345678] `.
    let is_kernels = head.first() == Some(&b'[') && {
        let time = head[1..].split(|byte| *byte == b']').next().unwrap_or_default();
        time.contains(&b'.') && time.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b' '))
    };
    FAILURES.iter().any(|text| memchr::memmem::find(head, text).is_some())
        || (is_kernels && memchr::memmem::find(head, b" error").is_some())
}

fn word_level(word: &[u8], before: u8, after: u8, first: bool) -> Option<Level> {
    let upper = word.iter().all(u8::is_ascii_uppercase);
    // A word of a path or a name is none; `ERROR/Worker-1` has the program's part behind it.
    if matches!(before, b'/' | b'-' | b'_' | b'.')
        || matches!(after, b'-' | b'.')
        || (after == b'/' && !(upper && matches!(before, b' ' | b'[')))
    {
        return None;
    }
    if first
        && after == b':'
        && word.len() > 5
        && (word.ends_with(b"Error") || word.ends_with(b"Exception"))
    {
        return Some(Level::Error);
    }
    if word.len() < 3 || word.len() > 9 {
        return None;
    }
    let marked = matches!(before, b'[' | b'(' | b'<' | b'=' | b'"')
        || (first && matches!(after, b':' | b'!'))
        // `error[E0425]` of rustc.
        || (first && after == b'[' && matches!(word, b"error" | b"warning"))
        || (matches!(after, b':') && before == b' ' && word.iter().all(u8::is_ascii_lowercase));
    if !upper && !marked {
        return None;
    }
    match word {
        b"LOG" | b"log" | b"ALERT" | b"alert" | b"SILLY" | b"silly" | b"NOTICE" if !marked => None,
        b"ERR" if after == b'!' => Some(Level::Error),
        // A test's, and pytest's summary.
        b"FAIL" | b"FAILED" if first => Some(Level::Error),
        word => Level::from_name(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_bad_it_is() {
        for (line, expected) in [
            ("2026-11-29 11:02:03,123 INFO supervisord started with pid 1", Some(Level::Info)),
            ("2026-11-29 11:02:03,123 CRIT Supervisor is running as root", Some(Level::Fatal)),
            ("ERROR:root:no such thing", Some(Level::Error)),
            ("WARNING: pip is old", Some(Level::Warn)),
            ("npm warn deprecated glob@7", Some(Level::Warn)),
            ("npm error code E404", Some(Level::Error)),
            ("npm ERR! code E404", Some(Level::Error)),
            ("TypeError: x is not a function", Some(Level::Error)),
            ("error: cannot find it", Some(Level::Error)),
            ("[2026-11-29T11:02:03Z] INFO [claude-flow-mcp] (session-1) ready", Some(Level::Info)),
            ("level=error msg=\"x\"", Some(Level::Error)),
            ("[2026-11-29 11:02:03,123: ERROR/ForkPoolWorker-1] Task failed", Some(Level::Error)),
            ("[  312.5] EXT4-fs error (device sda1): ext4_find_entry", Some(Level::Error)),
            ("Killed process 77 (node): out of memory", Some(Level::Error)),
            ("error[E0425]: cannot find value `x` in this scope", Some(Level::Error)),
            ("FAILED tests/test_a.py::test_b - assert 1 == 2", Some(Level::Error)),
            ("write: No space left on device", Some(Level::Error)),
            ("GET /ERROR/log 200", None),
            ("GET /error/log 200", None),
            ("listening on 127.0.0.1:9500", None),
            ("an error of measurement", None),
        ] {
            assert_eq!(Level::of_text(line.as_bytes()), expected, "{line}");
        }
    }
}
