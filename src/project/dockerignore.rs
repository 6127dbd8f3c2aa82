//! `.dockerignore`, as Docker reads it.
//!
//! Rules: <https://docs.docker.com/build/concepts/context/#dockerignore-files>. Where that page is
//! silent, moby/patternmatcher is followed: one pattern a line, cleaned as Go's `filepath.Clean`
//! does; the last pattern that matches a path or a folder above it decides; `!` takes it back in;
//! `**` stands for any number of folders. Unlike `.gitignore`, `foo` means the `foo` at the root.

use thiserror::Error;

/// The patterns of one file, in order.
#[derive(Debug, Clone, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
}

/// A line that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(".dockerignore:{line}: `{pattern}` is no pattern: {reason}")]
pub struct PatternError {
    /// From one.
    pub line: usize,
    /// As written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

#[derive(Debug, Clone)]
struct Pattern {
    /// Takes back in what an earlier pattern left out.
    negated: bool,
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`: one character, not `/`.
    One,
    /// `*`: any number of characters, not `/`.
    Star,
    /// `**` at the end: anything.
    Rest,
    /// `**/`: nothing, or any number of whole folders.
    Folders,
    /// `[a-z]`, `[^a-z]`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl DockerIgnore {
    /// Reads the lines of the file.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let fail =
                |reason| PatternError { line: index + 1, pattern: line.trim().to_owned(), reason };
            // A blank before `#` makes it a pattern, as in Docker.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let (negated, rest) = match line.trim().strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line.trim()),
            };
            if rest.is_empty() {
                return Err(fail("nothing follows `!`"));
            }
            let text = clean(rest);
            let tokens = tokens(&text).map_err(fail)?;
            patterns.push(Pattern { negated, text, tokens });
        }
        Ok(Self { patterns })
    }

    /// Whether the file or folder at `path` (relative, `/` between names) is left out.
    pub fn ignores(&self, path: &str) -> bool {
        self.patterns.iter().fold(false, |ignored, pattern| {
            if ignored == pattern.negated && pattern.matches_or_above(path) {
                !pattern.negated
            } else {
                ignored
            }
        })
    }

    /// Whether nothing under an ignored `folder` can come back in, so that it need not be read.
    pub fn prunes(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        self.ignores(folder)
            && !self.patterns.iter().any(|pattern| {
                let wild = pattern.tokens.iter().any(|token| !matches!(token, Token::Char(_)));
                pattern.negated && (wild || format!("{}/", pattern.text).starts_with(&below))
            })
    }
}

impl Pattern {
    fn matches_or_above(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above.chain([path]).any(|path| self.matches(path))
    }

    /// All positions that the tokens so far can have reached: linear in both, never exponential.
    fn matches(&self, path: &str) -> bool {
        let chars: Vec<char> = path.chars().collect();
        let mut reached = vec![false; chars.len() + 1];
        reached[0] = true;
        for token in &self.tokens {
            let mut next = vec![false; chars.len() + 1];
            for at in (0..=chars.len()).filter(|at| reached[*at]) {
                match token {
                    Token::Star => {
                        let end = chars[at..]
                            .iter()
                            .position(|c| *c == '/')
                            .map_or(chars.len(), |n| at + n);
                        next[at..=end].fill(true);
                    }
                    Token::Rest => next[at..].fill(true),
                    Token::Folders => {
                        next[at] = true;
                        for (n, _) in chars[at..].iter().enumerate().filter(|(_, c)| **c == '/') {
                            next[at + n + 1] = true;
                        }
                    }
                    single => {
                        if chars.get(at).is_some_and(|c| single.takes(*c)) {
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

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::One => c != '/',
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
            Self::Star | Self::Rest | Self::Folders => false,
        }
    }
}

/// Go's `filepath.Clean`, then without the leading slash: both mean the root of the context.
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
    if names.is_empty() { ".".to_owned() } else { names.join("/") }
}

fn tokens(pattern: &str) -> Result<Vec<Token>, &'static str> {
    let mut chars = pattern.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                chars.next_if_eq(&'/');
                if chars.peek().is_none() { Token::Rest } else { Token::Folders }
            }
            '*' => Token::Star,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().ok_or("nothing follows `\\`")?),
            '[' => class(&mut chars)?,
            c => Token::Char(c),
        });
    }
    Ok(tokens)
}

