//! Words as tables, and texts that must not end us.

use super::*;

struct Fixed;

impl Names for Fixed {
    fn variable(&self, name: &str) -> Variable {
        match name {
            "HOME" => Variable::Known("/home/dev".to_owned()),
            "X" => Variable::Known("x y".to_owned()),
            "E" => Variable::Known(String::new()),
            _ => Variable::Unknown,
        }
    }

    fn home_of(&self, user: &str) -> Option<String> {
        (user == "dev").then(|| "/home/dev".to_owned())
    }
}

/// Fields in brackets, patterns with `*` in front; `?` for an opaque word.
fn shown(word: &str, dialect: Dialect) -> String {
    match expand(word, dialect, &Fixed).expansion {
        Expansion::Opaque => "?".to_owned(),
        Expansion::Fields(fields) => {
            let fields = fields.iter().map(|field| {
                format!("[{}{}]", if field.is_pattern { "*" } else { "" }, field.text)
            });
            fields.collect()
        }
    }
}

#[test]
fn words_expand_as_far_as_they_are_certain() {
    for (word, expected) in [
        ("a", "[a]"),
        ("'a b'\"c d\"", "[a bc d]"),
        ("\"\"", "[]"),
        ("~/x", "[/home/dev/x]"),
        ("~dev/x", "[/home/dev/x]"),
        ("~other/x", "?"),
        ("a~", "[a~]"),
        ("'~/x'", "[~/x]"),
        ("$HOME/x", "[/home/dev/x]"),
        ("\"${HOME}/a b\"", "[/home/dev/a b]"),
        ("$X", "?"),
        ("\"$X\"", "[x y]"),
        ("$E", ""),
        ("$E/x", "[/x]"),
        ("${E:-/d}/x", "[/d/x]"),
        ("${E-/d}/x", "[/x]"),
        ("${N:-/d}/x", "?"),
        ("$N", "?"),
        ("$1", "?"),
        ("$?", "?"),
        ("/o/*.js", "[*/o/*.js]"),
        ("'/o/*.js'", "[/o/*.js]"),
        ("/o/\\*.js", "[/o/*.js]"),
        ("a\\ b", "[a b]"),
        ("$(ls)", "?"),
        ("`ls`", "?"),
        ("$((1+1))", "?"),
        ("$'a\\n'", "?"),
    ] {
        assert_eq!(shown(word, Dialect::Sh), expected, "{word}");
    }
}

#[test]
fn braces_are_for_bash() {
    assert_eq!(shown("/o/{a,b}/x", Dialect::Bash), "[/o/a/x][/o/b/x]");
    assert_eq!(shown("/o/{a,b}/x", Dialect::Sh), "?");
    assert_eq!(shown("/o/{a,{b,c}}", Dialect::Bash), "[/o/a][/o/b][/o/c]");
    assert_eq!(shown("'{a,b}'", Dialect::Sh), "[{a,b}]");
    assert_eq!(shown("{1..3}", Dialect::Bash), "?");
    assert_eq!(shown("${HOME},x", Dialect::Sh), "[/home/dev,x]");
}

#[test]
fn what_a_word_executes_is_told() {
    let expanded = expand("\"a $(cat /x) `id`\"", Dialect::Sh, &Fixed);
    assert_eq!(expanded.substitutions, ["cat /x", "id"]);
    assert!(!expanded.has_effects);
    assert!(expand("${N:=x}", Dialect::Sh, &Fixed).has_effects);
    assert!(expand("$((N=1))", Dialect::Sh, &Fixed).has_effects);
    assert_eq!(expand("$HOME$N", Dialect::Sh, &Fixed).variables, ["HOME", "N"]);
    let heredoc = expand_heredoc("a '$HOME' $(id)\n", &Fixed);
    assert_eq!(heredoc.substitutions, ["id"]);
}

#[test]
fn shells_that_are_read() {
    let of = |shell: &[&str]| {
        let shell: Vec<String> = shell.iter().map(|&word| word.to_owned()).collect();
        Invocation::of(Some(&shell)).map(|invocation| (invocation.dialect, invocation.errexit))
    };
    assert_eq!(of(&["/bin/bash", "-euo", "pipefail", "-c"]), Some((Dialect::Bash, true)));
    assert_eq!(of(&["/bin/sh", "-c"]), Some((Dialect::Sh, false)));
    for other in [
        &["/bin/bash", "-lc"][..],
        &["/bin/bash", "-i", "-c"],
        &["/bin/bash"],
        &["/bin/bash", "-c", "-e"],
        &["powershell", "-command"],
        &[],
    ] {
        assert_eq!(of(other), None, "{other:?}");
    }
}

#[test]
fn hostile_texts_are_refused() {
    let text = |part: &str, times: usize| part.repeat(times);
    assert_eq!(parse(&text("a ", 40_000)).err(), Some(Unreadable::TooLong));
    for deep in [
        "(",
        "$(",
        "{ ",
        "if a; then ",
        "\"$(",
        "${a:-",
        "while a; do ",
        "((",
        "[[ ( ",
        "case a in b) ",
    ] {
        assert_eq!(parse(&text(deep, 2_000)).err(), Some(Unreadable::TooDeep), "{deep}");
    }
    for broken in ["'", "if", "a |", "a && ", "<<", "for", "((", "a; ;", "`", "$(", "\u{0}", ")"] {
        let _ = parse(broken);
    }
}

/// Nothing here is tried twice at every level: that would not end before nextest ends it.
#[test]
fn wide_texts_are_read_once() {
    for part in [
        "a; ",
        "a && ",
        "a | ",
        "a=b ",
        "(a); ",
        "{ a; }; ",
        "$(a) ",
        "\"$a\" ",
        "((a)); ",
        "[[ a ]] && ",
    ] {
        let _ = parse(&format!("{}a", part.repeat(3_000)));
    }
    for part in ["$(", "(", "{ ", "if a; then ", "\"$("] {
        let _ = parse(&part.repeat(20));
        let _ = parse(&format!("{}a{}", part.repeat(20), ")".repeat(20)));
    }
}
