//! Shell text into simple commands: POSIX.1-2024, XCU 2.2 (quoting), 2.3 (tokens), 2.9 (commands), as
//! far as words go.

use std::iter::Peekable;
use std::str::CharIndices;

use super::{Command, Operator};
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
        is_output: false,
        output: Vec::new(),
        joined: Operator::Then,
        heredocs: Vec::new(),
        wants_delimiter: false,
        has_condition: false,
    };
    splitter.run();
    let mut done = splitter.done;
    let has_condition = splitter.has_condition;
    // One that tests, or that another stands in for, makes those that hang on it conditional.
    let mut hangs = false;
    for at in 0..done.len() {
        let next = done.get(at + 1).map(|next| next.joined);
        hangs &= done[at].joined == Operator::And;
        done[at].is_conditional =
            has_condition || hangs || done[at].joined == Operator::Or || next == Some(Operator::Or);
        hangs |= matches!(
            done[at].program(),
            "test" | "[" | "[[" | "getent" | "id" | "grep" | "command" | "which" | "case"
        );
    }
    done
}

/// The one command of the JSON form.
pub(super) fn exec(line: usize, words: Vec<String>) -> Vec<Command> {
    let command = finish(line, words);
    let inner = command.as_ref().and_then(started);
    command.into_iter().chain(inner).collect()
}

/// The command that `find -exec` or `xargs` starts.
fn started(command: &Command) -> Option<Command> {
    let words = command.arguments();
    let inner: Vec<String> = match command.program() {
        "find" => {
            let at = words.iter().position(|word| word.starts_with("-exec"))?;
            let inner = words[at + 1..].iter().take_while(|word| *word != ";" && *word != "+");
            // What it finds is below the folders that it was given.
            let folders = words.iter().take_while(|word| !word.starts_with(['-', '(', '!']));
            inner.filter(|word| *word != "{}").chain(folders).cloned().collect()
        }
        "xargs" => {
            let with_value =
                |word: &str| matches!(word, "-n" | "-I" | "-P" | "-L" | "-s" | "-d" | "-a" | "-E");
            let mut at = 0;
            while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
                at += 1 + usize::from(with_value(word));
            }
            words[at.min(words.len())..].to_vec()
        }
        _ => return None,
    };
    (!inner.is_empty()).then(|| Command {
        words: inner,
        output: Vec::new(),
        joined: Operator::Then,
        ..command.clone()
    })
}

/// A command from all its words: what stands in front of the program is taken away.
fn finish(line: usize, words: Vec<String>) -> Option<Command> {
    let mut words: Vec<String> =
        words.into_iter().skip_while(|word| is_reserved(word) || is_assignment(word)).collect();
    let mut through = None;
    if let Some(inner) = words.first().and_then(|program| inner_command(program, &words)) {
        through = Some(words[0].rsplit('/').next().unwrap_or_default().to_owned());
        words = inner;
    }
    let is_command = !words.is_empty() || through.is_some();
    is_command.then_some(Command {
        line,
        words,
        through,
        output: Vec::new(),
        joined: Operator::Then,
        is_conditional: false,
    })
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
    /// And that file is written.
    is_output: bool,
    output: Vec<String>,
    /// How the command under way is joined to the one before.
    joined: Operator,
    has_condition: bool,
    /// Delimiters of heredocs whose bodies begin at the next line.
    heredocs: Vec<String>,
    wants_delimiter: bool,
}

impl<F: FnMut(usize) -> usize> Splitter<'_, F> {
    fn run(&mut self) {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '\n' => {
                    self.end_command(Operator::Then);
                    self.skip_heredocs();
                }
                '&' if self.chars.next_if(|(_, c)| *c == '>').is_some() => self.redirection('>'),
                '&' if self.chars.next_if(|(_, c)| *c == '&').is_some() => {
                    self.end_command(Operator::And);
                }
                '|' if self.chars.next_if(|(_, c)| *c == '|').is_some() => {
                    self.end_command(Operator::Or);
                }
                '|' => {
                    self.chars.next_if(|(_, c)| *c == '&');
                    self.end_command(Operator::Pipe);
                }
                ';' | '&' | '(' | ')' => self.end_command(Operator::Then),
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
        self.end_command(Operator::Then);
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
        self.is_output = operator.starts_with('>') && !operator.contains('&');
        self.skips_next = true;
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.wants_delimiter) {
            self.heredocs.push(word.clone());
        }
        if !std::mem::take(&mut self.skips_next) {
            self.words.push(word);
        } else if std::mem::take(&mut self.is_output) {
            self.output.push(word);
        }
    }

    /// Ends the command under way; the next one is joined to it by `joint`.
    fn end_command(&mut self, joint: Operator) {
        self.end_word();
        (self.skips_next, self.wants_delimiter, self.is_output) = (false, false, false);
        let words = std::mem::take(&mut self.words);
        let output = std::mem::take(&mut self.output);
        let Some(start) = self.start.take().filter(|_| !words.is_empty()) else {
            // `a && (b)`: the bracket ends nothing.
            if joint != Operator::Then {
                self.joined = joint;
            }
            return;
        };
        self.has_condition |= words
            .iter()
            .take_while(|word| is_reserved(word))
            .chain(words.first())
            .any(|word| matches!(word.as_str(), "if" | "elif" | "while" | "until" | "case"));
        let line = (self.line_of)(start);
        let joined = std::mem::replace(&mut self.joined, joint);
        let Some(command) = finish(line, words) else { return };
        let command = Command { output, joined, ..command };
        let inner = started(&command);
        self.done.push(command);
        self.done.extend(inner);
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
