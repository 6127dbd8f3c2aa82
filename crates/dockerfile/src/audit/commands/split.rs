//! Shell text into simple commands: POSIX.1-2024, XCU 2.2 (quoting), 2.3 (tokens), 2.9 (commands), as
//! far as words go.

use std::iter::Peekable;
use std::str::CharIndices;

use super::Command;
use crate::State;

/// The commands of a text; `line_of` gives the line of a byte and is asked in order.
pub(super) fn commands(
    text: &str,
    line_of: impl FnMut(usize) -> usize,
    state: &State,
) -> Vec<Command> {
    let chars = text.char_indices().peekable();
    let mut splitter = Splitter {
        text,
        chars,
        state,
        line_of,
        done: Vec::new(),
        start: None,
        words: Vec::new(),
        word: None,
        skips_next: false,
        heredocs: Vec::new(),
        wants_delimiter: false,
    };
    splitter.run();
    splitter.done
}

/// A command from all its words: what stands in front of the program is taken away.
pub(super) fn finish(line: usize, words: Vec<String>) -> Option<Command> {
    let mut words: Vec<String> =
        words.into_iter().skip_while(|word| is_reserved(word) || is_assignment(word)).collect();
    let mut through = None;
    if let Some(inner) = words.first().and_then(|program| inner_command(program, &words)) {
        through = Some(words[0].rsplit('/').next().unwrap_or_default().to_owned());
        words = inner;
    }
    let is_command = !words.is_empty() || through.is_some();
    is_command.then_some(Command { line, words, through })
}

/// Words that a command may stand behind.
fn is_reserved(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "else"
            | "elif"
            | "do"
            | "while"
            | "until"
            | "!"
            | "{"
            | "}"
            | "time"
            | "exec"
            | "command"
            | "nohup"
            | "fi"
            | "done"
            | "esac"
    )
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The command that a program runs as somebody else; empty where it is in a string or a shell.
fn inner_command(program: &str, words: &[String]) -> Option<Vec<String>> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let rest = &words[1..];
    let after_options = |with_value: &[&str], skipped: usize| {
        let mut at = 0;
        while let Some(word) = rest.get(at).filter(|word| word.starts_with('-')) {
            at += 1;
            if word == "--" {
                break;
            }
            at += usize::from(with_value.contains(&word.as_str()));
        }
        let inner = rest.iter().skip(at + skipped).skip_while(|word| is_assignment(word));
        inner.cloned().collect::<Vec<_>>()
    };
    match name {
        "sudo" | "doas" => Some(after_options(
            &[
                "-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-R", "-T", "--user",
                "--group",
            ],
            0,
        )),
        "gosu" | "su-exec" => Some(after_options(&[], 1)),
        "setpriv" | "runuser" | "su" => Some(Vec::new()),
        _ => None,
    }
}

struct Splitter<'a, F> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    state: &'a State,
    line_of: F,
    done: Vec<Command>,
    /// Where the command under way begins.
    start: Option<usize>,
    words: Vec<String>,
    word: Option<String>,
    /// The next word is the file of a redirection.
    skips_next: bool,
    /// Delimiters of heredocs whose bodies begin at the next line.
    heredocs: Vec<String>,
    wants_delimiter: bool,
}

