//! How a value is written where it goes, so that it arrives there as itself and changes nothing else.
//!
//! A template names the place by a filter; what it prints without one may only have [`plain`]
//! characters, so that a place that was forgotten is an error and no hole.
//!
//! | place | filter | `a b$c` becomes |
//! |---|---|---|
//! | a value of `ENV`, `LABEL`, `ARG` | `quote`; `word` only where it is needed | `"a b\$c"` |
//! | a word of a command in the filter `run` | `shell` | `'a b$c'` |
//! | sources and destination of `COPY`, as a list | `copy` | `["a b\\$c", "/x"]` |
//! | program and arguments of a `RUN`, as a list | `exec` | `["a b$c"]` |
//! | a comment | `comment` | `a b$c` |
//!
//! The rules are BuildKit's `shell/lex.go`, Go's `filepath.Match` and POSIX.1-2017, 2.2.2.

use thiserror::Error;

/// Why a value cannot be written at its place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Unwritable {
    /// It would go on in another line.
    #[error("the value {0:?} has a line end or another control character")]
    Control(String),
    /// It would be an option.
    #[error("the value `{0}` begins with `-`, and would be read as an option")]
    Option(String),
    /// It has characters that mean something, and no filter says where it goes.
    #[error(
        "the value `{0}` has characters with a meaning in a Dockerfile: filter it with `quote`, `shell`, `copy` or `comment`"
    )]
    NotPlain(String),
}

/// What a Dockerfile and a shell read as nothing but itself, wherever it stands.
pub(super) fn plain(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "._+@%=:/,~-".contains(c))
        && !value.starts_with(['-', '~', '='])
}

/// A value that no filter was given for.
pub(super) fn bare(value: &str) -> Result<&str, Unwritable> {
    if plain(value) { Ok(value) } else { Err(Unwritable::NotPlain(value.to_owned())) }
}

/// In double quotes, for `ENV`, `LABEL` and `ARG`: the frontend expands nothing in it.
pub(super) fn quote(value: &str) -> Result<String, Unwritable> {
    let mut quoted = String::from("\"");
    for c in one_line(value)?.chars() {
        if matches!(c, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Ok(quoted)
}

/// As [`quote`], without quotes where they change nothing.
pub(super) fn word(value: &str) -> Result<String, Unwritable> {
    if plain(value) && !value.is_empty() { Ok(value.to_owned()) } else { quote(value) }
}

/// One word of a shell command, and no option of it.
pub(super) fn shell(value: &str) -> Result<String, Unwritable> {
    let value = one_line(value)?;
    if value.starts_with('-') {
        return Err(Unwritable::Option(value.to_owned()));
    }
    // bash expands a tilde after `=` too.
    let bare = plain(value) && !value.is_empty() && !value.contains('~');
    Ok(if bare { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) })
}

/// The words of a `COPY`, sources first. A source is a pattern there, so what would match something
/// else is put into brackets: `a*` becomes `a[*]`, a backslash would not do.
pub(super) fn copy<S: AsRef<str>>(words: &[S]) -> Result<String, Unwritable> {
    let last = words.len().saturating_sub(1);
    let mut written = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let mut text = String::new();
        for c in one_line(word.as_ref())?.chars() {
            match c {
                '*' | '?' | '[' if index < last => text.extend(['[', c, ']']),
                '\'' | '"' | '$' | '\\' => text.extend(['\\', c]),
                c => text.push(c),
            }
        }
        written.push(text);
    }
    Ok(if written.iter().all(|word| plain(word) && !word.is_empty()) {
        written.join(" ")
    } else {
        serde_json::to_string(&written).expect("a list of texts is JSON").replace("\",\"", "\", \"")
    })
}

/// The words of a `RUN` that no shell reads: neither the frontend nor a heredoc looks into them, and they
/// may have line ends.
pub(super) fn exec<S: AsRef<str>>(words: &[S]) -> Result<String, Unwritable> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    for word in &words {
        word.split(['\n', '\t']).try_for_each(|part| one_line(part).map(drop))?;
    }
    let words: Vec<String> = words.iter().map(|word| serde_json::json!(word).to_string()).collect();
    Ok(format!("[{}]", words.join(", ")))
}

