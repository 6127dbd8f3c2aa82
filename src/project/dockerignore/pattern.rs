//! One pattern, in the four ways that moby/patternmatcher compares it: a pattern without wildcards is
//! compared as it is, `**` at an end makes it a prefix or a suffix, all else is an expression.
//!
//! So `**.env` is every path that ends in `.env`, while `**.e?v` is `.e?v` in any folder.

use super::expression::Expression;

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// Takes back in what an earlier pattern left out.
    pub(super) negated: bool,
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// The path itself.
    Exact,
    /// `dir/**`: paths that begin so.
    Prefix(String),
    /// `**TEXT`: paths that end so. `**/TEXT` means `TEXT` at the root too.
    Suffix(String),
    Expression(Expression),
}

impl Pattern {
    /// A line without blanks around it; the error says what is wrong.
    pub(super) fn parse(line: &str) -> Result<Self, &'static str> {
        let (negated, rest) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        let text = clean(rest);
        if rest.is_empty() || negated && text == "/" {
            return Err("nothing follows `!`");
        }
        check_syntax(&text)?;
        let kind = kind(&text)?;
        Ok(Self { negated, text, kind })
    }

    /// Whether it is the pattern of this path, whatever is above it.
    pub(super) fn matches(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Exact => path == self.text,
            Kind::Prefix(prefix) => path.starts_with(prefix),
            Kind::Suffix(suffix) => {
                path.ends_with(suffix) || suffix.strip_prefix('/').is_some_and(|rest| rest == path)
            }
            Kind::Expression(expression) => expression.matches(path),
        }
    }

    /// Whether it may match something below `folder`.
    pub(super) fn reaches_below(&self, folder: &str) -> bool {
        !matches!(self.kind, Kind::Exact)
            || self.text.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
            || self.text == folder
    }
}

/// `Clean` of Go's path/filepath; the slash of an absolute path goes, both mean the root of the
/// context.
fn clean(pattern: &str) -> String {
    let rooted = pattern.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in pattern.split('/').filter(|name| !name.is_empty() && *name != ".") {
        match (name, names.last()) {
            ("..", Some(last)) if *last != ".." => {
                names.pop();
            }
            ("..", None) if rooted => {}
            _ => names.push(name),
        }
    }
    match names.is_empty() {
        false => names.join("/"),
        true if rooted => "/".to_owned(),
        true => ".".to_owned(),
    }
}

/// What `Match` of Go's path/filepath refuses; patternmatcher asks it first.
fn check_syntax(pattern: &str) -> Result<(), &'static str> {
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next().ok_or("nothing follows `\\`")?;
            }
            '[' => class(&mut chars)?,
            _ => {}
        }
    }
    Ok(())
}

/// What follows `[`: `^`? ( character | character `-` character )+ `]`, with `\` before any.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<(), &'static str> {
    chars.next_if_eq(&'^');
    let mut is_empty = true;
    loop {
        if !is_empty && chars.next_if_eq(&']').is_some() {
            return Ok(());
        }
        member(chars)?;
        if chars.next_if_eq(&'-').is_some() {
            member(chars)?;
        }
        is_empty = false;
    }
}

fn member(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<(), &'static str> {
    const OPEN: &str = "`[` is not closed";
    match chars.next().ok_or(OPEN)? {
        '\\' => chars.next().map(|_| ()).ok_or(OPEN),
        '-' => Err("`-` stands where a character should, write `\\-`"),
        ']' => Err("`]` stands where a character should, write `\\]`"),
        _ if chars.peek().is_none() => Err(OPEN),
        _ => Ok(()),
    }
}

/// Which way a pattern is compared, as patternmatcher's `compile` chooses it.
fn kind(pattern: &str) -> Result<Kind, &'static str> {
    let is_plain = |text: &str| !text.contains(['*', '?', '[', ']', '\\']);
    if is_plain(pattern) {
        return Ok(Kind::Exact);
    }
    if let Some(suffix) = pattern.strip_prefix("**").filter(|suffix| is_plain(suffix)) {
        return Ok(Kind::Suffix(suffix.to_owned()));
    }
    if let Some(prefix) = pattern.strip_suffix("**").filter(|prefix| is_plain(prefix)) {
        return Ok(Kind::Prefix(prefix.to_owned()));
    }
    Expression::compile(&translate(pattern)).map(Kind::Expression)
}

/// The regular expression that patternmatcher makes of it.
///
/// It is translated character by character, also inside `[…]`: `[*]` is not a star there, it becomes
/// `[[^/]*]`. So the result is read again, and not taken for what the pattern seems to say.
fn translate(pattern: &str) -> String {
    let mut text = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                text.push_str(if chars.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => text.push_str("[^/]*"),
            '?' => text.push_str("[^/]"),
            '.' | '+' | '(' | ')' | '|' | '{' | '}' | '$' => text.extend(['\\', c]),
            '\\' => {
                text.push('\\');
                text.extend(chars.next());
            }
            c => text.push(c),
        }
    }
    text
}
