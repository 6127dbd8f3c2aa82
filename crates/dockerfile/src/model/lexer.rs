//! Words, quotes and variables as BuildKit's `shell.Lex` reads them: no shell, only its quoting and
//! `$X`, `${X}`, `${X:-d}`, `${X-d}`, `${X:+a}`, `${X+a}`, `${X:?e}`.
//!
//! Patterns (`${X%…}`, `${X#…}`, `${X/…/…}`) are read over and make the result unknown: engines
//! before 25 refuse them, and no decision may rest on them.

use std::iter::Peekable;
use std::str::Chars;

/// What a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup<'a> {
    /// This.
    Set(&'a str),
    /// Certainly nothing.
    Unset,
    /// An `ARG` without a default: nothing, unless the build is told.
    NotGiven,
    /// Something that the file does not say.
    Unknown,
}

/// A text after quotes and variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lexed {
    /// As one text, white space kept.
    pub text: String,
    /// As words.
    pub words: Vec<String>,
    /// Whether all variables had a known value; without, `text` and `words` are no answer.
    pub is_known: bool,
}

/// A text that BuildKit refuses: an open quote or brace, a substitution of no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// `${a:-${b:-…` deeper than this is no Dockerfile of anybody's.
const MAX_DEPTH: usize = 32;

/// Quotes removed, variables replaced.
pub(super) fn expand<'a>(
    text: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Lookup<'a>,
) -> Result<Lexed, Malformed> {
    Lexer::new(text, escape, Mode::Expand(lookup)).run()
}

/// Words with quotes, escapes and variables as written.
pub(super) fn raw_words(text: &str) -> Result<Vec<String>, Malformed> {
    Lexer::new(text, '\\', Mode::Raw).run().map(|lexed| lexed.words)
}

/// Words without their quotes, variables as written.
pub(super) fn unquoted_words(text: &str) -> Result<Vec<String>, Malformed> {
    Lexer::new(text, '\\', Mode::Unquote).run().map(|lexed| lexed.words)
}

#[derive(Clone, Copy)]
enum Mode<'l, 'a> {
    Expand(&'l dyn Fn(&str) -> Lookup<'a>),
    Raw,
    Unquote,
}

struct Lexer<'l, 'a> {
    chars: Peekable<Chars<'l>>,
    escape: char,
    mode: Mode<'l, 'a>,
    depth: usize,
    is_known: bool,
}

/// Splits what is added at white space, as long as it is not quoted.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    open: String,
}

impl Words {
    fn add(&mut self, c: char) {
        if !c.is_whitespace() {
            self.open.push(c);
        } else if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.open.is_empty() {
            self.done.push(self.open);
        }
        self.done
    }
}

impl<'l, 'a> Lexer<'l, 'a> {
    fn new(text: &'l str, escape: char, mode: Mode<'l, 'a>) -> Self {
        Self { chars: text.chars().peekable(), escape, mode, depth: 0, is_known: true }
    }

    fn run(mut self) -> Result<Lexed, Malformed> {
        let (text, words) = self.until(None)?;
        Ok(Lexed { text, words, is_known: self.is_known })
    }

    fn is_raw(&self) -> bool {
        matches!(self.mode, Mode::Raw)
    }