/// The rest of a comment's line.
pub(super) fn comment(value: &str) -> Result<String, Unwritable> {
    one_line(value).map(str::to_owned)
}

fn one_line(value: &str) -> Result<&str, Unwritable> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if value.contains(breaks) { Err(Unwritable::Control(value.to_owned())) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is hard to write somewhere.
    const HOSTILE: [&str; 22] = [
        "a b",
        "$HOME",
        "${x:-y}",
        "`id`",
        "$(id)",
        "a'b",
        "a\"b",
        "a\\",
        "\\",
        "*",
        "?",
        "[a]",
        "]",
        "~root",
        "x;id;true",
        "<<EOF",
        "#a",
        "{a,b}",
        "!x",
        "ä\u{E000}1:1\u{E001}",
        "",
        "a\u{a0}b",
    ];

    #[test]
    fn a_shell_reads_the_value() {
        for value in HOSTILE {
            let script = format!("printf '%s|' {} end", shell(value).unwrap());
            let out = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(out.stdout).unwrap(), format!("{value}|end|"));
        }
        assert_eq!(shell("jq=1.7*").unwrap(), "'jq=1.7*'");
        assert_eq!(shell("@scope/name").unwrap(), "@scope/name");
        assert!(matches!(shell("--foo"), Err(Unwritable::Option(_))));
    }

    #[test]
    fn the_frontend_reads_the_value() {
        for value in HOSTILE {
            for written in [quote(value).unwrap(), word(value).unwrap()] {
                let text = format!("A={written} B=c");
                let pairs = dockerfile::env_pairs(&text, '\\');
                assert_eq!(pairs.len(), 2, "{text}");
                let read = dockerfile::expand(&pairs[0].1, '\\', &Default::default());
                assert_eq!((read.text.as_str(), read.names.len()), (value, 0), "{text}");
            }
        }
        assert_eq!(word("debian:trixie-slim").unwrap(), "debian:trixie-slim");
    }

    #[test]
    fn a_program_gets_its_words() {
        for value in HOSTILE.into_iter().chain(["a\nb\n", "\tx \\\ny", "a\",\"b", "<<EOF\nx\nEOF"])
        {
            let text = format!("FROM x\nRUN --network=none {}\n", exec(&["sh", value]).unwrap());
            let file = dockerfile::File::parse(text.as_bytes()).unwrap();
            assert_eq!(file.blocks().len(), 2, "{text}");
            assert_eq!(file.blocks()[1].instruction.words(), ["sh", value], "{text}");
        }
        assert!(matches!(exec(&["a\u{1b}[2J"]), Err(Unwritable::Control(_))));
    }

    #[test]
    fn sources_of_a_copy_are_no_patterns() {
        for (words, written) in [
            (["project/app", "/x"], "project/app /x"),
            (["a b", "/x"], r#"["a b", "/x"]"#),
            (["w/$q", "/$x*"], r#"["w/\\$q", "/\\$x*"]"#),
            (["*[z]?", "/x"], r#"["[*][[]z][?]", "/x"]"#),
            (["--from=x", "/x"], r#"["--from=x", "/x"]"#),
            (["it's", "/a\"b"], r#"["it\\'s", "/a\\\"b"]"#),
        ] {
            assert_eq!(copy(&words).unwrap(), written);
        }
    }

    #[test]
    fn a_line_stays_a_line() {
        for value in ["a\nRUN id", "a\rb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{1b}[2J"] {
            assert!(matches!(quote(value), Err(Unwritable::Control(_))), "{value:?}");
            assert!(matches!(shell(value), Err(Unwritable::Control(_))), "{value:?}");
            assert!(matches!(copy(&[value, "/x"]), Err(Unwritable::Control(_))), "{value:?}");
            assert!(matches!(comment(value), Err(Unwritable::Control(_))), "{value:?}");
            assert!(matches!(bare(value), Err(Unwritable::NotPlain(_))), "{value:?}");
        }
    }
}
