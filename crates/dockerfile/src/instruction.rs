//! An instruction: keyword, flags, arguments, heredocs, and the lines that it came from.
//!
//! The rules of lines are those of `model::scan`. Nothing is expanded and nothing judged here.

use super::model::{Logical, scan, split_keyword};

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// First line, from 1.
    pub line: usize,
    /// Last line, from 1; a heredoc's closing line included.
    pub end_line: usize,
    /// In capitals, for example `RUN`.
    pub keyword: String,
    /// `--name=value` in front of the arguments, in order; a flag without `=` has an empty value.
    pub flags: Vec<(String, String)>,
    /// The arguments on one line: continuations joined, white space folded.
    pub arguments: String,
    /// The arguments as the engine's cache reads them: continuations joined, white space kept.
    pub exact: String,
    /// The text of the heredocs, closing lines left out.
    pub heredocs: Vec<String>,
}

impl Instruction {
    /// Keyword, flags and arguments on one line.
    pub fn text(&self) -> String {
        self.line_with(&self.arguments)
    }

    /// Keyword, flags and exact arguments, then the heredocs: equal where the engine's cache takes
    /// two instructions for one.
    pub fn exact_text(&self) -> String {
        let mut text = self.line_with(&self.exact);
        for heredoc in &self.heredocs {
            text.push('\n');
            text.push_str(heredoc.strip_suffix('\n').unwrap_or(heredoc));
        }
        text
    }

    fn line_with(&self, arguments: &str) -> String {
        let mut text = self.keyword.clone();
        for (name, value) in &self.flags {
            text.push_str(" --");
            text.push_str(name);
            if !value.is_empty() {
                text.push('=');
                text.push_str(value);
            }
        }
        if !arguments.is_empty() {
            text.push(' ');
            text.push_str(arguments);
        }
        text
    }

    /// The values of a flag, in order.
    pub fn flag<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(flag, _)| flag == name).map(|(_, value)| value.as_str())
    }

    /// The arguments as words; the JSON form is read as such.
    pub fn words(&self) -> Vec<String> {
        // White space counts inside the texts of the JSON form.
        serde_json::from_str::<Vec<String>>(&self.exact)
            .unwrap_or_else(|_| self.arguments.split_whitespace().map(str::to_owned).collect())
    }
}

/// The instructions of a text, in order; what a strict reading refuses is read as far as it goes.
pub(crate) fn split(text: &str) -> Vec<Instruction> {
    scan(text).logical.iter().map(|logical| from_logical(text, logical)).collect()
}

/// An instruction from its lines.
pub(super) fn from_logical(text: &str, logical: &Logical) -> Instruction {
    let (keyword, rest) = split_keyword(&logical.line);
    let (flags, rest) = flags(rest);
    let exact = rest.trim().to_owned();
    let arguments = exact.split_whitespace().collect::<Vec<_>>().join(" ");
    let heredocs = logical.heredocs.iter().map(|heredoc| {
        let mut body = String::new();
        for line in text[heredoc.body.clone()].lines() {
            let line = if heredoc.strips_tabs { line.trim_start_matches('\t') } else { line };
            body.push_str(line);
            body.push('\n');
        }
        body
    });
    Instruction {
        line: logical.lines.0,
        end_line: logical.lines.1,
        keyword: keyword.to_ascii_uppercase(),
        flags,
        arguments,
        exact,
        heredocs: heredocs.collect(),
    }
}

/// The flags in front of the arguments, quotes and escapes in them removed, and the rest. As
/// BuildKit's `extractBuilderFlags`: the backslash escapes here whatever the directive says.
pub(super) fn flags(arguments: &str) -> (Vec<(String, String)>, &str) {
    let mut flags = Vec::new();
    let mut rest = arguments.trim_start();
    while rest.starts_with("--") {
        let (word, length) = flag_word(rest);
        let after = &rest[length..];
        if word == "--" {
            return (flags, after.trim_start());
        }
        let (name, value) = word.split_once('=').unwrap_or((&word, ""));
        flags.push((name.trim_start_matches("--").to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    (flags, rest)
}

/// The first word, and how many bytes it takes.
fn flag_word(text: &str) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => word.extend(chars.next().map(|(_, c)| c)),
            c if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if c.is_whitespace() && quote.is_none() => return (word, at),
            c => word.push(c),
        }
    }
    (word, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(dockerfile: &str) -> Vec<(usize, usize, String)> {
        split(dockerfile).into_iter().map(|i| (i.line, i.end_line, i.text())).collect()
    }

    #[test]
    fn continuations_comments_and_blank_lines_are_joined() {
        let text = "# top\nFROM a AS b\n\nrun --mount=type=cache,target=/x \\\n  # why\n\n  one \\\n  && two\nUSER 1:1\n";
        assert_eq!(
            texts(text),
            [
                (2, 2, "FROM a AS b".to_owned()),
                (4, 8, "RUN --mount=type=cache,target=/x one && two".to_owned()),
                (9, 9, "USER 1:1".to_owned()),
            ]
        );
    }

    #[test]
    fn the_exact_text_is_what_the_cache_sees() {
        let exact = |text: &str| split(text)[0].exact_text();
        for (text, expected) in [
            (
                "run --mount=type=cache,target=/x \\\n    a  \\\n # why\n  && b \n",
                "RUN --mount=type=cache,target=/x a    && b",
            ),
            ("RUN a\\\nb", "RUN ab"),
            ("RUN echo 'a  b'", "RUN echo 'a  b'"),
            ("RUN <<A cat\n one\n\ntwo\nA\n", "RUN <<A cat\n one\n\ntwo"),
        ] {
            assert_eq!(exact(text), expected, "{text}");
        }
    }

    #[test]
    fn heredocs_belong_to_their_instruction() {
        let text = "RUN <<A cat <<-'B'\nUSER no\nA\n\tx\n\tB\nUSER yes\n";
        let instructions = split(text);
        assert_eq!(instructions[0].heredocs, ["USER no\n", "x\n"]);
        assert_eq!((instructions[0].end_line, instructions[1].line), (5, 6));
        assert_eq!(split("RUN cat <<<EOF\nUSER x")[1].keyword, "USER");
    }

    #[test]
    fn the_escape_directive_counts_at_the_top_only() {
        assert_eq!(split("# escape=`\nRUN a `\n b")[0].arguments, "a b");
        assert_eq!(split("FROM x\n# escape=`\nRUN a `\nRUN b").len(), 3);
    }

    #[test]
    fn odd_ends_do_not_panic() {
        for text in
            ["", "\n", "RUN", "RUN a \\", "RUN a \\\n# c", "RUN <<EOF", "RUN <<EOF\nx", "--x"]
        {
            split(text);
        }
    }

    #[test]
    fn flags_lose_their_quotes_and_arguments_keep_their_spaces() {
        let text = "RUN --mount=\"type=cache,target=/a b\" --network=none -- --x  'y  z'\n";
        let instruction = &split(text)[0];
        assert_eq!(instruction.flag("mount").next(), Some("type=cache,target=/a b"));
        assert_eq!(instruction.flag("network").next(), Some("none"));
        assert_eq!(instruction.exact, "--x  'y  z'");
        assert_eq!(instruction.arguments, "--x 'y z'");
    }

    #[test]
    fn words_read_the_json_form() {
        assert_eq!(split(r#"COPY ["a b", "/c"]"#)[0].words(), ["a b", "/c"]);
        assert_eq!(split(r#"COPY ["a  b", "/c"]"#)[0].words(), ["a  b", "/c"]);
        assert_eq!(split("COPY a  b /c")[0].words(), ["a", "b", "/c"]);
    }
}
