//! The regular expressions that patterns become, read as Go's regexp/syntax reads them.
//!
//! Only what a translated pattern can hold is known: characters, classes, a class with `*`, `(.*/)?`,
//! `.*`, `^`, escapes. A crate for regular expressions reads classes by other rules (`[[^/]*]` nests).

use std::iter::Peekable;
use std::str::Chars;

/// An expression for a whole path.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone)]
enum Token {
    Char(char),
    Class(Class),
    /// A class with `*` behind it.
    Repeat(Class),
    /// `.*`
    Any,
    /// `(.*/)?`: nothing, or any number of whole folders.
    Folders,
    /// `^` again: nothing may be before it.
    Start,
}

#[derive(Debug, Clone, Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    /// Those that are named by what they leave out: `\D`.
    others: Vec<Class>,
}

impl Class {
    fn of(ranges: &[(char, char)], negated: bool) -> Self {
        Self { negated, ranges: ranges.to_vec(), others: Vec::new() }
    }

    fn has(&self, c: char) -> bool {
        let named = self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
        (named || self.others.iter().any(|other| other.has(c))) != self.negated
    }
}

impl Expression {
    pub(super) fn compile(text: &str) -> Result<Self, &'static str> {
        let mut chars = text.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(c) = chars.next() {
            let token = match c {
                '^' => Token::Start,
                '(' => {
                    chars.by_ref().take("(.*/)?".len() - 1).for_each(drop);
                    Token::Folders
                }
                '.' => {
                    chars.next();
                    Token::Any
                }
                '[' => {
                    let class = class(&mut chars)?;
                    let repeats = chars.next_if_eq(&'*').is_some();
                    if repeats { Token::Repeat(class) } else { Token::Class(class) }
                }
                '\\' => match escape(&mut chars)? {
                    Escape::Char(c) => Token::Char(c),
                    Escape::Class(class) => Token::Class(class),
                },
                c => Token::Char(c),
            };
            tokens.push(token);
        }
        Ok(Self { tokens })
    }

    /// All positions that the tokens so far can have reached: linear in both, never exponential.
    pub(super) fn matches(&self, path: &str) -> bool {
        let chars: Vec<char> = path.chars().collect();
        let mut reached = vec![false; chars.len() + 1];
        reached[0] = true;
        for token in &self.tokens {
            let mut next = vec![false; chars.len() + 1];
            for at in (0..=chars.len()).filter(|at| reached[*at]) {
                match token {
                    Token::Start => next[at] = at == 0,
                    Token::Any => next[at..].fill(true),
                    Token::Repeat(class) => {
                        let end = chars[at..].iter().position(|c| !class.has(*c));
                        next[at..=end.map_or(chars.len(), |count| at + count)].fill(true);
                    }
                    Token::Folders => {
                        next[at] = true;
                        for (count, _) in chars[at..].iter().enumerate().filter(|(_, c)| **c == '/')
                        {
                            next[at + count + 1] = true;
                        }
                    }
                    Token::Char(own) => {
                        if chars.get(at) == Some(own) {
                            next[at + 1] = true;
                        }
                    }
                    Token::Class(class) => {
                        if chars.get(at).is_some_and(|c| class.has(*c)) {
                            next[at + 1] = true;
                        }
                    }
                }
            }
            reached = next;
        }
        reached[chars.len()]
    }
}

enum Escape {
    Char(char),
    Class(Class),
}

const DIGITS: [(char, char); 1] = [('0', '9')];
const WORD: [(char, char); 4] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
const SPACE: [(char, char); 3] = [('\t', '\n'), ('\x0c', '\r'), (' ', ' ')];

/// What follows `\`.
fn escape(chars: &mut Peekable<Chars<'_>>) -> Result<Escape, &'static str> {
    let c = chars.next().ok_or("nothing follows `\\`")?;
    Ok(match c {
        'd' | 'D' => Escape::Class(Class::of(&DIGITS, c == 'D')),
        'w' | 'W' => Escape::Class(Class::of(&WORD, c == 'W')),
        's' | 'S' => Escape::Class(Class::of(&SPACE, c == 'S')),
        'a' => Escape::Char('\x07'),
        'f' => Escape::Char('\x0c'),
        'n' => Escape::Char('\n'),
        'r' => Escape::Char('\r'),
        't' => Escape::Char('\t'),
        'v' => Escape::Char('\x0b'),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Escape::Char(c),
        _ => return Err("`\\` before a letter or a digit has another meaning to Docker"),
    })
}

/// What follows `[`.
fn class(chars: &mut Peekable<Chars<'_>>) -> Result<Class, &'static str> {
    const OPEN: &str = "`[` is not closed";
    let mut class = Class { negated: chars.next_if_eq(&'^').is_some(), ..Class::default() };
    let mut is_first = true;
    loop {
        let c = chars.next().ok_or(OPEN)?;
        if c == ']' && !is_first {
            return Ok(class);
        }
        is_first = false;
        if c == '['
            && let Some(named) = posix(chars)
        {
            class.others.push(named?);
            continue;
        }
        let from = match c {
            '\\' => match escape(chars)? {
                Escape::Char(c) => c,
                Escape::Class(named) => {
                    class.others.push(named);
                    continue;
                }
            },
            c => c,
        };
        let mut ahead = chars.clone();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        let to = if is_range {
            chars.next();
            match chars.next().ok_or(OPEN)? {
                '\\' => match escape(chars)? {
                    Escape::Char(c) => c,
                    Escape::Class(_) => return Err("a range in `[]` has no end"),
                },
                c => c,
            }
        } else {
            from
        };
        if to < from {
            return Err("a range in `[]` ends before it begins");
        }
        class.ranges.push((from, to));
    }
}

/// `[:alpha:]` after its first bracket; `None` where it is none.
fn posix(chars: &mut Peekable<Chars<'_>>) -> Option<Result<Class, &'static str>> {
    let rest: String = chars.clone().collect();
    let (name, _) = rest.strip_prefix(':')?.split_once(":]")?;
    chars.by_ref().take(name.chars().count() + 3).for_each(drop);
    let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => &DIGITS,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Some(Err("Docker knows no class of that name")),
    };
    Some(Ok(Class::of(ranges, negated)))
}
