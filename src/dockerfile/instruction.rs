//! Splits a Dockerfile into instructions with the lines they came from.
//!
//! Follows BuildKit's line rules (`frontend/dockerfile/parser`): the `escape` directive,
//! continuations, comments and blank lines inside them, heredocs. It does not expand variables and
//! does not judge: an unknown keyword is an instruction like any other.

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
        serde_json::from_str::<Vec<String>>(&self.arguments)
            .unwrap_or_else(|_| self.arguments.split_whitespace().map(str::to_owned).collect())
    }
}

/// The instructions of a Dockerfile, in order.
pub fn split(text: &str) -> Vec<Instruction> {
    let escape = escape_character(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if is_comment_or_blank(lines[at]) {
            at += 1;
            continue;
        }
        let first = at;
        let mut logical = String::new();
        loop {
            let line = lines[at];
            at += 1;
            // Comments and blank lines inside a continued instruction do not end it.
            let inside = at - 1 > first;
            if inside && is_comment_or_blank(line) {
                if at == lines.len() {
                    break;
                }
                continue;
            }
            let trimmed = line.trim_end();
            match trimmed.strip_suffix(escape) {
                Some(head) => logical.push_str(head),
                None => {
                    logical.push_str(trimmed);
                    break;
                }
            }
            if at == lines.len() {
                break;
            }
        }
        let mut instruction = parse(&logical, first + 1);
        for delimiter in heredoc_delimiters(&instruction) {
            let mut body = String::new();
            while at < lines.len() {
                let line = lines[at];
                at += 1;
                let compared =
                    if delimiter.strip_tabs { line.trim_start_matches('\t') } else { line };
                if compared == delimiter.word {
                    break;
                }
                body.push_str(compared);
                body.push('\n');
            }
            instruction.heredocs.push(body);
        }
        instruction.end_line = at;
        instructions.push(instruction);
    }
    instructions
}

fn is_comment_or_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The `escape` directive counts only at the very top, before any other line.
fn escape_character(text: &str) -> char {
    for line in text.lines() {
        let Some(directive) = line.trim_start().strip_prefix('#') else { break };
        let Some((name, value)) = directive.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

fn parse(logical: &str, line: usize) -> Instruction {
    let mut words = logical.trim().splitn(2, char::is_whitespace);
    let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
    let mut rest = words.next().unwrap_or_default().trim_start();
    let mut flags = Vec::new();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, after) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push((name.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    let arguments = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    let exact = rest.trim_end().to_owned();
    Instruction { line, end_line: line, keyword, flags, arguments, exact, heredocs: Vec::new() }
}

struct Delimiter {
    word: String,
    strip_tabs: bool,
}

/// `<<EOF`, `<<-EOF`, `<<"EOF"` in the instructions that take heredocs.
fn heredoc_delimiters(instruction: &Instruction) -> Vec<Delimiter> {
    if !matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    instruction
        .arguments
        .split_whitespace()
        .filter_map(|word| {
            // A file descriptor may stand in front (`3<<EOF`); `<<<` is a here-string.
            let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
            let (strip_tabs, rest) = match rest.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            let word = rest.trim_matches(['"', '\'']);
            let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            is_name.then(|| Delimiter { word: word.to_owned(), strip_tabs })
        })
        .collect()
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
    fn words_read_the_json_form() {
        assert_eq!(split(r#"COPY ["a b", "/c"]"#)[0].words(), ["a b", "/c"]);
        assert_eq!(split("COPY a  b /c")[0].words(), ["a", "b", "/c"]);
    }
}
