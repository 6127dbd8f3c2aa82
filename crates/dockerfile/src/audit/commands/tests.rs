use super::*;

fn commands(text: &str) -> Vec<(usize, String)> {
    let file = File::parse(text.as_bytes()).unwrap();
    let last = file.blocks().len() - 1;
    let commands = Commands::of(&file);
    commands.at(last).iter().map(|command| (command.line, command.words.join("|"))).collect()
}

#[test]
fn every_command_knows_its_line() {
    let text = "ARG U=dev\nFROM a\nARG U\nRUN --mount=type=cache,target=/c \\\n    a -x 'b c' \\\n    # why\n\n    \
                && B=1 c \"$U d\" >out 2>&1; \\\n    (e | f) # g\n";
    assert_eq!(
        commands(text),
        [
            (5, "a|-x|b c".to_owned()),
            (8, "c|dev d".to_owned()),
            (9, "e".to_owned()),
            (9, "f".to_owned())
        ]
    );
}

#[test]
fn scripts_in_heredocs_are_read_and_data_is_not() {
    let script = "FROM a\nRUN <<EOF\nset -e\n\nif x; then\n  y \\\n    z\nfi\ncat <<IN >f\nno\nIN\nlast\nEOF\n";
    assert_eq!(
        commands(script),
        [
            (3, "set|-e".to_owned()),
            (5, "x".to_owned()),
            (6, "y|z".to_owned()),
            (9, "cat".to_owned()),
            (12, "last".to_owned())
        ]
    );
    assert_eq!(commands("FROM a\nRUN cat <<EOF >x\nno\nEOF\n"), [(2, "cat".to_owned())]);
    assert_eq!(commands("FROM a\nRUN bash -e <<EOF\nyes\nEOF\n")[1], (3, "yes".to_owned()));
    assert_eq!(commands("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nx\nEOF\n"), []);
}

#[test]
fn other_shells_and_the_json_form() {
    assert_eq!(commands("FROM a\nSHELL [\"pwsh\", \"-c\"]\nRUN a; b\n"), []);
    assert_eq!(commands("FROM a\nRUN [\"/bin/sh\", \"-ec\", \"a && b\"]\n").len(), 2);
    assert_eq!(commands("FROM a\nRUN [\"a\", \"b && c\"]\n"), [(2, "a|b && c".to_owned())]);
}

#[test]
fn what_runs_through_another_user_is_looked_into() {
    let file =
        File::parse(b"FROM a\nRUN sudo -u x -E A=1 chown b c && su - d -c 'e' && gosu f g\n");
    let file = file.unwrap();
    let all = Commands::of(&file);
    let found: Vec<_> =
        all.at(1).iter().map(|c| (c.through.clone().unwrap(), c.words.join(" "))).collect();
    let pair = |through: &str, words: &str| (through.to_owned(), words.to_owned());
    assert_eq!(found, [pair("sudo", "chown b c"), pair("su", ""), pair("gosu", "g")]);
}

#[test]
fn odd_text_does_not_panic() {
    for text in ["'", "\"", "`", "$(", "${", "$", "\\", "<<", ">", "a <<'", "((((", "# x", "a;;b"] {
        commands(&format!("FROM a\nRUN {text}"));
        commands(&format!("FROM a\nRUN <<X\n{text}\nX\n"));
    }
}