/// What follows `[`: `^`? ( character | character `-` character )+ `]`, with `\` before any.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, &'static str> {
    const OPEN: &str = "`[` is not closed";
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        let first = chars.next().ok_or(OPEN)?;
        if first == ']' {
            if ranges.is_empty() {
                return Err("`[]` holds nothing");
            }
            return Ok(Token::Class { negated, ranges });
        }
        let from = member(first, chars)?;
        let to = if chars.next_if_eq(&'-').is_some() {
            let last = chars.next().ok_or(OPEN)?;
            if last == ']' {
                return Err("a range in `[]` has no end");
            }
            member(last, chars)?
        } else {
            from
        };
        ranges.push((from, to));
    }
}

fn member(
    first: char,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> Result<char, &'static str> {
    match first {
        '\\' => chars.next().ok_or("`[` is not closed"),
        '-' => Err("`-` stands where a character should, write `\\-`"),
        c => Ok(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignored(patterns: &str, path: &str) -> bool {
        DockerIgnore::parse(patterns).unwrap().ignores(path)
    }

    /// The examples of Docker's page on `.dockerignore`, and those of moby's `TestMatches`.
    #[test]
    fn the_documented_rules() {
        for (patterns, path, expected) in [
            // "*/temp*": files and folders one level below the root.
            ("*/temp*", "somedir/temporary.txt", true),
            ("*/temp*", "somedir/temp", true),
            ("*/temp*", "temp", false),
            ("*/*/temp*", "somedir/subdir/temporary.txt", true),
            ("*/*/temp*", "somedir/temporary.txt", false),
            // "temp?": one character more, in the root.
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("temp?", "a/tempb", false),
            // "/foo/bar" and "foo/bar" both exclude.
            ("/foo/bar", "foo/bar", true),
            ("foo/bar", "foo/bar", true),
            ("./foo//bar/.", "foo/bar", true),
            // "**/*.go": in all folders, the root included.
            ("**/*.go", "a.go", true),
            ("**/*.go", "x/y/a.go", true),
            ("**/*.go", "x/y/a.goo", false),
            // Exceptions: the last line that matches decides.
            ("*.md\n!README.md", "README.md", false),
            ("*.md\n!README.md", "CHANGES.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
            ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", false),
            ("*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false),
            // A folder takes everything below with it; an exception brings part of it back.
            ("docs", "docs/a/b", true),
            ("docs", "docsx", false),
            ("docs\n!docs/a", "docs/a/b", false),
            ("docs\n!docs/a", "docs/b", true),
            // Not as in git: a bare name means the root.
            ("foo", "a/foo", false),
            ("**/foo", "a/foo", true),
            // Comments, blanks around, the byte order mark.
            ("# a\n\n  x  \n", "x", true),
            ("#x", "#x", false),
            (" #x", "#x", true),
            ("\u{feff}x", "x", true),
            ("! x\nx", "x", true),
            ("x\n! x", "x", false),
            // moby TestMatches
            ("**", "file", true),
            ("**", "dir/file", true),
            ("**/", "file", true),
            ("**/", "dir/file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("dir/**", "dir", false),
            ("**/dir", "dir/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir2/file", true),
            ("**/dir2/**", "dir/dir2/dir2/file", true),
            ("**file", "dir/file", true),
            ("**/file", "dir/file", true),
            ("**/file*txt", "dir/dir/file.txt", true),
            ("**/**/*.txt", "dir/dir/file.txt", true),
            ("a**/*.txt", "a/file.txt", true),
            ("a**/*.txt", "a/dir/dir/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aae", false),
            ("a[^b-d]e", "aze", true),
            ("a[\\-x]", "a-", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a.b", "axb", false),
            ("abc.def", "abcdef", false),
            (".*", ".env", true),
            ("*", ".env", true),
            ("a/../b", "b", true),
        ] {
            assert_eq!(ignored(patterns, path), expected, "{patterns:?} on {path:?}");
        }
    }

    #[test]
    fn bad_patterns_name_their_line() {
        for pattern in ["[", "[a", "[]", "[a-]", "[-a]", "a\\", "!", "[^]"] {
            let error = DockerIgnore::parse(&format!("ok\n{pattern}")).unwrap_err();
            assert_eq!((error.line, error.pattern.as_str()), (2, pattern));
        }
    }

    #[test]
    fn a_folder_is_read_only_where_something_can_come_back() {
        let ignore = |text| DockerIgnore::parse(text).unwrap();
        assert!(ignore("a").prunes("a"));
        assert!(ignore("a\n!b").prunes("a"));
        assert!(!ignore("a\n!a/b/c").prunes("a"));
        assert!(!ignore("a\n!a/b/c").prunes("a/b"));
        assert!(!ignore("a\n!**/c").prunes("a"));
        assert!(!ignore("b").prunes("a"));
    }

    #[test]
    fn many_stars_cost_little() {
        assert!(!ignored(&"*a".repeat(200), &"a".repeat(150)));
    }
}
