//! Variables and quotes in the arguments of an instruction, as BuildKit reads them.
//!
//! Rules: `frontend/dockerfile/shell/lex.go` and
//! <https://docs.docker.com/reference/dockerfile/#environment-replacement>. The forms with a pattern
//! (`${name#…}`) are newer than the levels that mad renders for and are left as they stand.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// A text whose variables are replaced and whose quotes are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// The variables that it names, whether they are set or not.
    pub names: BTreeSet<String>,
}

/// Replaces the variables in `text` by what `value_of` says; what is not set is nothing.
pub fn expand(text: &str, value_of: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut reader = Reader { chars: text.chars().peekable(), value_of, names: BTreeSet::new() };
    let text = reader.until(None);
    Expanded { text, names: reader.names }
}

/// `A=b C="d e"` as pairs whose values are yet to be expanded; `A` alone has none. The old form
/// `A b c` of `ENV` is one pair.
pub fn assignments(text: &str) -> Vec<(String, Option<String>)> {
    let words = words(text);
    match words.first() {
        Some(first) if words.len() > 1 && !first.contains('=') => {
            let value = text.trim_start()[first.len()..].trim().to_owned();
            vec![(first.clone(), Some(value))]
        }
        _ => words
            .into_iter()
            .map(|word| match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            })
            .collect(),
    }
}

/// The words of a text, their quotes kept.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            ('\\', None | Some('"')) => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    value_of: &'a dyn Fn(&str) -> Option<String>,
    names: BTreeSet<String>,
}

impl Reader<'_> {
    /// Reads up to `stop`, which is taken, or to the end.
    fn until(&mut self, stop: Option<char>) -> String {
        let mut text = String::new();
        while let Some(c) = self.chars.next() {
            match c {
                c if Some(c) == stop => break,
                '\'' => text.extend(self.chars.by_ref().take_while(|&c| c != '\'')),
                '"' => self.double_quoted(&mut text),
                '\\' => text.extend(self.chars.next()),
                '$' => text.push_str(&self.variable()),
                c => text.push(c),
            }
        }
        text
    }

    fn double_quoted(&mut self, text: &mut String) {
        while let Some(c) = self.chars.next() {
            match c {
                '"' => break,
                '\\' => match self.chars.next() {
                    Some(c @ ('"' | '$' | '\\')) => text.push(c),
                    other => {
                        text.push('\\');
                        text.extend(other);
                    }
                },
                '$' => text.push_str(&self.variable()),
                c => text.push(c),
            }
        }
    }

    /// What stands for the variable whose `$` was read.
    fn variable(&mut self) -> String {
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            return if name.is_empty() { "$".to_owned() } else { self.value(&name) };
        }
        let name = self.name();
        let value = self.value(&name);
        match self.chars.next() {
            Some('}') | None => value,
            Some(':') => {
                let operator = self.chars.next();
                let word = self.until(Some('}'));
                match operator {
                    Some('-') if value.is_empty() => word,
                    Some('+') if !value.is_empty() => word,
                    Some('+') => String::new(),
                    _ => value,
                }
            }
            Some(other) => format!("${{{name}{other}{}}}", self.until(Some('}'))),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        name
    }

    fn value(&mut self, name: &str) -> String {
        self.names.insert(name.to_owned());
        (self.value_of)(name).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_and_quotes() {
        let value_of = |name: &str| (name == "A").then(|| "a b".to_owned());
        for (text, expected) in [
            ("x", "x"),
            ("$A/${A}", "a b/a b"),
            ("$AB|${B}", "|"),
            ("${B:-x$A}|${A:-y}|${A:+z}|${B:+z}", "xa b|a b|z|"),
            (r#""$A\"\$\x" '$A' \$A"#, r#"a b"$\x $A $A"#),
            ("100$ $", "100$ $"),
            ("${A", "a b"),
            ("${A%b}", "${A%b}"),
        ] {
            assert_eq!(expand(text, &value_of).text, expected, "{text}");
        }
        let names: Vec<_> = expand("${B:-$A} '$C' $D", &value_of).names.into_iter().collect();
        assert_eq!(names, ["A", "B", "D"]);
    }

    #[test]
    fn assignments_of_both_forms() {
        let pairs = |text: &str| -> Vec<(String, String)> {
            let pairs = assignments(text).into_iter();
            pairs.map(|(name, value)| (name, value.unwrap_or_else(|| "-".to_owned()))).collect()
        };
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
        };
        assert_eq!(
            pairs(r#"A=b   C="d  e" D=f\ g E"#),
            owned(&[("A", "b"), ("C", "\"d  e\""), ("D", "f\\ g"), ("E", "-")])
        );
        assert_eq!(pairs("A b  c"), owned(&[("A", "b  c")]));
        assert_eq!(pairs(""), []);
    }
}
