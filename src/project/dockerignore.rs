//! `.dockerignore`, as Docker reads it.
//!
//! Rules: <https://docs.docker.com/build/concepts/context/#dockerignore-files>. Where that page is
//! silent, BuildKit is followed, which walks the context with moby/patternmatcher: one pattern a
//! line, cleaned as Go's `filepath.Clean` does; the last pattern that matches decides, `!` takes it
//! back in; what a pattern decides for a folder it decides for all below. Unlike `.gitignore`, `foo`
//! means the `foo` at the root.

mod expression;
mod pattern;
#[cfg(test)]
mod tests;

use thiserror::Error;

use pattern::Pattern;

/// The patterns of one file, in order.
#[derive(Debug, Clone, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
}

/// A line that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(".dockerignore:{line}: `{pattern}` is not a pattern: {reason}")]
pub struct PatternError {
    /// From one.
    pub line: usize,
    /// As written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl DockerIgnore {
    /// Reads the lines of the file.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // A blank before `#` makes it a pattern, as in Docker.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            patterns.push(Pattern::parse(line.trim()).map_err(|reason| PatternError {
                line: index + 1,
                pattern: line.trim().to_owned(),
                reason,
            })?);
        }
        Ok(Self { patterns })
    }

    /// A pattern for this path and no other, as far as a pattern can say it: blanks at its end are cut
    /// off a line, and a line cannot hold its own end.
    pub fn literal(path: &str) -> String {
        let mut text = String::with_capacity(path.len());
        let last = path.chars().count().saturating_sub(1);
        for (index, c) in path.chars().enumerate() {
            match c {
                '*' | '?' | '[' | ']' | '\\' | '^' => text.extend(['\\', c]),
                '!' | '#' if index == 0 => text.extend(['\\', c]),
                c if c.is_control() => text.push('?'),
                c if c.is_whitespace() && [0, last].contains(&index) => text.push('?'),
                c => text.push(c),
            }
        }
        text
    }

    /// Whether the file or folder at `path` (relative, `/` between names) is left out.
    pub fn ignores(&self, path: &str) -> bool {
        // As a walk from the root does it (`MatchesUsingParentResults`): a pattern that decided for a
        // folder counts for what is below. One that had nothing to decide there does not: with `a/b`
        // and `!a`, the file `a/b` stays out.
        let mut decided = vec![false; self.patterns.len()];
        let mut ignored = false;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            ignored = false;
            for (pattern, decided) in self.patterns.iter().zip(&mut decided) {
                *decided = *decided || ignored == pattern.negated && pattern.matches(&path[..end]);
                if *decided {
                    ignored = !pattern.negated;
                }
            }
        }
        ignored
    }

    /// Whether nothing under an ignored `folder` can come back in, so that it need not be read.
    pub fn prunes(&self, folder: &str) -> bool {
        self.ignores(folder)
            && !self.patterns.iter().any(|pattern| pattern.negated && pattern.reaches_below(folder))
    }
}
