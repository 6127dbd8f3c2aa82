//! The lines of one `.npmrc`: keys and values, quotes, comments, `${VARIABLES}`.
//!
//! Sections (`[name]`) mean nothing to npm's settings and are passed over, as npm does.

/// What `${NAME}` stands for; `None` where it is not set.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) value: String,
    /// A variable in it that is not set; it stays in the value as it was written, as in npm.
    pub(super) unset: Option<String>,
}

/// All settings of a file, in order.
pub(super) fn lines(text: &str, environment: Environment<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in text.trim_start_matches('\u{feff}').split(['\r', '\n']).map(str::trim) {
        if line.starts_with('[') && line.ends_with(']') {
            break;
        }
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let (key, _) = expand(&unquoted(key), environment);
        let (value, unset) = expand(&unquoted(value), environment);
        lines.push(Line { key, value, unset });
    }
    lines
}

/// A value without its quotes; without quotes, up to a `;` or `#` that no backslash protects.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inside = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if inside('"').is_some() {
        return serde_json::from_str(text).unwrap_or_else(|_| text.to_owned());
    }
    if let Some(inner) = inside('\'') {
        return inner.to_owned();
    }
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' | '#' => break,
            '\\' => match characters.next() {
                Some(next @ (';' | '#' | '\\')) => value.push(next),
                Some(next) => value.extend(['\\', next]),
                None => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    value.trim().to_owned()
}

/// Replaces `${NAME}`, and `${NAME?}` by nothing where it is not set; `\${` stays.
fn expand(text: &str, environment: Environment<'_>) -> (String, Option<String>) {
    let mut out = String::new();
    let mut unset = None;
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        let Some(end) = from.find('}').filter(|end| *end > 2) else { break };
        let (reference, after) = from.split_at(end + 1);
        let name = &reference[2..end];
        rest = after;
        if let Some(before) = before.strip_suffix('\\') {
            out.push_str(before);
            out.push_str(reference);
            continue;
        }
        out.push_str(before);
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        match environment(name) {
            Some(value) => out.push_str(&value),
            None if optional => {}
            None => {
                out.push_str(reference);
                unset.get_or_insert_with(|| name.to_owned());
            }
        }
    }
    out.push_str(rest);
    (out, unset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let environment = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
        lines(text, &environment).into_iter().map(|line| (line.key, line.value)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let mut all = read(text);
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn what_npm_reads() {
        for (text, key, value) in [
            ("registry = https://a/ ; mirror", "registry", "https://a/"),
            ("\u{feff}a=b\r\n; c=d\r\n# e=f\r\n", "a", "b"),
            ("a=\"x\\ny;\"", "a", "x\ny;"),
            ("a='x # y'", "a", "x # y"),
            ("a=x\\#y", "a", "x#y"),
            ("a=b=c", "a", "b=c"),
            ("strict-ssl", "strict-ssl", "true"),
            ("//h/:_authToken=${TOKEN}", "//h/:_authToken", "s3cret"),
            ("a=x${TOKEN}y${NONE?}z", "a", "xs3cretyz"),
            ("a=\\${TOKEN}", "a", "${TOKEN}"),
            ("a=${NONE}", "a", "${NONE}"),
            ("a=${", "a", "${"),
            ("a=1\n[section]\nb=2", "a", "1"),
        ] {
            assert_eq!(one(text), pair(key, value), "{text}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_remembered() {
        let read = lines("a=${NPM_TOKEN}", &|_| None);
        assert_eq!(read[0].unset.as_deref(), Some("NPM_TOKEN"));
    }
}
