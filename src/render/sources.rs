//! Where an instruction takes files from.

use std::collections::BTreeMap;

use dockerfile::{Instruction, expand};
use globset::{GlobBuilder, GlobMatcher};

/// A path of the context that is copied or mounted, or a pattern for several.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: String,
    /// What it matches; `None` where it is one path and no pattern.
    pattern: Option<GlobMatcher>,
}

impl Source {
    /// As it was written, without quotes and slashes at its ends.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is this very path.
    pub fn is(&self, path: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(path),
            None => self.path == path,
        }
    }

    /// Whether it is this path or a folder above it.
    pub fn holds(&self, path: &str) -> bool {
        self.is(path) || path.match_indices('/').any(|(at, _)| self.is(&path[..at]))
    }

    /// A source of `COPY`: a pattern by the rules of Go's `filepath.Match`. What a variable holds is not
    /// known here, so that it may be anything.
    fn pattern(word: &str, escape: char) -> Self {
        let read = expand(word, escape, &BTreeMap::new());
        let anything = read.names.iter().map(|name| (name.as_str(), "*")).collect();
        let is_fixed = read.names.is_empty();
        let text = if is_fixed { read.text } else { expand(word, escape, &anything).text };
        let text = clean(&text).to_owned();
        if let Some(path) = literal(&text) {
            return Self { path, pattern: None };
        }
        let pattern = GlobBuilder::new(&text).literal_separator(is_fixed).build();
        Self { pattern: pattern.ok().map(|pattern| pattern.compile_matcher()), path: text }
    }

    fn plain(path: &str) -> Self {
        Self { path: clean(path).to_owned(), pattern: None }
    }
}

/// The one path that a pattern matches: `a[*]` is `a*`. `None` where it may match several.
fn literal(pattern: &str) -> Option<String> {
    let mut path = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '[' => match (chars.next()?, chars.next()?) {
                (c, ']') if c != '^' => path.push(c),
                _ => return None,
            },
            '*' | '?' => return None,
            c => path.push(c),
        }
    }
    Some(path)
}

/// The paths of the context that it copies or mounts; `escape` is the file's.
pub(super) fn sources(instruction: &Instruction, escape: char) -> Vec<Source> {
    let is_pattern = instruction.keyword != "RUN";
    let source = |path: &String| {
        if is_pattern { Source::pattern(path, escape) } else { Source::plain(path) }
    };
    instruction.context_sources().iter().map(source).collect()
}

fn clean(path: &str) -> &str {
    path.trim_start_matches("./").trim_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Source> {
        let file = dockerfile::File::parse(format!("FROM x\n{text}\n").as_bytes()).unwrap();
        sources(&file.blocks()[1].instruction, file.escape())
    }

    #[test]
    fn what_was_escaped_is_read_back() {
        for path in ["project/a b", "w/$q", "*[z]?", "it's  two", "a\"b", "[", "]x", "^a"] {
            let copied = super::super::escape::copy(&[path, "/x"]).unwrap();
            let found = of(&format!("COPY --chown=1:1 {copied}"));
            assert_eq!((found.len(), found[0].path()), (1, path), "{copied}");
            assert!(found[0].is(path) && found[0].holds(&format!("{path}/b")), "{copied}");
            assert!(!found[0].holds("project/other"));
        }
    }

    #[test]
    fn patterns_match_one_folder_level() {
        let found = of("COPY files/*.sh [ab]/x /y/");
        assert!(found[0].is("files/a.sh") && !found[0].is("files/b/a.sh"));
        assert!(found[1].holds("a/x/y") && found[1].is("b/x") && !found[1].is("c/x"));
    }

    #[test]
    fn a_variable_in_a_source_may_be_anything() {
        let found = of("COPY files/run/${TARGETARCH} $DIR/x.sh ${A:-b}/c /y/");
        assert!(found[0].is("files/run/amd64") && found[0].is("files/run/arm64"));
        assert!(!found[0].is("files/runtime.json") && !found[0].holds("other/amd64"));
        assert!(found[1].is("a/b/x.sh") && !found[1].is("a/b/y.sh"));
        assert!(found[2].is("b/c") && found[2].is("d/c") && !found[2].is("b/d"));
    }
}