    fn until(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), Malformed> {
        let (mut text, mut words) = (String::new(), Words::default());
        while let Some(&c) = self.chars.peek() {
            if Some(c) == stop {
                self.chars.next();
                return Ok((text, words.finish()));
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    value.chars().for_each(|c| words.add(c));
                    text.push_str(&value);
                }
                '\'' | '"' => {
                    let quoted =
                        if c == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    words.open.push_str(&quoted);
                    text.push_str(&quoted);
                }
                _ if c == self.escape => {
                    self.chars.next();
                    if self.is_raw() {
                        words.open.push(c);
                        text.push(c);
                    }
                    let Some(c) = self.chars.next() else { break };
                    words.open.push(c);
                    text.push(c);
                }
                _ => {
                    self.chars.next();
                    words.add(c);
                    text.push(c);
                }
            }
        }
        if stop.is_some() { Err(Malformed) } else { Ok((text, words.finish())) }
    }

    fn single_quoted(&mut self) -> Result<String, Malformed> {
        let mut text: String = self.chars.next().filter(|_| self.is_raw()).into_iter().collect();
        loop {
            match self.chars.next().ok_or(Malformed)? {
                '\'' => {
                    text.extend(self.is_raw().then_some('\''));
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<String, Malformed> {
        let mut text: String = self.chars.next().filter(|_| self.is_raw()).into_iter().collect();
        loop {
            match *self.chars.peek().ok_or(Malformed)? {
                '"' => {
                    self.chars.next();
                    text.extend(self.is_raw().then_some('"'));
                    return Ok(text);
                }
                '$' => text.push_str(&self.dollar()?),
                mut c => {
                    self.chars.next();
                    if c == self.escape {
                        text.extend(self.is_raw().then_some(c));
                        match self.chars.peek().copied() {
                            None => continue,
                            Some(next) if next == '"' || next == '$' || next == self.escape => {
                                c = next;
                                self.chars.next();
                            }
                            // The escape is taken for itself; raw text has it already.
                            Some(_) if self.is_raw() => continue,
                            Some(_) => {}
                        }
                    }
                    text.push(c);
                }
            }
        }
    }

    fn dollar(&mut self) -> Result<String, Malformed> {
        self.chars.next();
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(match self.mode {
                Mode::Expand(lookup) => self.plain(lookup(&name)),
                Mode::Raw | Mode::Unquote => format!("${name}"),
            });
        }
        if matches!(self.chars.peek(), None | Some('{' | '}' | ':')) {
            return Err(Malformed);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Malformed);
        }
        let text = self.braced();
        self.depth -= 1;
        text
    }

    /// What follows `${`, the closing brace included.
    fn braced(&mut self) -> Result<String, Malformed> {
        let name = self.name();
        let first = self.chars.next().ok_or(Malformed)?;
        let null_is_unset = first == ':';
        let sign = if null_is_unset { self.chars.next().ok_or(Malformed)? } else { first };
        if sign == '}' && !null_is_unset {
            return Ok(match self.mode {
                Mode::Expand(lookup) => self.plain(lookup(&name)),
                Mode::Raw | Mode::Unquote => format!("${{{name}}}"),
            });
        }
        let is_choice = matches!(sign, '-' | '+' | '?');
        let is_pattern = !null_is_unset && matches!(sign, '#' | '%' | '/');
        if !is_choice && !is_pattern {
            return Err(Malformed);
        }
        // What the unused word says is of no weight.
        let was_known = std::mem::replace(&mut self.is_known, true);
        let (word, _) = self.until(Some('}'))?;
        let word_is_known = std::mem::replace(&mut self.is_known, was_known);
        let Mode::Expand(lookup) = self.mode else {
            let colon = if null_is_unset { ":" } else { "" };
            return Ok(format!("${{{name}{colon}{sign}{word}}}"));
        };
        let value = lookup(&name);
        let mut take = |text: String, is_known: bool| {
            self.is_known &= is_known;
            Ok(text)
        };
        let is_nothing = match value {
            Lookup::Set(text) => null_is_unset && text.is_empty(),
            Lookup::Unset | Lookup::NotGiven => true,
            Lookup::Unknown => return take(String::new(), false),
        };
        let text = if let Lookup::Set(text) = value { text.to_owned() } else { String::new() };
        match (sign, is_nothing) {
            ('-', true) | ('+', false) => take(word, word_is_known),
            ('+', true) => take(String::new(), true),
            ('-' | '?', false) => take(text, true),
            ('?', true) if value == Lookup::NotGiven => take(String::new(), false),
            ('?', true) => Err(Malformed),
            _ => take(String::new(), value == Lookup::Unset),
        }
    }

    fn plain(&mut self, value: Lookup<'_>) -> String {
        match value {
            Lookup::Set(text) => text.to_owned(),
            Lookup::Unset => String::new(),
            Lookup::NotGiven | Lookup::Unknown => {
                self.is_known = false;
                String::new()
            }
        }
    }

    /// Letters, digits and `_`; or digits; or one special parameter.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.chars.peek() {
            Some(c) if c.is_ascii_digit() => {
                while let Some(c) = self.chars.next_if(char::is_ascii_digit) {
                    name.push(c);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.chars.next()),
            _ => {
                while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
            }
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Lookup<'static> {
        match name {
            "A" => Lookup::Set("a"),
            "EMPTY" => Lookup::Set(""),
            "TWO" => Lookup::Set("x y"),
            "GONE" => Lookup::Unset,
            "ARG" => Lookup::NotGiven,
            _ => Lookup::Unknown,
        }
    }

    fn one(text: &str) -> Option<String> {
        let lexed = expand(text, '\\', &lookup).ok()?;
        lexed.is_known.then_some(lexed.text)
    }

    #[test]
    fn variables_are_replaced_as_the_engine_does() {
        for (text, value) in [
            ("$A", "a"),
            ("${A}b", "ab"),
            ("$A/$GONE.", "a/."),
            ("${EMPTY:-d}", "d"),
            ("${EMPTY-d}", ""),
            ("${GONE-d}", "d"),
            ("${ARG:-d}", "d"),
            ("${A:+x}", "x"),
            ("${EMPTY:+x}", ""),
            ("${EMPTY+x}", "x"),
            ("${A:?no}", "a"),
            ("${GONE:-${A}}", "a"),
            ("${A:-$WHO}", "a"),
            ("'$A'", "$A"),
            ("\"$A b\"", "a b"),
            ("\\$A", "$A"),
            ("\"\\$A\\n\"", "$A\\n"),
            ("a\\ b", "a b"),
            ("100$", "100$"),
        ] {
            assert_eq!(one(text).as_deref(), Some(value), "{text}");
        }
        for text in ["$WHO", "$ARG", "${WHO:-d}", "${A%x}", "${A/x/y}", "${ARG:?no}"] {
            let lexed = expand(text, '\\', &lookup).unwrap();
            assert!(!lexed.is_known, "{text}");
        }
        for text in ["'", "\"", "${", "${A", "${}", "${A:=x}", "${GONE:?no}", "${:x}"] {
            assert_eq!(expand(text, '\\', &lookup), Err(Malformed), "{text}");
        }
        assert_eq!(expand("`$A\\", '`', &lookup).unwrap().text, "$A\\");
    }

    #[test]
    fn words_split_at_white_space_outside_quotes() {
        let words = |text: &str| expand(text, '\\', &lookup).unwrap().words;
        assert_eq!(words("a 'b c' \"d e\"f  $TWO \"$TWO\""), ["a", "b c", "d ef", "x", "y", "x y"]);
        assert_eq!(
            raw_words("a 'b c' <<\"E F\" $X\\ y").unwrap(),
            ["a", "'b c'", "<<\"E F\"", "$X\\ y"]
        );
        assert_eq!(raw_words("\"a\\n\\\"b\"").unwrap(), ["\"a\\n\\\"b\""]);
        assert_eq!(unquoted_words("'E F'").unwrap(), ["E F"]);
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(expand(&"${a:-".repeat(100_000), '\\', &lookup), Err(Malformed));
    }
}
