//! The `run` filter: a list of commands becomes one `RUN`, in the style of the frontend level.
//!
//! Templates write one command a line, flags first, deeper lines continuing the one above:
//!
//! ```text
//! {% filter run %}                   RUN --mount=type=cache,target=/c \    RUN --mount=… <<EOF
//! --mount=type=cache,target=/c           # why \                           set -eu
//! # why                                  one \                             # why
//! one                            =>          --flag \              or      one \
//!     --flag                             && two                                --flag
//! two                                                                      two
//! {% endfilter %}                                                          EOF
//! ```

use super::marks::Marks;

/// One line of the body: its template mark and its text with the indentation it had.
struct Line {
    mark: String,
    text: String,
}

/// Renders `body` as a `RUN` instruction, ending in a newline.
pub(super) fn run(marks: Marks, body: &str, heredocs: bool) -> String {
    let lines: Vec<Line> = body
        .lines()
        .map(|line| marks.peel(line))
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(mark, text)| Line { mark: mark.to_owned(), text: text.trim_end().to_owned() })
        .collect();
    let indent = |line: &Line| line.text.len() - line.text.trim_start().len();
    let margin = lines.iter().map(indent).min().unwrap_or(0);
    let flags = lines.iter().take_while(|line| line.text.trim_start().starts_with("--")).count();
    let (flags, commands) = lines.split_at(flags);
    if heredocs && commands.iter().filter(|line| indent(line) == margin).count() > 1 {
        heredoc(flags, commands, margin)
    } else {
        chained(flags, commands, margin)
    }
}

fn chained(flags: &[Line], commands: &[Line], margin: usize) -> String {
    // A comment line inside a continued instruction is dropped by the frontend: it is neither
    // joined nor continued.
    let is_comment = |line: &Line| line.text.trim_start().starts_with('#');
    let last_command = commands.iter().rposition(|line| !is_comment(line));
    let mut out = String::new();
    let (mut begun, mut any_command) = (false, false);
    let all =
        flags.iter().map(|flag| (flag, true)).chain(commands.iter().map(|line| (line, false)));
    for (index, (line, is_flag)) in all.enumerate() {
        let text = &line.text[margin.min(line.text.len())..];
        let is_last = last_command.is_none_or(|last| index >= flags.len() + last)
            && (!commands.is_empty() || index + 1 == flags.len());
        let end = if is_last || is_comment(line) { "\n" } else { " \\\n" };
        let joint = if is_flag || is_comment(line) || text.starts_with(char::is_whitespace) {
            ""
        } else if std::mem::replace(&mut any_command, true) {
            "&& "
        } else {
            ""
        };
        let start = match (begun, is_comment(line)) {
            (false, true) => "",
            (false, false) => {
                begun = true;
                "RUN "
            }
            (true, _) => "    ",
        };
        out.push_str(&format!("{}{start}{joint}{text}{end}", line.mark));
    }
    out
}

fn heredoc(flags: &[Line], commands: &[Line], margin: usize) -> String {
    let first_mark = flags.first().or(commands.first()).map_or("", |line| line.mark.as_str());
    let mut out = format!("{first_mark}RUN ");
    for (index, flag) in flags.iter().enumerate() {
        if index > 0 {
            out.push_str("    ");
            out.push_str(&flag.mark);
        }
        out.push_str(flag.text.trim());
        out.push_str(if index + 1 == flags.len() { " " } else { " \\\n" });
    }
    let end = end_of(commands);
    out.push_str(&format!("<<{end}\nset -eu\n"));
    for (index, line) in commands.iter().enumerate() {
        let text = &line.text[margin.min(line.text.len())..];
        out.push_str(&line.mark);
        out.push_str(text);
        let goes_on = commands
            .get(index + 1)
            .is_some_and(|next| next.text[margin..].starts_with(char::is_whitespace));
        out.push_str(if goes_on && !text.starts_with('#') { " \\\n" } else { "\n" });
    }
    // The blank line is for hadolint, whose parser wants one after a heredoc.
    out.push_str(&format!("{end}\n\n"));
    out
}

/// A word that no line of the script is, to end it with.
fn end_of(commands: &[Line]) -> String {
    let taken = |word: &str| commands.iter().any(|line| line.text.trim() == word);
    let mut words = std::iter::once("EOF".to_owned()).chain((1..).map(|n| format!("EOF{n}")));
    words.find(|word| !taken(word)).expect("there are more words than lines")
}

#[cfg(test)]
mod tests {
    use super::Marks;

    fn run(body: &str, heredocs: bool) -> String {
        super::run(Marks::not_in([body].into_iter()), body, heredocs)
    }

    const BODY: &str = "--mount=a\n--mount=b\n# why\none\n    --flag\n    x\n\ntwo\n";

    #[test]
    fn commands_are_chained_for_old_frontends() {
        let expected = "RUN --mount=a \\\n    --mount=b \\\n    # why\n    one \\\n        --flag \\\n        x \\\n    && two\n";
        assert_eq!(run(BODY, false), expected);
        assert_eq!(run("one\n", false), "RUN one\n");
        assert_eq!(run("# why\none\n# end\n", false), "# why\nRUN one\n    # end\n");
    }

    #[test]
    fn commands_are_a_script_for_new_frontends() {
        let expected = "RUN --mount=a \\\n    --mount=b <<EOF\nset -eu\n# why\none \\\n    --flag \\\n    x\ntwo\nEOF\n\n";
        assert_eq!(run(BODY, true), expected);
        assert_eq!(run("  one\n", true), "RUN one\n");
        assert_eq!(run("one\nEOF\n", true), "RUN <<EOF1\nset -eu\none\nEOF\nEOF1\n\n");
    }
}
