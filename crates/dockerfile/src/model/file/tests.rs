use super::*;
use crate::{Value, Workdir};

fn parse(text: &str) -> File {
    File::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn users(text: &str) -> Vec<String> {
    let file = parse(text);
    (0..file.blocks().len()).map(|block| file.user_at(block).to_string()).collect()
}

#[test]
fn every_byte_has_a_place() {
    let text = "\u{feff}# syntax=x\n# c\n\n# d\nFROM a\n\n  # why\n  RUN x \\\n# in\n y\n\n# tail";
    let file = parse(text);
    assert_eq!(file.head(), "\u{feff}# syntax=x\n");
    let parts: Vec<[&str; 3]> =
        file.blocks().iter().map(|b| [file.gap(b), file.leading(b), file.raw(b)]).collect();
    assert_eq!(
        parts,
        [["# c\n\n", "# d\n", "FROM a\n"], ["\n", "  # why\n", "  RUN x \\\n# in\n y\n"]]
    );
    assert_eq!(file.tail(), "\n# tail");
    assert_eq!(file.blocks()[1].lines, 8..=10);
    assert_eq!(file.text(), text);
}

#[test]
fn line_endings_are_those_of_most_lines() {
    assert_eq!(parse("FROM a\r\nRUN b\r\nRUN c\n").eol(), Eol::CrLf);
    assert_eq!(parse("FROM a\r\nRUN b\nRUN c\n").eol(), Eol::Lf);
    assert_eq!(parse("FROM a").eol(), Eol::Lf);
}

#[test]
fn the_user_in_force_is_known_at_every_block() {
    assert_eq!(users("FROM a\nRUN x\nUSER b\nRUN y\nUSER 0\n"), ["", "", "", "b", "b"]);
    assert_eq!(
        users("FROM a AS x\nUSER b\nFROM other\nRUN y\nFROM X\nRUN z\n"),
        ["", "", "", "", "", "b"]
    );
}

#[test]
fn variables_have_the_scope_that_the_engine_gives_them() {
    let file = parse(
        "ARG G=global\nARG B=img:$G\nFROM ${B} AS one\nARG X=arg\nENV Y=$G:$X\nENV X=env\nARG X=late\n\
         ARG G\nENV Z=$G:$X\nARG ASKED\nUSER ${ASKED:-dev}:$X\nRUN a\nFROM one\nRUN b\nFROM scratch\n\
         ENV A=<$NOTHING>\nRUN c\n",
    );
    let known =
        |state: &State, name: &str| state.variable(name).and_then(Value::known).map(str::to_owned);
    assert_eq!(file.stages()[0].base, Base::Image(Some("img:global".to_owned())));
    let run = file.state(11);
    // An image that nobody looked into may set `$G` for all that the file says.
    assert_eq!(known(run, "Y"), None);
    // Tried on Docker 20.10: ENV X=env, ARG X=late, RUN echo $X prints `late`.
    assert_eq!(known(run, "Z").as_deref(), Some("global:late"));
    let image: Vec<_> =
        run.env().filter_map(|(name, value)| Some((name, value.known()?))).collect();
    assert_eq!(image, [("X", "env"), ("Z", "global:late")]);
    assert_eq!(run.user().resolved().to_string(), "dev:late");
    assert_eq!(run.variable("ASKED"), Some(&Value::NotGiven));
    // A stage on a stage has its variables, arguments too.
    assert_eq!(file.stages()[1].base, Base::Stage(0));
    assert_eq!(known(file.state(13), "Z").as_deref(), Some("global:late"));
    assert_eq!(file.state(13).user().resolved().to_string(), "dev:late");
    assert_eq!(known(file.state(16), "A").as_deref(), Some("<>"));
    assert_eq!(file.children(0).collect::<Vec<_>>(), [1]);
}

#[test]
fn folders_and_shells_are_followed() {
    let file = parse(
        "FROM a\nWORKDIR x\nWORKDIR /app\nENV D=src\nWORKDIR $D/../lib\nSHELL [\"bash\", \"-c\"]\n\
         WORKDIR $WHO\nRUN x\nFROM scratch\nWORKDIR y\nRUN z\n",
    );
    let workdir = |block: usize| file.state(block).workdir().clone();
    assert_eq!(workdir(1), Workdir::Inherited);
    assert_eq!(workdir(2), Workdir::Unknown);
    assert_eq!(workdir(5), Workdir::Known("/app/lib".into()));
    assert_eq!(workdir(7), Workdir::Unknown);
    assert_eq!(file.state(7).shell().unwrap(), ["bash", "-c"]);
    assert_eq!(workdir(10), Workdir::Known("/y".into()));
    assert_eq!(file.state_after(0).shell().unwrap(), ["bash", "-c"]);
}

#[test]
fn what_is_no_dockerfile_is_said_with_its_place() {
    for (bytes, message) in [
        (&b""[..], "the file has no instructions; expected `FROM`"),
        (b"# only\n\n", "the file has no instructions; expected `FROM`"),
        (b"FROM a\nR\xffN x\n", "line 2, column 1: unknown instruction `R\u{fffd}N`"),
        (b"\x7fELF\x02\0\0", "line 1, column 6: expected text, found a NUL byte"),
        (b"ARG a\n", "line 1: the file has no `FROM`"),
        (
            b"ARG a\nRUN x\nFROM b",
            "line 2, column 1: `RUN` before the first `FROM`; only `ARG` is allowed there",
        ),
        (b"FROM a\n  USRE b\n", "line 2, column 3: unknown instruction `USRE`"),
        (b"{\"a\": 1}\n", "line 1, column 1: unknown instruction `{\"a\":`"),
        (b"FROM a\nUSER\n", "line 2, column 1: `USER` needs an argument"),
        (
            b"FROM a b\n",
            "line 1, column 1: expected `FROM image` or `FROM image AS name`, found `a b`",
        ),
        (b"FROM a\nRUN <<A\n", "line 2: the heredoc `A` is not closed; expected a line `A`"),
        (b"# escape=x\nFROM a\n", "line 1: expected the escape character `\\` or ```, found `x`"),
    ] {
        let error = File::parse(bytes).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let big = vec![b'a'; 10 << 20];
    assert_eq!(
        File::parse(&big).unwrap_err().to_string(),
        "the file has more than 1048576 bytes; no Dockerfile has"
    );
    let hint = File::parse(b"FROM a\nUSRE b").unwrap_err().hint();
    assert_eq!(hint.as_deref(), Some("did you mean `USER`?"));
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let bytes = b"FROM a\n# caf\xe9\nRUN echo \xe9 > /x\nUSER d\xe9v\n";
    let file = File::parse(bytes).unwrap();
    assert_eq!(crate::to_bytes(file.text()), bytes);
    assert_eq!(crate::readable(&file.blocks()[1].instruction.arguments), "echo \u{fffd} > /x");
}

#[test]
fn another_frontend_may_know_more() {
    let file = parse("# syntax=example/plus:1\nINCLUDE x\nFROM a\nINCLUDE y\n");
    assert_eq!(file.blocks()[0].instruction.keyword, "INCLUDE");
    let docker = File::parse(b"# syntax=docker/dockerfile:1\nFROM a\nINCLUDE y\n");
    assert!(matches!(docker, Err(ParseError::Unknown { line: 3, .. })));
}

/// Shapes that would make a square of the work: it would not end before nextest ends it.
#[test]
fn long_and_hostile_files_are_read() {
    let run = "RUN echo one \\\n  && echo two\nUSER dev\n".repeat(20_000);
    assert_eq!(parse(&format!("FROM a\n{run}")).blocks().len(), 40_001);
    parse(&format!("FROM a\nENV A=xy\n{}", "ENV A=$A$A$A$A\n".repeat(60_000)));
    let stages: String =
        (1..30_000).map(|n| format!("FROM s{} AS s{n}\nRUN $X\n", n - 1)).collect();
    parse(&format!("FROM a AS s0\n{stages}"));
    parse(&format!("{}FROM a\n", "ARG A\n".repeat(100_000)));
    parse(&format!("FROM a\nRUN {}\n", "${a:-".repeat(100_000)));
}