impl<F: FnMut(usize) -> usize> Splitter<'_, F> {
    fn run(&mut self) {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '\n' => {
                    self.end_command();
                    self.skip_heredocs();
                }
                ';' | '&' | '|' | '(' | ')' => self.end_command(),
                c if c.is_whitespace() => self.end_word(),
                '\\' if self.chars.next_if(|(_, c)| *c == '\n').is_some() => {}
                '#' if self.word.is_none() => {
                    while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                }
                '<' | '>' => self.redirection(c),
                _ => {
                    self.start.get_or_insert(at);
                    self.part(at, c);
                }
            }
        }
        self.end_command();
    }

    /// Adds one part of a word.
    fn part(&mut self, at: usize, c: char) {
        let mut word = self.word.take().unwrap_or_default();
        match c {
            '\\' => word.extend(self.chars.next().map(|(_, c)| c)),
            '\'' => {
                while let Some((_, c)) = self.chars.next_if(|(_, c)| *c != '\'') {
                    word.push(c);
                }
                self.chars.next();
            }
            '"' => loop {
                match self.chars.next() {
                    None | Some((_, '"')) => break,
                    Some((_, '\\')) => match self.chars.next() {
                        Some((_, c @ ('"' | '\\' | '$' | '`'))) => word.push(c),
                        Some((_, '\n')) | None => {}
                        Some((_, c)) => word.extend(['\\', c]),
                    },
                    Some((at, c @ ('$' | '`'))) => word.push_str(&self.dollar(at, c)),
                    Some((_, c)) => word.push(c),
                }
            },
            '$' | '`' => word.push_str(&self.dollar(at, c)),
            c => word.push(c),
        }
        self.word = Some(word);
    }

    /// A variable with its value where the file gives one; else, as a substitution, as written.
    fn dollar(&mut self, start: usize, c: char) -> String {
        let mut end = start + c.len_utf8();
        let mut take = |chars: &mut Peekable<CharIndices<'_>>| {
            let next = chars.next();
            end = next.map_or(end, |(at, c)| at + c.len_utf8());
            next.map(|(_, c)| c)
        };
        match (c, self.chars.peek().map(|(_, c)| *c)) {
            ('`', _) => while take(&mut self.chars).is_some_and(|c| c != '`') {},
            ('$', Some(open @ ('(' | '{'))) => {
                let close = if open == '(' { ')' } else { '}' };
                let mut depth = 0;
                while let Some(c) = take(&mut self.chars) {
                    depth += usize::from(c == open);
                    if c == close {
                        depth -= 1;
                        if depth == 0 {
                            break;
                        }
                    }
                }
            }
            ('$', Some(c)) if c.is_ascii_alphabetic() || c == '_' => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                while self.chars.peek().is_some_and(|(_, c)| is_name(*c)) {
                    take(&mut self.chars);
                }
            }
            _ => {}
        }
        let raw = &self.text[start..end];
        let is_variable = raw.len() > 1 && !raw.starts_with("$(") && raw.starts_with('$');
        let value = is_variable.then(|| self.state.expand(raw)).flatten();
        value.unwrap_or_else(|| raw.to_owned())
    }

    fn redirection(&mut self, first: char) {
        // The number in front is no argument: `2>file`.
        if self.word.as_ref().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        let mut operator = String::from(first);
        while let Some((_, c)) = self.chars.next_if(|(_, c)| matches!(c, '<' | '>' | '&' | '|')) {
            operator.push(c);
        }
        if operator == "<<" {
            self.chars.next_if(|(_, c)| *c == '-');
            self.wants_delimiter = true;
        }
        self.skips_next = true;
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.wants_delimiter) {
            self.heredocs.push(word.clone());
        }
        if !std::mem::take(&mut self.skips_next) {
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        (self.skips_next, self.wants_delimiter) = (false, false);
        let words = std::mem::take(&mut self.words);
        let Some(start) = self.start.take().filter(|_| !words.is_empty()) else { return };
        let line = (self.line_of)(start);
        self.done.extend(finish(line, words));
    }

    /// Skips the bodies of the heredocs that the line above opened.
    fn skip_heredocs(&mut self) {
        for delimiter in std::mem::take(&mut self.heredocs) {
            loop {
                let mut line = String::new();
                let mut is_ended = false;
                for (_, c) in self.chars.by_ref() {
                    if c == '\n' {
                        is_ended = true;
                        break;
                    }
                    line.push(c);
                }
                if !is_ended || line.trim_start_matches('\t').trim_end_matches('\r') == delimiter {
                    break;
                }
            }
        }
    }
}
